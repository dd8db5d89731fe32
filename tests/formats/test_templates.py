from __future__ import annotations

import pytest

from app.formats.templates import template_tags


def tags(source: str) -> list[str]:
    return [source[tag.start : tag.end] for tag in template_tags(source)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ a }}{% b %}{# c #}", ["{{ a }}", "{% b %}", "{# c #}"]),
        ("<%= a %> <% if b > c %>", ["<%= a %>", "<% if b > c %>"]),
        ("<?php echo '</p>' ?> <?= $a", ["<?php echo '</p>' ?>", "<?= $a"]),
        ("{{{ raw }}} {{a}", ["{{{ raw }}}"]),
        ("a{{b{c</style>}}", []),
        ("<?xml version='1.0'?>", []),
        ("{{ a\n  b }}", ["{{ a\n  b }}"]),
        ("{{" * 10_000, []),
        ("<% " * 10_000, []),
    ],
)
def test_tags_reach_from_delimiter_to_delimiter(source, wanted):
    assert tags(source) == wanted


def test_values_stand_for_words():
    assert [tag.is_value for tag in template_tags("{{ a }}{% b %}<%= c %><% d %><?= $e ?><?php f ?>")] == [
        *(True, False) * 3
    ]
