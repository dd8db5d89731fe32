"""Archives from strangers: what is in them is unpacked, and each kind of trap is refused with the reason."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.nets.folder import ModelFolderError
from app.store.archive import unpack

FILES = {"name/config.json": b"{}", "name/model/model.bin": b"weights" * 1000, "name/a/b/c/deep.txt": b"no model's"}


def zipped(path: Path, files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    "pack",
    [
        lambda path: zipped(path, FILES),
        lambda path: zipped(path, FILES, zipfile.ZIP_STORED),
        *(lambda path, mode=mode: tarred(path, FILES, mode) for mode in ("w", "w:gz", "w:bz2", "w:xz")),
    ],
)
def test_each_format_by_its_content(pack: Callable[[Path], Path], tmp_path: Path) -> None:
    """The suffix says nothing."""
    unpack(pack(tmp_path / "archive"), tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix(): path.read_bytes() for path in tmp_path.rglob("out/**/*.*")}
    assert found == {name: data for name, data in FILES.items() if "deep" not in name}


def link(path: Path, kind: bytes, name: str = "name/config.json") -> Path:
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    return path


def zip_link(path: Path) -> Path:
    member = zipfile.ZipInfo("name/config.json")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "/etc/passwd")
    return path


def encrypted(path: Path) -> Path:
    data = bytearray(zipped(path, {"config.json": b"{}"}, zipfile.ZIP_STORED).read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    return path


def long_header(path: Path) -> Path:
    """A name of 100 MB, which tarfile would read into memory."""
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 100 << 20
    with gzip.open(path, "wb") as file:
        file.write(member.tobuf())
        file.write(b"x" * (1 << 20))
    return path


def sparse(path: Path) -> Path:
    """A file of a terabyte, of which nothing is stored."""
    member = tarfile.TarInfo("name/model.safetensors")
    member.pax_headers = {
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "name/model.safetensors",
        "GNU.sparse.realsize": str(1 << 40),
    }  # fmt: skip
    map_ = b"1\n0\n0\n".ljust(512, b"\0")
    member.size = len(map_)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(map_))
    return path


ZEROS = bytes(100 << 20)
TRAPS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "path, zip": (lambda path: zipped(path, {"name/../../evil": b"x"}), "outside of it"),
    "path, tar": (lambda path: tarred(path, {"name/../../evil": b"x"}), "outside of it"),
    "absolute, zip": (lambda path: zipped(path, {"/tmp/evil": b"x"}), "outside of it"),
    "absolute, tar": (lambda path: tarred(path, {"/tmp/evil": b"x"}), "outside of it"),
    "drive": (lambda path: zipped(path, {"C:evil": b"x"}), "outside of it"),
    "backslashes": (lambda path: tarred(path, {"name\\..\\..\\evil": b"x"}), "outside of it"),
    "symbolic link, tar": (lambda path: link(path, tarfile.SYMTYPE), "a link or a device"),
    "hard link": (lambda path: link(path, tarfile.LNKTYPE), "a link or a device"),
    "device": (lambda path: link(path, tarfile.CHRTYPE), "a link or a device"),
    "pipe": (lambda path: link(path, tarfile.FIFOTYPE), "a link or a device"),
    "symbolic link, zip": (zip_link, "a link, or a member outside"),
    "encrypted": (encrypted, "encrypted"),
    "other compression": (lambda path: zipped(path, FILES, zipfile.ZIP_LZMA), "in another way"),
    "bomb, zip": (lambda path: zipped(path, {"config.json": ZEROS}), "far more than its own size"),
    "bomb, gzip": (lambda path: tarred(path, {"config.json": ZEROS}, "w:gz"), "far more than its own size"),
    "bomb, xz": (lambda path: tarred(path, {"config.json": ZEROS}, "w:xz"), "far more than its own size"),
    "many, zip": (lambda path: zipped(path, dict.fromkeys(map(str, range(10_001)), b"")), "more than 10,000 members"),
    "many, tar": (lambda path: tarred(path, dict.fromkeys(map(str, range(10_001)), b"")), "more than 10,000 members"),
    "very many": (
        lambda path: zipped(path, dict.fromkeys((f"{n:0100}" for n in range(40_000)), b"")), "more than 10,000 members"
    ),
    "long header": (long_header, "of a kind that no model needs"),
    "sparse": (sparse, "sparse"),
    "twice": (lambda path: tarred(path, {"a": b"1", "./a": b"2"}), "File exists"),
    "file and folder": (lambda path: tarred(path, {"a": b"1", "a/b": b"2"}), "no archive that can be read"),
    "no archive": (lambda path: path.write_bytes(b"hello" * 200) and path, "no archive that can be read"),
    "empty": (lambda path: path.write_bytes(b"") or path, "no archive that can be read"),
    "cut zip": (lambda path: path.write_bytes(zipped(path, FILES).read_bytes()[:300]) and path, "send it whole"),
    "cut gzip": (
        lambda path: path.write_bytes(tarred(path, FILES, "w:gz").read_bytes()[:100]) and path, "no archive that can"
    ),
    "gzip of nothing": (lambda path: path.write_bytes(gzip.compress(b"hello" * 300)) and path, "no archive that can"),
    "damaged xz": (lambda path: path.write_bytes(lzma.compress(b"x")[:10] + b"y" * 50) and path, "no archive that can"),
    "NUL in a name": (lambda path: tarred(path, {"a" * 300: b"x"}), "no archive that can be read"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("trap", TRAPS)
def test_traps(trap: str, tmp_path: Path) -> None:
    make, message = TRAPS[trap]
    path = make(tmp_path / "archive.zip")
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelFolderError, match=message) as raised:
        unpack(path, tmp_path / "out")
    assert str(path) in str(raised.value)
    assert {entry.name for entry in tmp_path.iterdir()} == {"archive.zip", "out"}
    assert not any(entry.is_symlink() for entry in tmp_path.rglob("*"))
