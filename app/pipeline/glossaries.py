"""Glossaries: in a request itself, or in a folder of files, by name."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.formats.files import conversion
from app.formats.json_errors import explained
from app.pipeline.errors import PipelineError
from app.text.glossary import Glossary, GlossaryError

log = logging.getLogger("undertone.glossaries")

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
SUFFIXES = (".tsv", ".json")
MOST_BYTES = 1_000_000  # of a file: room for a thousand terms of the greatest length
MOST_NAMED = 30  # glossaries that an error names
Terms = dict[str, str | None]
Stamp = tuple[int, int, int]


class Glossaries:
    """The files NAME.tsv and NAME.json of a folder. A request for one checks its time stamp, and reads it again where
    that has changed."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.terms: dict[Path, tuple[Stamp, Terms]] = {}

    def of(self, asked: Mapping[str, str] | str | None, kept: Sequence[str] | None) -> Glossary | None:
        """The glossary of a request: terms or the name of a file, and words to keep. Raises PipelineError."""
        given = self.named(asked) if isinstance(asked, str) else asked or {}
        terms = {**given, **dict.fromkeys(kept or ())}
        try:
            return Glossary(terms) if terms else None
        except GlossaryError as error:
            raise PipelineError("invalid-glossary", str(error)) from error

    def named(self, name: str) -> Terms:
        """The terms of a file. Raises PipelineError."""
        path = self.find(name)
        if path is None:
            names = self.names()
            more = [f"{len(names) - MOST_NAMED:,} more"] if len(names) > MOST_NAMED else []
            listed = ", ".join(names[:MOST_NAMED] + more) or "none"
            raise PipelineError("unknown-glossary", f"There is no glossary {name[:64]!r}; there is {listed}.")
        try:
            return self.current(path)
        except (OSError, GlossaryError) as error:
            log.error("cannot use the glossary %s: %s", path, error)
            reason = error.strerror if isinstance(error, OSError) else error  # which would tell the folder
            raise PipelineError("unknown-glossary", f"The glossary {name!r} cannot be read: {reason}") from error

    def find(self, name: str) -> Path | None:
        if self.folder is None or not NAME.fullmatch(name):
            return None
        paths = (self.folder / (name + suffix) for suffix in SUFFIXES)
        return next((path for path in paths if path.is_file()), None)

    def names(self) -> list[str]:
        if self.folder is None or not self.folder.is_dir():
            return []
        paths = [path for path in self.folder.iterdir() if path.suffix in SUFFIXES and NAME.fullmatch(path.stem)]
        return sorted({path.stem for path in paths})

    def current(self, path: Path) -> Terms:
        """The terms of a file as it is now. Raises OSError and GlossaryError."""
        status = os.stat(path)
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        held = self.terms.get(path)
        if held is None or held[0] != stamp:
            self.terms[path] = held = stamp, read_terms(path)
        return held[1]


def read_terms(path: Path) -> Terms:
    """The terms of a file: `term<TAB>translation` a line, or a JSON object. A term without a translation is kept as it
    is. Raises OSError, and GlossaryError that says what to change."""
    if path.stat().st_size > MOST_BYTES:
        raise GlossaryError(f"The file has more than {MOST_BYTES:,} bytes.")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GlossaryError(f"Line {line} is no UTF-8; convert it, such as with {conversion(data)}.") from error
    terms = terms_of_json(text) if path.suffix == ".json" else terms_of_lines(text)
    return Glossary(terms).terms


def terms_of_json(text: str) -> Terms:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise GlossaryError(explained(error, "glossary")) from error
    except (RecursionError, ValueError):  # nested without end, or a number without end
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str | None) for value in found.values()):
        raise GlossaryError('The file is no JSON object such as {"term": "translation", "kept": null}.')
    return found


def terms_of_lines(text: str) -> Terms:
    terms: Terms = {}
    for number, line in enumerate(text.split("\n"), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if len(cells) > 2 or not cells[0]:
            raise GlossaryError(f"Line {number} is no term with a tab and its translation behind it.")
        terms[cells[0]] = cells[1] if len(cells) == 2 and cells[1] else None
    return terms
