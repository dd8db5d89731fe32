"""Documents that this machine has: tables and JSON of installed packages, catalogues of the system.

They are compared by parsers that the formats do not use, or use otherwise: what is no text is as it was.
"""

from __future__ import annotations

import csv
import io
import json
import sysconfig
from itertools import islice
from pathlib import Path

import polib
import pytest

from tests.formats.fake import parsed, shout, shouted

PACKAGES = Path(sysconfig.get_paths()["purelib"])
CATALOGUES = Path("/usr/share/locale")
LARGEST = 200_000  # bytes


def documents(folder: Path, *patterns: str, count: int = 20) -> list[str]:
    paths = sorted(path for pattern in patterns for path in folder.rglob(pattern) if 0 < path.stat().st_size < LARGEST)
    found: list[str] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                found.append(file.read())
        except UnicodeDecodeError:
            continue
    return list(islice(found, 0, None, max(1, len(found) // count)))[:count]


def shape(value: object) -> object:
    """A JSON value whose strings have lost capitals, and the places of line breaks: a sentence is laid out anew."""
    if isinstance(value, dict):
        return {key: shape(child) for key, child in value.items()}
    if isinstance(value, list):
        return [shape(child) for child in value]
    return " ".join(value.casefold().split()) if isinstance(value, str) else value


def test_json_of_packages() -> None:
    sources = documents(PACKAGES, "*.json")
    for source in sources:
        assert shape(json.loads(shout(source, "json"))) == shape(json.loads(source))
    assert sources


def test_tables_of_packages() -> None:
    sources = documents(PACKAGES, "*.csv", "*.tsv")
    for source in sources:
        before = list(csv.reader(io.StringIO(source, newline="")))
        after = list(csv.reader(io.StringIO(shout(source, "csv"), newline="")))
        assert shape(after) == shape(before)


@pytest.mark.skipif(not CATALOGUES.is_dir(), reason="the system has no catalogues")
def test_catalogues_of_the_system() -> None:
    paths = sorted(path for path in CATALOGUES.rglob("*.mo") if path.stat().st_size < LARGEST)
    for path in paths[:: max(1, len(paths) // 20)][:20]:
        entries = polib.mofile(str(path))
        template = polib.POFile()
        template.metadata = entries.metadata
        for entry in entries:
            forms = dict.fromkeys(entry.msgstr_plural or {}, "")
            template.append(
                polib.POEntry(
                    msgid=entry.msgid, msgctxt=entry.msgctxt, msgid_plural=entry.msgid_plural, msgstr_plural=forms
                )
            )
        document = parsed(str(template), "po")
        rendered = polib.pofile("\n" + document.render([shouted(text) for text in document.texts]))
        assert [e.msgid_with_context for e in rendered] == [e.msgid_with_context for e in template]
        assert any(e.msgstr or any(e.msgstr_plural.values()) for e in rendered) == bool(document.texts)
        for entry in rendered:
            # The mark of an accelerator may stand on another letter.
            assert not entry.msgstr or shape(entry.msgstr.replace("_", "")) == shape(entry.msgid.replace("_", ""))
