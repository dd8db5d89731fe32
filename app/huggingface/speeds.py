"""The file of speeds beside the models of a folder: how long each takes for a sentence, from one run of `undertone
models measure`. A value is valid for the measured files of a model, identified by their digest."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.nets.folder import ModelFolderError, read_json
from app.runtime.base import Score

FILE, METRIC = "speeds.json", "milliseconds"


@dataclass(slots=True, frozen=True)
class Speed:
    """Milliseconds that a model took for a sentence of a language, or of a direction."""

    model: str
    digest: str
    languages: tuple[str, ...]
    milliseconds: float


def read_speeds(models_dir: Path) -> dict[tuple[str, str], list[Score]]:
    """The scores of each model, by its name and digest; none where nothing was measured. Raises ModelFolderError for a
    damaged file."""
    path = models_dir / FILE
    if not path.is_file():
        return {}
    fields, found = read_json(path), dict[tuple[str, str], list[Score]]()
    try:
        run = f"{fields['measured']}, {fields['device']}"
        for one in fields["speeds"]:
            value, languages = float(one["milliseconds"]), tuple(map(str, one["languages"]))
            if not 0 < value < math.inf:
                raise ValueError(value)
            score = Score(METRIC, value, "a sentence", languages, run)
            found.setdefault((one["model"], one["digest"]), []).append(score)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFolderError(f"{path}: is damaged; `undertone models measure` writes it anew") from error
    return found


def write_speeds(models_dir: Path, measured: str, device: str, speeds: Iterable[Speed]) -> Path:
    """`measured` is the time, `device` the device of the measurement. Replaces the file atomically. Raises OSError."""
    path = models_dir / FILE
    rows = [
        {
            "model": one.model,
            "digest": one.digest,
            "languages": list(one.languages),
            "milliseconds": round(one.milliseconds, 2),
        }
        for one in speeds
    ]
    text = json.dumps({"measured": measured, "device": device, "speeds": rows}, indent=2, ensure_ascii=False)
    unfinished = path.with_name(f".{FILE}.new")
    unfinished.write_text(text + "\n", "utf-8")
    unfinished.replace(path)
    return path
