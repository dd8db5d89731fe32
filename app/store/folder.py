"""The folder of models: what is in it, and changes of it that a start in the middle of them never sees.

A model is put together in a hidden folder inside, in which nobody looks for models, and gets its place by a rename. A
lock tells a change in progress from one that was killed, which the next change removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.huggingface.argos import METADATA, direction_in, is_package, metadata_of
from app.huggingface.card import head_of, licence_of
from app.huggingface.notes import read_notes
from app.huggingface.selection import models_inside
from app.nets.folder import CONFIG, ModelFolderError, read_config, read_json
from app.store.layout import CTRANSLATE2, TRANSFORMERS, UNDERTONE, layout_of
from app.store.source import Source

CHANGE, LOCK = ".change-", ".lock"
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
BLOCK_BYTES = 4 << 20
MOST_LISTED = 4
BACKENDS = {UNDERTONE: "undertone", TRANSFORMERS: "transformers", CTRANSLATE2: "ctranslate2"}


@dataclass(slots=True, frozen=True)
class Entry:
    """A model of the folder: a folder in it, or a package. `speaks` are its directions or languages, where they are
    known without loading it."""

    name: str
    folder: Path
    task: str
    speaks: str
    size: int = 0
    licence: str = ""
    backend: str = ""


def entries(models_dir: Path) -> list[Entry]:
    """The models of a folder, by name. A damaged one is listed with what is wrong with it."""
    found = []
    for name, path in models_inside(models_dir).items():
        files = path.rglob("*") if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files if file.is_file())
        try:
            found.append(replace(entry_of(name, path), size=size))
        except ModelFolderError as error:
            found.append(Entry(name, path, "damaged", str(error), size))
    return sorted(found, key=lambda entry: entry.name)


def entry_of(name: str, path: Path) -> Entry:
    """A folder or a package, without its size. Raises ModelFolderError."""
    if is_package(path):
        return Entry(name, path, "translation", speaks_of(path, metadata_of(path)), backend=BACKENDS[CTRANSLATE2])
    layout = layout_of(path)
    if layout == UNDERTONE:
        config, _ = read_config(path)
        speaks = spoken(config.directions, config.languages)
        return Entry(config.name, path, config.task, speaks, licence="its card", backend=BACKENDS[layout])
    notes, head = read_notes(path), head_of(path)
    named = head.get("language") or []
    languages = [str(one) for one in named] if isinstance(named, list) else [str(named)]
    metadata = read_json(path / METADATA) if (path / METADATA).is_file() else {}
    return Entry(
        name,
        path,
        notes.task or task_of(path, layout),
        notes.speaks or speaks_of(path, metadata) or ", ".join(languages),
        licence=notes.licence or licence_of(head),
        backend=BACKENDS[layout],
    )


def speaks_of(path: Path, metadata: dict[str, Any]) -> str:
    """The direction in the metadata of Argos Translate, empty where there is none. Raises ModelFolderError."""
    try:
        direction = direction_in(metadata)
    except ValueError as error:
        raise ModelFolderError(f"{path}: {error}") from error
    return spoken([direction], []) if direction else ""


def task_of(folder: Path, layout: str) -> str:
    """By the architecture in its config; models of CTranslate2 translate."""
    named = (read_json(folder / CONFIG).get("architectures") or []) if layout == TRANSFORMERS else []
    return "sentiment" if any(str(one).endswith("ForSequenceClassification") for one in named) else "translation"


def spoken(directions: list[tuple[str, str]], languages: list[str]) -> str:
    """The directions of a model, or the languages that it reads, in a few words."""
    if len(directions) > MOST_LISTED:
        return f"{len(directions):,} directions of {len(languages)} languages"
    return ", ".join(f"{source} to {target}" for source, target in directions) or ", ".join(languages)


class Change:
    """A change of a folder of models, in a hidden folder inside it: `models` has the model alone, as a folder of models
    that an engine can serve; `work` is for whatever else."""

    def __init__(self, models_dir: Path, hidden: Path) -> None:
        self.models_dir, self.hidden = models_dir, hidden
        self.models, self.work = hidden / "models", hidden / "work"
        self.models.mkdir()
        self.work.mkdir()

    def copy(self, source: Source, name: str) -> Path:
        """The files of a source as a model folder of this name. Raises ModelFolderError."""
        from tqdm import tqdm

        folder = self.models / name
        free = shutil.disk_usage(self.hidden).free
        if source.size > free and not source.shared:
            raise ModelFolderError(f"{name}: needs {source.size:,} bytes in {self.models_dir}, which has {free:,} left")
        with tqdm(total=source.size, unit="B", unit_scale=True, desc=f"copying {name}", disable=None) as bar:
            for file in source.files:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                # Only weights: other files may be written to, and that of the hub's cache is the same file.
                weights = file.endswith((".safetensors", ".bin"))
                if source.shared and weights and linked(source.folder / file, target):
                    bar.update(target.stat().st_size)
                    continue
                with (source.folder / file).open("rb") as original, target.open("wb") as copy:
                    while block := original.read(BLOCK_BYTES):
                        copy.write(block)
                        bar.update(len(block))
        return folder

    def publish(self, name: str, replaced: Path | None) -> Path:
        """Give the model its place, in place of a folder where there is one to replace."""
        target = self.models_dir / name
        if replaced is not None:
            replaced.rename(self.hidden / "old")
        try:
            (self.models / name).rename(target)
        except OSError:
            if replaced is not None:
                (self.hidden / "old").rename(replaced)
            raise
        return target


def linked(file: Path, target: Path) -> bool:
    """Whether a second name for a file could be made, which takes no room."""
    with contextlib.suppress(OSError):
        os.link(file.resolve(), target)
        return True
    return False


@contextmanager
def changing(models_dir: Path) -> Iterator[Change]:
    """A change of a folder of models, which is made where there is none. At the end nothing of it is left but what it
    published. Raises OSError."""
    models_dir.mkdir(parents=True, exist_ok=True)
    remove_abandoned(models_dir)
    hidden = Path(tempfile.mkdtemp(prefix=CHANGE, dir=models_dir))
    try:
        with (hidden / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Change(models_dir, hidden)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def remove_abandoned(models_dir: Path) -> None:
    """Remove what changes left that were killed."""
    for hidden in models_dir.glob(f"{CHANGE}*"):
        with contextlib.suppress(OSError), (hidden / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(hidden, ignore_errors=True)


def remove(entry: Entry) -> None:
    """Take a model out of its folder, at once for those who look for models. Raises OSError."""
    if entry.folder.is_symlink():
        entry.folder.unlink()
        return
    with changing(entry.folder.parent) as change:
        entry.folder.rename(change.hidden / "old")
