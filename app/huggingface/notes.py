"""`undertone.json` beside the files of a model: what `undertone models add` found out about it, and facts that its own
files do not state (labels, languages, directions), which settings can state for one model only."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.nets.folder import ModelFolderError, read_json

NOTES = "undertone.json"


@dataclass(slots=True, frozen=True)
class Notes:
    """`labels`, `languages` and `directions` (`en-de`) mean the same as in the settings, and are empty where the
    model's files state them. The other fields are for people."""

    labels: Sequence[str] = ()
    languages: Sequence[str] = ()
    directions: Sequence[str] = ()
    source: str = ""  # where it came from, such as owner/name@commit
    licence: str = ""
    task: str = ""
    speaks: str = ""  # its directions or languages
    parameters: int = 0


NONE = Notes()


def read_notes(folder: Path) -> Notes:
    """The notes in a folder, empty ones where there are none. Raises ModelFolderError."""
    path = folder / NOTES
    if not path.is_file():
        return NONE
    fields = read_json(path)
    known: dict[str, Any] = {}
    for field in dataclasses.fields(Notes):
        value = fields.get(field.name, getattr(NONE, field.name))
        kind = type(getattr(NONE, field.name))
        listed = kind is tuple and isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
        if not listed and not (kind is not tuple and isinstance(value, kind)):
            raise ModelFolderError(f"{path}: {field.name} is no {'list of texts' if kind is tuple else kind.__name__}")
        known[field.name] = value
    return Notes(**known)


def write_notes(folder: Path, notes: Notes) -> None:
    fields = {name: value for name, value in dataclasses.asdict(notes).items() if value}
    (folder / NOTES).write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", "utf-8")
