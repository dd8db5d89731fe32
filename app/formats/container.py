"""Packages: zip files such as .docx, .odt and .epub, read within bounds and written again member by member.

zipfile of the standard library does the container. Members that have no texts are copied with their content, in their
order and with their own compression.
"""

from __future__ import annotations

import codecs
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from importlib import import_module

from app.formats.document import Document, FormatError, Text

PACKAGES = {"docx": "app.formats.docx", "odt": "app.formats.odt", "epub": "app.formats.epub"}
MOST_MEMBERS = 10_000
UNPACKED = 10  # times the bound of the file that its members may have together
ENCRYPTED = 0x1
XML_ENCODING = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


class Archive:
    """The members of a package. Raises FormatError for one that is broken, encrypted or a trap."""

    def __init__(self, data: bytes, most_bytes: int) -> None:
        """Its texts may have `most_bytes` together, all of its members ten times as many."""
        self.most_bytes = most_bytes
        self.read_bytes = 0
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise FormatError(f"The file is no package: {error}. Save it anew, or send it whole.") from None
        self.members = self.zip.infolist()
        self.names = {member.filename: member for member in self.members}
        self.check()
        for name in self.names:  # a member that is broken is an error before anything is sent
            self.read(name)

    def check(self) -> None:
        if len(self.members) > MOST_MEMBERS:
            raise FormatError(f"The package has {len(self.members):,} members; at most {MOST_MEMBERS:,} are taken.")
        if len(self.names) < len(self.members):
            raise FormatError("The package has two members of one name: save the document anew.")
        unpacked = sum(member.file_size for member in self.members)
        if unpacked > UNPACKED * self.most_bytes:
            raise FormatError(
                f"The package has {unpacked:,} bytes unpacked; at most {UNPACKED * self.most_bytes:,} are taken. "
                "Split the document, or make its pictures smaller."
            )
        for member in self.members:
            if member.flag_bits & ENCRYPTED:
                raise FormatError("The document is encrypted: save it without a password.")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise FormatError("The package is compressed in another way than by deflate: save the document anew.")
            if is_unsafe(member):
                raise FormatError(f"The package has a member outside of it, {member.filename[:80]!r}: remove it.")

    def read(self, name: str) -> bytes:
        """Raises FormatError."""
        try:
            return self.zip.read(self.names[name])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise FormatError(f"The member {name[:80]!r} cannot be read: {error}. Save the document anew.") from None

    def text(self, name: str) -> str:
        """A member of XML. Raises FormatError."""
        self.read_bytes += self.names[name].file_size
        if self.read_bytes > self.most_bytes:
            raise FormatError(
                f"The texts of the document have more than {self.most_bytes:,} bytes unpacked: split the document."
            )
        data = self.read(name)
        try:
            return data.decode(xml_encoding(data))
        except (UnicodeDecodeError, LookupError) as error:
            raise FormatError(
                f"The member {name[:80]!r} is no {xml_encoding(data)}: {error}. Save the document anew."
            ) from None


def is_unsafe(member: zipfile.ZipInfo) -> bool:
    """Whether a member leads out of the folder that the package is unpacked into, or is a link."""
    return leads_out(member.filename) or stat.S_ISLNK(member.external_attr >> 16)


def leads_out(name: str) -> bool:
    """Whether the name of a member leads out of the folder that it is unpacked into."""
    outside = name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name)
    return outside or re.match(r"[A-Za-z]:", name) is not None


def xml_encoding(data: bytes) -> str:
    """The encoding of XML by its byte order mark or its declaration; one of these three, which office programs and
    books use."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = XML_ENCODING.match(data)
    name = declared[1].decode().lower() if declared else "utf-8"
    return "latin-1" if name in ("iso-8859-1", "latin-1", "windows-1252", "us-ascii") else "utf-8"


class Member:
    """A member of a package as a part of the file: its texts, none where it stays."""

    def __init__(self, info: zipfile.ZipInfo, document: Document | None) -> None:
        self.info, self.document, self.size = info, document, info.file_size
        self.texts: Sequence[Text] = document.texts if document is not None else ()


class Package:
    """A package as a file (`app/formats/files.py`): its parts are its members in their order."""

    def __init__(self, data: bytes, format: str, most_bytes: int) -> None:
        """Raises FormatError."""
        self.archive = Archive(data, most_bytes)
        documents: Mapping[str, Document] = import_module(PACKAGES[format]).parse(self.archive)
        self.parts = [Member(info, documents.get(info.filename)) for info in self.archive.members]
        self.buffer = io.BytesIO()
        self.zip = zipfile.ZipFile(self.buffer, "w")
        self.zip.comment = self.archive.zip.comment
        self.sent = 0

    def write(self, part: Member, translations: Sequence[Text]) -> bytes:
        """The bytes of a member; members are written in their order. Raises FormatError."""
        data = self.archive.read(part.info.filename)
        if part.document is not None and any(new != old for new, old in zip(translations, part.texts, strict=True)):
            data = part.document.render(translations).encode(xml_encoding(data), "xmlcharrefreplace")
        info = zipfile.ZipInfo(part.info.filename, part.info.date_time)
        info.compress_type, info.external_attr = part.info.compress_type, part.info.external_attr
        info.create_system, info.comment = part.info.create_system, part.info.comment
        self.zip.writestr(info, data)
        return self.fresh()

    def close(self) -> bytes:
        """The directory at the end of the package."""
        self.zip.close()
        return self.fresh()

    def fresh(self) -> bytes:
        """The bytes written since the last call; zipfile goes back only within the member that it writes."""
        data = bytes(self.buffer.getbuffer()[self.sent :])  # `getvalue` would copy the whole package each time
        self.sent += len(data)
        return data
