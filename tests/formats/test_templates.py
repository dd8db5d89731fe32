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
        ("[[ user.name ]] / [[ user.age ]]", ["[[ user.name ]]", "[[ user.age ]]"]),
        ("a{{b{c</style>}}", []),
        ("<?xml version='1.0'?>", []),
        ("{{ a\n  b }}", ["{{ a\n  b }}"]),
        ("{{" * 10_000, []),
        ("[[" * 10_000, []),
        ("<% " * 10_000, []),
    ],
)
def test_tags_reach_from_delimiter_to_delimiter(source, wanted):
    assert tags(source) == wanted


def test_values_stand_for_words():
    assert [tag.is_value for tag in template_tags("{{ a }}{% b %}<%= c %><% d %><?= $e ?><?php f ?>")] == [
        *(True, False) * 3
    ]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{% if a %}{%- elif b -%}{% endif %}", [True, True, True]),
        ("{% case a %}{% when 'b' %}{% endcase %}", [True, True, True]),
        ("{% trans %}{% plural %}{% endtrans %}{% trans 'a' %}", [True, True, True, False]),
        ("{{#if a}}{{else}}{{/if}}{{ elsewhere }}", [True, True, True, False]),
        ("<% if (a) { %><% } else { %><%= b %><%- b %><%- end %>", [True, True, False, False, True]),
        ("<?php if (a): ?><?php } else { ?><?php echo b ?><?= b ?>", [True, True, False, False]),
        ("{% url 'iffy' %}{% include 'for.html' %}{# if #}[[ if ]]", [False, False, False, False]),
    ],
)
def test_a_tag_that_branches_bounds_the_words_beside_it(source, wanted):
    assert [tag.bounds for tag in template_tags(source)] == wanted
