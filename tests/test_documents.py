"""Documents name files, headings, commands and settings that exist."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from app.cli import build_parser
from app.settings import SHIPPED_MODELS, Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "clients").glob("*/README.md")),
    *sorted(SHIPPED_MODELS.glob("*/README.md")),
]
SOURCES = [
    file
    for folder in ("app", "benchmarks", "clients", "configs", "deploy", "scripts", "tests")
    for file in sorted((ROOT / folder).rglob("*"))
    if file.suffix in {".py", ".sh", ".yaml", ".yml", ".conf"} and not {".venv", "node_modules"} & set(file.parts)
] + [ROOT / "Makefile", ROOT / "Dockerfile", ROOT / "docker-compose.yml", ROOT / "pyproject.toml"]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(
    r"(?<![\w/.-])(?:app|benchmarks|clients|configs|data|deploy|docs|models|scripts|tests)/[\w.*/-]*[\w*](?![\w(…]|\{)"
)
MODULE = re.compile(r"(?<![\w/*])\w+\.py\b")
SETTING = re.compile(r"\bUNDERTONE_[A-Z_]*[A-Z]\b")
COMMAND = re.compile(r"(?:^|`|\b[A-Z_]+=\S+ )undertone ([a-z]+)", re.MULTILINE)
# Paths that a reader makes, by a command of the document.
MADE = {
    "benchmarks/.venv",
    "benchmarks/.venv/bin/python",
    "benchmarks/results",
    "deploy/certificates/tls.crt",
    "models/name",
    "models/sentiment-en-transformer",
    "models/translation-en-de-transformer",
    "models/translation-to-en",
}


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


def broken_links(text: str, folder: Path) -> list[str]:
    """Relative links to files or headings that do not exist."""

    def is_broken(link: str) -> bool:
        name, _, anchor = link.partition("#")
        file = folder / name
        if name and not file.exists():
            return True
        return bool(anchor) and anchor not in anchors(file.read_text("utf-8") if name else text)

    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:", link) and is_broken(link)]


def missing_paths(text: str) -> list[str]:
    """Paths of the repository that do not exist. A part in capitals, as in models/NAME, stands for any name."""
    return [
        path
        for path in PATH.findall(text)
        if path not in MADE and not re.search(r"(?:^|/)[A-Z_]+(?:/|\.|$)", path) and not any(ROOT.glob(path))
    ]


def missing_modules(text: str) -> list[str]:
    """Names of Python files, without their folders, that no folder has."""
    known = {file.name for file in SOURCES}
    return [name for name in MODULE.findall(text) if name not in known]


def unknown_settings(text: str, known: set[str]) -> list[str]:
    return [name for name in SETTING.findall(text) if name not in known]


def commands() -> set[str]:
    (sub,) = (action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return set(sub.choices)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_document_names_what_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    assert not broken_links(text, document.parent)
    assert not missing_paths(text)
    assert not missing_modules(text)
    assert set(COMMAND.findall(text)) <= commands()
    compose = {name for file in ("docker-compose.yml", "tests/container/conftest.py")
               for name in SETTING.findall((ROOT / file).read_text("utf-8"))}  # fmt: skip
    assert not unknown_settings(text, compose | {f"UNDERTONE_{name.upper()}" for name in Settings.model_fields})


def test_sources_name_documents_that_exist() -> None:
    for file in SOURCES:
        if file != Path(__file__):
            named = re.findall(r"\bdocs/\w+\.md\b", file.read_text("utf-8"))
            assert not [name for name in named if not (ROOT / name).is_file()], file


def test_every_shipped_model_has_its_commits() -> None:
    table = (ROOT / "docs/models.md").read_text("utf-8").partition("## Which commit has which weights")[2]
    for folder in SHIPPED_MODELS.iterdir():
        assert re.search(rf"^\| `{folder.name}` \| [0-9a-f]{{7,}} \|", table, re.MULTILINE), folder.name


def test_each_check_can_fail(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One heading, two words\n")
    text = "[a](other.md#one-heading-two-words) [b](other.md#two) [c](absent.md) [d](#here) [e](https://example.org)"
    assert broken_links(text, tmp_path) == ["other.md#two", "absent.md", "#here"]
    assert missing_paths("`app/main.py`, app/absent.py, models/NAME, docs/*.md, DATA/tests/x") == ["app/absent.py"]
    assert missing_modules("`worker.py` and `absent.py`") == ["absent.py"]
    assert unknown_settings("UNDERTONE_HOST UNDERTONE_ABSENT", {"UNDERTONE_HOST"}) == ["UNDERTONE_ABSENT"]
    assert "serve" in commands()
    assert COMMAND.findall("`undertone absent`\nundertone serve\nan undertone of doubt") == ["absent", "serve"]
