"""Where a model comes from: a folder, an archive, or a repository of the hub. Checks its licence and its files before
anything is downloaded or copied."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.extras import needed
from app.huggingface.card import head_of, is_open, licence_of
from app.huggingface.hub import HUB_ID, described, downloaded
from app.nets.folder import ModelFolderError
from app.store.archive import unpack
from app.store.layout import files_below, layout_of, model_in, needed_files

SUFFIXES = re.compile(r"(?:\.(?:argosmodel|zip|tar|tgz|tbz2|txz|gz|bz2|xz|zst))+$", re.IGNORECASE)
Confirm = Callable[[str], None]  # asks a question, and raises where the answer is no


@dataclass(slots=True, frozen=True)
class Source:
    """A model that is on this machine: the `files` that it needs in a folder, which are `shared` if they are those of
    the hub's cache and nobody changes them. `name` is what it would be called, `origin` where it came from."""

    folder: Path
    files: list[str]
    name: str
    origin: str
    licence: str
    shared: bool = False
    layout: str = ""

    @property
    def size(self) -> int:
        """In bytes."""
        return sum((self.folder / file).stat().st_size for file in self.files)


def fetch(source: str, work: Path, confirm: Confirm) -> Source:
    """Find a model: a folder, an archive, which is unpacked into `work`, or a hub id. Raises ModelFolderError that says
    what to do, and what `confirm` raises."""
    found = find(source, work, confirm)
    try:
        return replace(found, layout=layout_of(found.folder))
    except ModelFolderError as error:
        raise ModelFolderError(f"{source}: {error}") from error


def find(source: str, work: Path, confirm: Confirm) -> Source:
    path = Path(source).expanduser()
    if path.is_dir():
        return local(path, path.resolve().name, source)
    if path.is_file():
        unpack(path, work)
        try:
            folder = model_in(work)
        except ModelFolderError as error:
            raise ModelFolderError(f"{source}: {error}") from error
        return local(folder, SUFFIXES.sub("", path.name) if folder == work else folder.name, source)
    if path.is_absolute() or source.startswith((".", "~")) or SUFFIXES.search(source) or not HUB_ID.fullmatch(source):
        raise ModelFolderError(f"{source}: no such file or folder, and no hub id (owner/name, or owner/name@revision)")
    try:
        return repository(source, confirm)
    except ImportError as error:
        raise ModelFolderError(f"{source}: no such file or folder; as a hub id it needs {needed('hf')}") from error


def local(folder: Path, name: str, source: str) -> Source:
    try:
        files = needed_files(files_below(folder))
    except ModelFolderError as error:
        raise ModelFolderError(f"{source}: {error}") from error
    return Source(folder, files, name, source, licence_of(head_of(folder)))


def repository(source: str, confirm: Confirm) -> Source:
    """A model of the hub. Without a network it comes from the cache, where that has it."""
    repository, _, revision = source.partition("@")
    name = repository.rpartition("/")[2]
    info = described(source)
    if info is None:
        folder = downloaded(source)
        found = local(folder, name, source)
        licence, files, origin = found.licence, found.files, f"{repository}@{folder.name}"
        confirm_licence(source, licence, confirm)
        return Source(folder, files, name, origin, licence, shared=True)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    try:
        files = needed_files(sizes)
    except ModelFolderError as error:
        raise ModelFolderError(f"{source}: {error}") from error
    licence = licence_of(info.card_data or {})
    confirm_licence(source, licence, confirm)
    folder = downloaded(source, files)
    return Source(folder, files, name, f"{repository}@{info.sha or revision}", licence, shared=True)


def confirm_licence(source: str, licence: str, confirm: Confirm) -> None:
    """Ask where a licence is missing, or does not let everybody use the model for every purpose."""
    if not licence:
        confirm(f"{source} names no licence, so by law nobody may use it without asking its owner")
    elif not is_open(licence):
        confirm(f"{source} has the licence {licence}, which may not allow what you plan: read its card")
