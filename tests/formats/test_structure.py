"""The documents of this repository, with capitals for a translation, compared by other parsers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("compare_structure", ROOT / "scripts" / "compare_structure.py")
assert SPEC is not None
assert SPEC.loader is not None
compare_structure = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(compare_structure)

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("app/web/**/*.html"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_keeps_its_structure(path):
    format = compare_structure.SUFFIXES[path.suffix]
    assert compare_structure.difference(path.read_text("utf-8"), format) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a</p>", "<p>a</p><p>"),
        ("<p class=a>a</p>", "<p class=b>a</p>"),
        ("<pre>a</pre>", "<pre>A</pre>"),
        ("<p>a</p><!-- b -->", "<p>a</p><!-- c -->"),
    ],
)
def test_the_comparison_sees_changes_of_html(one, other):
    assert compare_structure.html_events(one) != compare_structure.html_events(other)


@pytest.mark.parametrize(("one", "other"), [("*a*", "\\*a\\*"), ("`a`", "`A`"), ("[a](b)", "[a](c)"), ("- a", "a")])
def test_the_comparison_sees_changes_of_markdown(one, other):
    assert compare_structure.markdown_events(one) != compare_structure.markdown_events(other)
