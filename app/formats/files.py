"""Files: bytes with a name or a media type go in, and the same kind of file comes out, part by part.

A file is of a format of `app/formats` in some encoding, or a package of such documents. Its parts are in its order;
each has texts, and is written when they are translated. Knows neither HTTP nor a translator.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Protocol

from app.formats import Document, FormatError, Text, parse
from app.formats.container import PACKAGES, Package
from app.formats.passages import Composite
from app.formats.properties import escaped
from app.text.normalize import SURROGATE

# The first media type and the first suffix of a format are the usual ones.
MEDIA_TYPES: dict[str, tuple[str, ...]] = {
    "text": ("text/plain",),
    "html": ("text/html", "application/xhtml+xml"),
    "markdown": ("text/markdown", "text/x-markdown"),
    "srt": ("application/x-subrip", "text/srt"),
    "vtt": ("text/vtt",),
    "json": ("application/json", "application/jsonl", "application/x-ndjson"),
    "csv": ("text/csv", "text/tab-separated-values"),
    "po": ("text/x-gettext-translation", "text/x-po", "application/x-gettext"),
    "xliff": ("application/xliff+xml", "application/x-xliff+xml"),
    "android": ("application/vnd.android.resources+xml",),
    "properties": ("text/x-java-properties",),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "odt": ("application/vnd.oasis.opendocument.text",),
    "epub": ("application/epub+zip",),
}
SUFFIXES: dict[str, tuple[str, ...]] = {
    "text": (".txt", ".text"),
    "html": (".html", ".htm", ".xhtml"),
    "markdown": (".md", ".markdown", ".mdown"),
    "messages": (),
    "srt": (".srt",),
    "vtt": (".vtt",),
    "json": (".json", ".jsonl", ".ndjson"),
    "csv": (".csv", ".tsv"),
    "po": (".po", ".pot"),
    "xliff": (".xlf", ".xliff"),
    "android": (),
    "properties": (".properties",),
    "docx": (".docx",),
    "odt": (".odt",),
    "epub": (".epub",),
}
# Of suffixes that are not of the first media type of their format.
OTHER_MEDIA_TYPES = {
    ".jsonl": "application/jsonl",
    ".ndjson": "application/x-ndjson",
    ".tsv": "text/tab-separated-values",
    ".xhtml": "application/xhtml+xml",
}
BY_MEDIA_TYPE = {media_type: format for format, known in MEDIA_TYPES.items() for media_type in known}
BY_SUFFIX = {suffix: format for format, known in SUFFIXES.items() for suffix in known}
ROOTS = {"resources": "android", "xliff": "xliff", "html": "html"}  # of XML, whose suffix does not tell its format
ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,40})[\s/>]")
HEAD = 4096  # bytes in which a file names its root and its encoding

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})

WIDE_MARKS = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
DECLARATIONS = {
    "html": re.compile(
        rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE
    ),
    "po": re.compile(rb"charset=([A-Za-z0-9._:-]{1,40})", re.IGNORECASE),
}
XML_DECLARATION = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._:-]{1,40})["']""")
# Those that texts are written in; other codecs of Python are none (rot13), or can be told apart by nobody (UTF-7).
ENCODING = re.compile(
    r"utf-8|ascii|iso8859-\d{1,2}|cp125\d|cp874|koi8-[rut]|mac-\w+|gb2312|gbk|gb18030|big5(?:hkscs)?|shift_jis|cp932"
    r"|euc_(?:jp|kr)|iso2022_jp|cp949"
)
# How a format writes a character that the encoding of the file lacks.
ESCAPES = {**dict.fromkeys(("html", "xliff", "android"), "xmlcharrefreplace"), "properties": "javaescape"}


class UnknownFormat(ValueError):
    """Neither name nor media type tell the format of a file. The message lists what would."""


class Part(Protocol):
    @property
    def texts(self) -> Sequence[Text]: ...
    @property
    def size(self) -> int:
        """About how many characters are written."""
        ...


class File(Protocol):
    """A parsed file. Its parts are written once and in their order."""

    @property
    def parts(self) -> Sequence[Any]: ...
    def write(self, part: Any, translations: Sequence[Text]) -> bytes: ...
    def close(self) -> bytes:
        """The rest of the file, behind its last part. Raises FormatError where the encoding lacks a character."""
        ...


def java_escapes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return escaped(error.object[error.start : error.end]), error.end


codecs.register_error("javaescape", java_escapes)


def format_of(name: str, media_type: str, data: bytes) -> str:
    """The format of a file by the suffix of its name, else by its media type. Raises UnknownFormat."""
    suffix = suffix_of(name)
    media_type = media_type.partition(";")[0].strip().lower()
    if suffix in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    if suffix == ".xml" or media_type in ("text/xml", "application/xml"):
        root = ROOT.search(re.sub(rb"<!--.*?-->", b"", data[:HEAD].replace(b"\0", b""), flags=re.DOTALL))
        if root and (found := ROOTS.get(root[1].decode())):
            return found
    elif media_type in BY_MEDIA_TYPE:
        return BY_MEDIA_TYPE[media_type]
    raise UnknownFormat(
        f"The format of the file is unknown (name: {name[-100:] or 'none'}; media type: {media_type or 'none'}). Give "
        f"it a name that ends in {', '.join(sorted(BY_SUFFIX))}, or one of the media types "
        f"{', '.join(sorted(BY_MEDIA_TYPE))}."
    )


def media_type_of(name: str, format: str) -> str:
    """The usual media type of files of a format with such a name."""
    return OTHER_MEDIA_TYPES.get(suffix_of(name)) or MEDIA_TYPES.get(format, ("text/plain",))[0]


def suffix_of(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def open_file(
    data: bytes,
    format: str,
    *,
    syntax: str = "auto",
    options: Mapping[str, Any] = NO_OPTIONS,
    charset: str = "",
    most_bytes: int,
) -> File:
    """Parse a file. `syntax` and `options` are those of `parse`; `charset` is what its media type says; what a package
    unpacks to is bounded by `most_bytes`. Raises FormatError."""
    if format in PACKAGES:
        return Package(data, format, most_bytes)
    mark, encoding = encoding_of(data, format, charset)
    text = decoded(data[len(mark) :], encoding)
    document = parse(text, format, syntax=syntax, **options)
    if any(SURROGATE.search(text.plain) for text in document.texts):
        raise FormatError("A text has half of a UTF-16 pair, such as \\ud83d alone: write it whole.")
    return TextFile(document, text, mark, encoding, format)


def encoding_of(data: bytes, format: str, charset: str) -> tuple[bytes, str]:
    """The byte order mark, and the encoding: by the mark, the media type, or what the file declares; else UTF-8. Raises
    FormatError."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return mark, encoding
    head = data[:HEAD]
    declared = XML_DECLARATION.match(head) or (DECLARATIONS[format].search(head) if format in DECLARATIONS else None)
    name = charset or (declared[1].decode() if declared else "utf-8")
    if name.upper() == "CHARSET":  # of a template of gettext
        name = "utf-8"
    try:
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError):
        encoding = ""
    if not ENCODING.fullmatch(encoding):
        raise FormatError(f"The file is in {name[:40]!r}, which is not known here: convert it to UTF-8.")
    if format == "properties" and not charset and not is_utf_8(data):
        encoding = "iso8859-1"  # until Java 9 the only one
    if encoding == "ascii":
        encoding = "utf-8" if is_utf_8(data) else "cp1252"
    if encoding == "iso8859-1" and format != "properties":  # HTML: browsers read it so, and others mean it
        encoding = "cp1252" if can_decode(data, "cp1252") else "iso8859-1"
    return b"", encoding


def is_utf_8(data: bytes) -> bool:
    return can_decode(data, "utf-8")


def can_decode(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def is_binary(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 are no text either: only UTF-16 and UTF-32 have null bytes."""
    return b"\0" in data and not data.startswith(tuple(mark for marks in WIDE_MARKS.values() for mark in marks))


def conversion(data: bytes) -> str:
    """The command that converts bytes that are no UTF-8, by their mark; without one they are mostly in Latin-1."""
    encoding = next((name for name, known in WIDE_MARKS.items() if data.startswith(known)), "LATIN1")
    return f"iconv -f {encoding} -t UTF-8"


def decoded(data: bytes, encoding: str) -> str:
    """Raises FormatError."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and is_binary(data):
            raise FormatError(
                "The file is no text, since it has null bytes. A document such as a .docx needs a name or a format "
                "that says so, a text in UTF-16 a byte order mark."
            ) from None
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start : error.start + 1].hex()
        raise FormatError(
            f"Line {line} is no {encoding.upper()}: byte 0x{byte} at {error.start}. Save the file in UTF-8 "
            f"({conversion(data)}, where it is in Latin-1), or declare its encoding."
        ) from None


class TextPart:
    """A stretch of a document with at least one text, but for the last one."""

    def __init__(self, parts: list[str | Document]) -> None:
        self.document = parts[0] if len(parts) == 1 and not isinstance(parts[0], str) else Composite(parts)
        self.texts = self.document.texts
        self.size = sum(len(part) for part in parts if isinstance(part, str)) + sum(len(t.plain) for t in self.texts)


class TextFile:
    """A document in an encoding."""

    def __init__(self, document: Document, source: str, mark: bytes, encoding: str, format: str) -> None:
        self.mark, self.encoding, self.errors = mark, encoding, ESCAPES.get(format, "strict")
        self.parts = list(grouped(parts_of(document, source)))
        # A character that an encoding lacks is an error: then nothing must have been sent.
        self.waits = self.errors == "strict" and not encoding.startswith("utf")
        self.held: list[bytes] = []

    def write(self, part: TextPart, translations: Sequence[Text]) -> bytes:
        """Raises FormatError."""
        written = part.document.render(translations)
        try:
            data = self.mark + written.encode(self.encoding, self.errors)
        except UnicodeEncodeError as error:
            raise FormatError(
                f"The file is in {self.encoding.upper()}, which has no {written[error.start]!r}: convert it to UTF-8."
            ) from None
        self.mark = b""
        if self.waits:
            self.held.append(data)
            return b""
        return data

    def close(self) -> bytes:
        return b"".join(self.held)


def parts_of(document: Document, source: str) -> Iterable[str | Document]:
    """The stretches of a document that can be written one by one."""
    pending: list[str | Document] = [document]
    while pending:
        part = pending.pop()
        stretches = getattr(part, "parts", None)
        if isinstance(part, str) or stretches is None:
            yield part
        else:
            pending += reversed(list(stretches))


def grouped(parts: Iterable[str | Document]) -> Iterable[TextPart]:
    group: list[str | Document] = []
    for part in parts:
        group.append(part)
        if not isinstance(part, str) and part.texts:
            yield TextPart(group)
            group = []
    if group:
        yield TextPart(group)
