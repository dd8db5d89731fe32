"""Selects the models to serve and their order: those in the settings, then the others of the models folder. The first
model that fits a request answers it, unless the request names one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.huggingface.argos import METADATA, is_package
from app.huggingface.directions import Direction, named_directions
from app.huggingface.hub import folder_of
from app.huggingface.notes import NOTES, read_notes
from app.nets.folder import CONFIG, ModelFolderError

# The files that mark folders without a config: those of CTranslate2 and of Argos Translate.
WEIGHTS = "model.bin"
MARKS = (CONFIG, WEIGHTS, METADATA, f"model/{WEIGHTS}")  # each marks a folder with a model


@dataclass(slots=True, frozen=True)
class Wanted:
    """A model in the settings, by `name`, and the facts that the settings state about it."""

    name: str
    task: str | None = None
    labels: Sequence[str] = ()
    languages: Sequence[str] = ()
    directions: Sequence[Direction] = ()


@dataclass(slots=True, frozen=True)
class Chosen:
    """The models in the settings: names in the models folder, other folders, or hub ids."""

    sentiment: str = ""
    labels: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    translation: list[str] = field(default_factory=list)

    def wanted(self) -> list[Wanted]:
        """Raises ModelFolderError for an entry that cannot be read."""
        sentiment = [Wanted(self.sentiment, "sentiment", self.labels, self.languages)] if self.sentiment else []
        return sentiment + [wanted_translation(entry) for entry in self.translation]


NOTHING = Chosen()


def select(models_dir: Path, chosen: Chosen) -> list[tuple[Path, Wanted]]:
    """The folders (or packages of Argos Translate) of the models to load, those in the settings first. Raises
    ModelFolderError."""
    inside = models_inside(models_dir)
    selected: list[tuple[Path, Wanted]] = []
    for wanted in chosen.wanted():
        folder = inside.get(wanted.name) or folder_of(wanted.name)
        if folder.resolve() in [other.resolve() for other, _ in selected]:
            raise ModelFolderError(f"{wanted.name}: is named twice in the settings")
        selected.append((folder, with_notes(named(wanted, folder), folder)))
    taken = {folder.resolve() for folder, _ in selected}
    others = {name: folder for name, folder in inside.items() if folder.resolve() not in taken}
    selected += [(folder, with_notes(Wanted(name), folder)) for name, folder in others.items()]
    if not selected:
        raise ModelFolderError(f"{models_dir}: holds no model folder (a folder with a {CONFIG} or a {WEIGHTS})")
    return selected


def models_inside(models_dir: Path) -> dict[str, Path]:
    """The folders and packages in the models folder that a start loads, by name; `undertone models` lists the same.
    Hidden ones are skipped. A package has the name of its file, without the suffix unless a folder has that name."""
    places = [path for path in models_dir.glob("*") if not path.name.startswith(".")]
    found = {path.name: path for path in places if any((path / name).is_file() for name in MARKS)}
    found |= {path.name if path.stem in found else path.stem: path for path in places if is_package(path)}
    return dict(sorted(found.items()))


def wanted_translation(text: str) -> Wanted:
    """Parses an entry of UNDERTONE_TRANSLATION_MODELS: a name, or `name=en-de+de-en`. Raises ModelFolderError."""
    name, equals, directions = text.rpartition("=")
    if not equals:
        return Wanted(text, "translation")
    try:
        return Wanted(name, "translation", directions=named_directions(directions))
    except ValueError as error:
        raise ModelFolderError(f"UNDERTONE_TRANSLATION_MODELS: {text}: {error}") from error


def named(wanted: Wanted, folder: Path) -> Wanted:
    """The model with the name that requests use: the last part of a folder, a package's without suffix, the whole of a
    hub id."""
    path = Path(wanted.name).expanduser()
    if not (path.is_dir() or is_package(path)):
        return wanted
    folder = folder.resolve()
    return replace(wanted, name=folder.stem if is_package(folder) else folder.name)


def with_notes(wanted: Wanted, folder: Path) -> Wanted:
    """The model with the facts of the notes in its folder, where the settings state none. Raises ModelFolderError."""
    notes = read_notes(folder)
    try:
        stated = [direction for text in notes.directions for direction in named_directions(text)]
    except ValueError as error:
        raise ModelFolderError(f"{folder / NOTES}: {error}") from error
    return replace(
        wanted,
        labels=wanted.labels or notes.labels,
        languages=wanted.languages or notes.languages,
        directions=wanted.directions or stated,
    )
