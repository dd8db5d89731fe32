"""Unpacks archives of models from strangers: zip (an .argosmodel is one), and tar, plain or compressed.

Refused are names that lead out of the folder, links and devices, encryption, and archives that unpack to far more than
their own size. The standard library reads the formats; the bounds here are on what it reads.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import shutil
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from app.formats.container import ENCRYPTED, MOST_MEMBERS, is_unsafe, leads_out
from app.nets.folder import ModelFolderError

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError, ZstdFile
else:
    from backports.zstd import ZstdError, ZstdFile

TIMES, AT_LEAST = 20, 64 << 20  # an archive may unpack to so many times its size, or to so many bytes
MOST_DIRECTORY_BYTES = 4 << 20  # of the list of members at the end of a zip file, which is read as a whole
MOST_HEADER_BYTES = 64 << 10  # of a long name or of further fields of a member of a tar file, likewise
TOO_MANY = f"has more than {MOST_MEMBERS:,} members; a model has a few files"
DEPTH = 3  # parts of a name: the folder of the model, `model`, and a file in it; what is deeper belongs to no model
DECOMPRESSORS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open, b"\x28\xb5\x2f\xfd": ZstdFile,
}  # fmt: skip
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, ZstdError, struct.error,
    EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
Member = tuple[str, int, IO[bytes]]  # name, size, content


def unpack(archive: Path, into: Path) -> None:
    """Unpack the files of an archive. Raises ModelFolderError for one that is broken or a trap."""
    limit = max(TIMES * archive.stat().st_size, AT_LEAST)
    try:
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(archive.open("rb"))
            is_zip = file.read(2) == b"PK"
            file.seek(0)
            members = zip_members(file, stack) if is_zip else tar_members(file, limit, stack)
            write(members, into, limit)
    except ModelFolderError as error:
        raise ModelFolderError(f"{archive}: {error}") from error
    except BROKEN as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ModelFolderError(f"{archive}: no archive that can be read, zip or tar ({reason})") from error


def write(members: Iterator[Member], into: Path, limit: int) -> None:
    total = 0
    for count, (name, size, content) in enumerate(members, start=1):
        total += size
        if count > MOST_MEMBERS:
            raise ModelFolderError(TOO_MANY)
        if leads_out(name):
            raise ModelFolderError(f"has a member outside of it, {name[:80]!r}")
        if total > limit:
            raise ModelFolderError(f"unpacks to more than {limit:,} bytes, far more than its own size")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if 0 < len(parts) <= DEPTH:
            target = into.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as copy:
                shutil.copyfileobj(content, copy, 1 << 20)


def zip_members(file: IO[bytes], stack: contextlib.ExitStack) -> Iterator[Member]:
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # ZipFile reads the whole directory before it tells
    if end is None:
        raise zipfile.BadZipFile("it has no end: send it whole")
    if end[zipfile._ECD_SIZE] > MOST_DIRECTORY_BYTES:  # type: ignore[attr-defined]
        raise ModelFolderError(TOO_MANY)
    archive = stack.enter_context(zipfile.ZipFile(file))
    for member in archive.infolist():
        if member.flag_bits & ENCRYPTED:
            raise ModelFolderError("is encrypted: pack it without a password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelFolderError("is compressed in another way than by deflate: pack it anew")
        if is_unsafe(member):
            raise ModelFolderError(f"has a link, or a member outside of it, {member.filename[:80]!r}")
        if not member.is_dir():
            with archive.open(member) as content:
                yield member.filename, member.file_size, content


class Header(tarfile.TarInfo):
    """The header of a member, without those that take memory at the archive's will."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        plain = self.type in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE)
        if self.type == tarfile.GNUTYPE_SPARSE or (not plain and self.size > MOST_HEADER_BYTES):
            raise ModelFolderError("has members of a kind that no model needs: pack it anew, with plain files alone")
        member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return member

    def _proc_gnusparse_10(self, *arguments: Any) -> None:
        raise ModelFolderError("has sparse files: pack it anew, with plain files alone")


class Bounded:
    """A decompressed stream that ends with an error where it is too long."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self.stream, self.left, self.limit = stream, limit, limit

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise ModelFolderError(f"unpacks to more than {self.limit:,} bytes, far more than its own size")
        return data


def tar_members(file: IO[bytes], limit: int, stack: contextlib.ExitStack) -> Iterator[Member]:
    magic = file.read(8)
    file.seek(0)
    opened = next((opener for start, opener in DECOMPRESSORS.items() if magic.startswith(start)), None)
    stream = stack.enter_context(opened(file)) if opened else file
    bounded: Any = Bounded(stream, limit + (MOST_MEMBERS << 10))  # headers and padding come on top
    archive = stack.enter_context(tarfile.TarFile.open(fileobj=bounded, mode="r|", tarinfo=Header))
    for count, member in enumerate(archive):
        if count == MOST_MEMBERS:  # folders, too
            raise ModelFolderError(TOO_MANY)
        if member.isdir():
            continue
        if not member.isreg() or member.issparse():
            raise ModelFolderError(
                f"has a link or a device, {member.name[:80]!r}: pack it anew, with plain files alone"
            )
        content = archive.extractfile(member)
        assert content is not None, "a bug: a file without content"
        yield member.name, member.size, content
