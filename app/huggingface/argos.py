"""Unpacks packages of Argos Translate (`*.argosmodel`): zip files with a CTranslate2 model, its SentencePiece model and
`metadata.json`. Archives are untrusted, so only the needed files are written, under fixed names and within bounds."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from app.huggingface.directions import Direction, named_directions
from app.nets.folder import ModelFolderError
from app.runtime.cache_folder import is_usable, store

log = logging.getLogger("undertone.argos")

SUFFIX = ".argosmodel"
# The needed members, in one folder or in none. Each part of a name is a plain file name, so no path leads out of the
# folder.
WANTED = re.compile(
    r"(?:[^/\\]+/)?(?P<place>model/)?(?P<name>metadata\.json|README\.md|LICENSE|sentencepiece\.model|bpe\.model"
    r"|model\.bin|config\.json|(?:shared|source|target)_vocabulary\.(?:json|txt))"
)
METADATA = "metadata.json"
CODES = {"pb": "pt", "zt": "zh-Hant"}  # codes that only Argos Translate uses
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
MOST_MEMBERS, MOST_METADATA = 10_000, 1 << 20
# Largest total size of the members, as a multiple of the archive's: weights hardly compress.
UNPACKED = 20
BLOCK_BYTES = 1 << 20
ENCRYPTED = 0x1


def is_package(path: Path) -> bool:
    return path.suffix == SUFFIX and path.is_file()


@contextmanager
def unpacked(archive: Path, cache: Path | None) -> Iterator[Path]:
    """The folder of a package: in the cache, or a temporary one where the cache cannot be written. Raises
    ModelFolderError."""
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFolderError(f"{archive}: cannot be read: {error.strerror}") from error
    if cache is not None:
        entry = cache / f"argos-{digest[:32]}"
        try:
            if not is_usable(entry):
                store(entry, partial(unpack, archive))
            yield entry
            return
        except OSError as error:
            log.warning("%s cannot be kept in %s (%s): it is unpacked at each start", archive, cache, error.strerror)
    with tempfile.TemporaryDirectory(prefix="undertone-") as temporary:
        try:
            unpack(archive, Path(temporary))
        except OSError as error:
            raise ModelFolderError(f"{archive}: there is no room to unpack it: {error.strerror}") from error
        yield Path(temporary)


def unpack(archive: Path, folder: Path) -> None:
    """Write the files of a package into a folder. Raises ModelFolderError, and OSError where they cannot be written."""
    try:
        with zipfile.ZipFile(archive) as package:
            members = list(wanted(package, archive))
            for member, name in members:
                with package.open(member) as packed, (folder / name).open("wb") as file:
                    shutil.copyfileobj(packed, file, BLOCK_BYTES)  # no more than the member's stated size
    except DAMAGED as error:
        raise ModelFolderError(f"{archive}: no package of Argos Translate: {error}") from error


def wanted(package: zipfile.ZipFile, archive: Path) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The needed members, each with the name of its file. Raises ModelFolderError for an archive that is no package, or
    unsafe to unpack."""
    members = package.infolist()
    if len(members) > MOST_MEMBERS:
        raise ModelFolderError(f"{archive}: has {len(members):,} members; at most {MOST_MEMBERS:,} are taken")
    matches = [(member, match) for member in members if (match := WANTED.fullmatch(member.filename))]
    # Argos Translate writes the model's config into `model/`; one beside the metadata is ignored.
    files = {match["name"]: member for member, match in matches if is_in_place(match)}
    if missing := sorted({METADATA, "model.bin"} - files.keys()):
        raise ModelFolderError(f"{archive}: no package of Argos Translate: it has no {' and no '.join(missing)}")
    if len(files) < sum(is_in_place(match) for _, match in matches):
        raise ModelFolderError(f"{archive}: has two members of one name")
    size, most = sum(member.file_size for member in files.values()), UNPACKED * archive.stat().st_size
    if size > most:
        raise ModelFolderError(f"{archive}: has {size:,} bytes unpacked; at most {most:,} are taken of its size")
    for name, member in files.items():
        if member.flag_bits & ENCRYPTED:
            raise ModelFolderError(f"{archive}: is encrypted")
        yield member, name


def metadata_of(archive: Path) -> dict[str, Any]:
    """The metadata in a package. Raises ModelFolderError."""
    try:
        with zipfile.ZipFile(archive) as package:
            [member] = [member for member, name in wanted(package, archive) if name == METADATA]
            with package.open(member) as packed:
                fields = json.loads(packed.read(MOST_METADATA))
    except OSError as error:
        raise ModelFolderError(f"{archive}: cannot be read: {error.strerror}") from error
    except (*DAMAGED, RecursionError) as error:
        raise ModelFolderError(f"{archive}: no package of Argos Translate: {error}") from error
    return fields if isinstance(fields, dict) else {}


def direction_in(metadata: dict[str, Any]) -> Direction | None:
    """The direction that metadata states; None where it states none. Raises ValueError for an unknown language."""
    codes = [metadata.get("from_code"), metadata.get("to_code")]
    if not all(isinstance(code, str) for code in codes):
        return None
    [direction] = named_directions("-".join(CODES.get(str(code), str(code)) for code in codes))
    return direction


def is_in_place(match: re.Match[str]) -> bool:
    """Whether a member is in its place: those of the model in `model/`, the others beside that folder."""
    ours = match["name"] in (METADATA, "README.md", "LICENSE", "sentencepiece.model", "bpe.model")
    return ours != bool(match["place"])
