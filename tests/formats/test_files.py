"""Files: which format, which encoding, and parts that are written one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import FormatError, Text, parse
from app.formats.files import BY_MEDIA_TYPE, BY_SUFFIX, UnknownFormat, format_of, media_type_of, open_file
from app.formats.properties import parse as parse_properties
from tests.formats.packages import same, texts, translated
from tests.formats.translators import capitals


@pytest.mark.parametrize(
    ("name", "media_type", "data", "format"),
    [
        ("page.html", "", b"", "html"),
        ("PAGE.HTM", "application/octet-stream", b"", "html"),
        ("README.md", "text/plain", b"", "markdown"),
        ("", "text/html; charset=utf-8", b"", "html"),
        ("letter", "application/vnd.oasis.opendocument.text", b"", "odt"),
        ("C:\\files\\words.po", "", b"", "po"),
        ("strings.xml", "", b"<?xml version='1.0'?><!-- <html> --><resources>", "android"),
        ("x.xml", "text/xml", b"<xliff version='1.2'>", "xliff"),
        ("", "application/xml", "<resources/>".encode("utf-16"), "android"),
    ],
)
def test_the_format_of_a_file(name: str, media_type: str, data: bytes, format: str) -> None:
    assert format_of(name, media_type, data) == format


@pytest.mark.parametrize(
    ("name", "format", "media_type"),
    [
        ("a.TSV", "csv", "text/tab-separated-values"),
        ("a.csv", "csv", "text/csv"),
        ("rows.jsonl", "json", "application/jsonl"),
        ("rows.ndjson", "json", "application/x-ndjson"),
        ("page.xhtml", "html", "application/xhtml+xml"),
        ("no suffix", "po", "text/x-gettext-translation"),
        ("a.txt", "messages", "text/plain"),
    ],
)
def test_the_usual_media_type_of_a_file(name: str, format: str, media_type: str) -> None:
    assert media_type_of(name, format) == media_type


@pytest.mark.parametrize(("name", "media_type"), [("a.png", ""), ("a", ""), ("", "image/png"), ("a.xml", "text/xml")])
def test_an_unknown_format_lists_those_known(name: str, media_type: str) -> None:
    with pytest.raises(UnknownFormat) as error:
        format_of(name, media_type, b"<other/>")
    assert all(known in str(error.value) for known in [*BY_SUFFIX, *BY_MEDIA_TYPE])


ANDROID = '<?xml version="1.0" encoding="ISO-8859-15"?><resources><string>Das Café</string></resources>'
CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\n\nmsgid "Das alte Café"\nmsgstr ""\n'


@pytest.mark.parametrize(
    ("data", "format"),
    [
        ("<p>Grüße an alle</p>".encode("utf-8-sig"), "html"),
        ("<p>Grüße an alle</p>".encode("utf-16"), "html"),
        (b"\xfe\xff" + "<p>Grüße an alle</p>".encode("utf-16-be"), "html"),
        ('<meta charset="windows-1252"><p>Der „alte“ Mann</p>'.encode("cp1252"), "html"),
        ("<meta charset=gb2312><p>你好，Anna</p>".encode("gb2312"), "html"),
        (ANDROID.encode("iso-8859-15"), "android"),
        (CATALOGUE.format(charset="ISO-8859-1").encode("latin-1"), "po"),
        (CATALOGUE.format(charset="CHARSET").encode(), "po"),
        ("a = Das alte Café\n".encode("latin-1"), "properties"),
        ("a = Das alte Café\n".encode(), "properties"),
    ],
)  # fmt: skip
def test_an_encoding_is_kept(data: bytes, format: str) -> None:
    assert translated(data, format, same) == data
    written = translated(data, format, capitals)
    assert written != data
    source = texts(data, format)
    if format == "po":  # the text of a message stays, its translation is beside it
        assert written.startswith(data[: data.rindex(b"msgstr")])
    else:
        assert texts(written, format) == [capitals(Text(text)).plain for text in source]


def test_what_an_encoding_lacks_is_a_reference_in_markup_and_an_error_elsewhere() -> None:
    def chinese(text: Text) -> Text:
        return Text("你好😀")

    page = b"<meta charset=iso-8859-1><p>Caf\xe9 here</p>"
    assert translated(page, "html", chinese) == b"<meta charset=iso-8859-1><p>&#20320;&#22909;&#128512;</p>"
    assert translated(b"a=Caf\xe9 here\n", "properties", chinese) == rb"a=\u4f60\u597d\ud83d\ude00" + b"\n"
    assert translated(b"a=The door\n", "properties", chinese) == rb"a=\u4f60\u597d\ud83d\ude00" + b"\n"
    file = open_file("a\nIt is\n".encode("latin-1"), "csv", charset="latin-1", most_bytes=10**6)
    first, *_ = file.parts
    with pytest.raises(FormatError, match="convert it to UTF-8"):
        file.write(first, [chinese(text) for text in first.texts])
    held = open_file("a\nIt is\n".encode("latin-1"), "csv", charset="latin-1", most_bytes=10**6)
    assert [held.write(part, part.texts) for part in held.parts] == [b""] * len(held.parts), "the error must come first"
    assert held.close() == b"a\nIt is\n"


@pytest.mark.parametrize(
    ("data", "charset", "message"),
    [
        (b"<p>One</p>\n<p>Caf\xe9</p>", "", "Line 2 is no UTF-8: byte 0xe9 at 17"),
        (b"<p>One</p>", "rot13", "not known here"),
        (b"<p>One</p>", "utf-7", "not known here"),
        (b"<p>One</p>", "no-such", "not known here"),
        (b"<meta charset=unicode_escape><p>One</p>", "", "not known here"),
        (b"\xff\xfe<", "", "UTF-16"),
        (b"PK\x03\x04\x14\0\xe9", "", "no text, since it has null bytes. A document such as a .docx needs a name or a"),
        ("<p>Caf\xe9</p>".encode("utf-16-le"), "", "a text in UTF-16 a byte order mark"),
    ],
)
def test_an_encoding_that_cannot_be_read(data: bytes, charset: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        open_file(data, "html", charset=charset, most_bytes=10**6)


def test_a_page_is_written_front_to_back() -> None:
    page = b'<title>One</title><p>Two <img alt="Three"> four</p><p>Five <b>six</b></p>'
    file = open_file(page, "html", most_bytes=10**6)
    written = [file.write(part, part.texts) for part in file.parts]
    assert written == [b"<title>One", b'</title><p>Two <img alt="Three"> four', b"</p><p>Five <b>six</b>", b"</p>"]
    assert [len(part.texts) for part in file.parts] == [1, 2, 1, 0]


@pytest.mark.parametrize("format", ["html", "markdown", "text", "csv", "po", "json", "properties", "srt"])
@given(data=st.binary(max_size=200))
def test_random_bytes_are_refused_or_come_back(format: str, data: bytes) -> None:
    try:
        assert translated(data, format, same) == data
    except FormatError:
        return
    translated(data, format, capitals)


PIECES = ["a", "key", "=", ":", "\\", "#", "!", "\\u00e9", "\\u", "é", "''", "{0}"]
PIECES += ["Two words", " ", "\t", "\n", "\r\n", "\r"]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_properties_come_back(source: str) -> None:
    try:
        document = parse(source, "properties")
    except FormatError:
        return
    assert document.render(document.texts) == source
    written = document.render([Text(f"{text.plain} of words", text.inlines) for text in document.texts])
    assert len(parse_properties(written).texts) == len(document.texts)


@pytest.mark.parametrize(
    ("source", "plains", "written"),
    [
        ("# The note\n! x\nkey = The house\n", ["The house"], "# The note\n! x\nkey = THE hOUSE\n"),
        ("a=The \\\n   house", ["The house"], "a=THE hOUSE"),
        ("a b:The house\\n", ["b:The house"], None),
        ("a.title:Can''t open {0}", ["Can't open {0}"], "a.title:CAN''t oPEN {0}"),
        ("a=%d files left", ["%d files left"], "a=%d fILES lEFT"),
        ("a=C\\:\\\\x\\\\y\nb=true\nc=12\n", [], None),
        ("k\\ ey=Caf\\u00e9 au lait", ["Café au lait"], "k\\ ey=CAF\\u00c9 aU lAIT"),
    ],
)
def test_properties(source: str, plains: list[str], written: str | None) -> None:
    document = parse(source, "properties")
    assert [text.plain for text in document.texts] == plains
    if written is not None:
        assert document.render([capitals(text) for text in document.texts]) == written


def test_plain_text_keeps_its_lines() -> None:
    source = "The old man\nwent home. He\nslept.\n\n  - One thing\n\tAnother\n"
    document = parse(source, "text")
    assert [text.plain for text in document.texts] == ["The old man went home. He slept.", "- One thing", "Another"]
    assert document.render(document.texts) == source
    assert document.render([capitals(text) for text in document.texts]).count("\n") == source.count("\n")
