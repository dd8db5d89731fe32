"""Word documents, OpenDocument texts and books: their words are translated, and nothing else in the package changes."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import docx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.formats import FormatError, Text
from app.formats.files import open_file
from tests.formats.packages import (
    MOST_BYTES,
    book,
    members,
    open_document,
    package,
    same,
    texts,
    translated,
    word_document,
)
from tests.formats.translators import capitals, words

MAKERS = {"docx": word_document, "odt": open_document, "epub": book}


@pytest.mark.parametrize("format", MAKERS)
def test_a_package_without_changes_has_the_same_members(format: str) -> None:
    data = MAKERS[format]()
    assert members(translated(data, format, same)) == members(data)


@pytest.mark.parametrize(
    ("format", "changed"),
    [
        ("docx", {"word/document.xml", "word/header1.xml", "word/footer1.xml"}),
        ("odt", {"content.xml"}),
        ("epub", {"OEBPS/c.opf", "OEBPS/text/chapter 1.xhtml", "OEBPS/toc.ncx"}),
    ],
)
def test_only_members_with_words_change(format: str, changed: set[str]) -> None:
    data = MAKERS[format]()
    before, after = members(data), members(translated(data, format, capitals))
    assert list(after) == list(before)
    assert {name for name in before if before[name] != after[name]} == changed


@pytest.mark.parametrize("format", ["odt", "epub"])
def test_the_media_type_stays_first_and_uncompressed(format: str) -> None:
    with zipfile.ZipFile(io.BytesIO(translated(MAKERS[format](), format, capitals))) as opened:
        first = opened.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")


def test_a_word_document_in_other_words() -> None:
    translate = words(This="Das", good="gut", really="wirklich", first="erste", page="Seite", line="Zeile", man="Mann")
    document = docx.Document(io.BytesIO(translated(word_document(), "docx", translate)))
    runs = [(run.text, run.bold, run.italic) for run in document.paragraphs[1].runs]
    assert runs[:5] == [
        ("Das is ", None, None),
        ("wirklich", True, None),
        (" gut, and ", None, None),
        ("so are", None, True),
        (" they. See the ", None, None),
    ]
    assert [link.text for link in document.paragraphs[1].hyperlinks] == ["erste Seite"]
    assert document.paragraphs[1].text == "Das is wirklich gut, and so are they. See the erste Seite."
    assert (document.paragraphs[2].text, document.paragraphs[2].style.name) == ("A Mann in a garden", "List Bullet")
    assert document.paragraphs[3].text == "The erste Zeile\nThe second Zeile\tbehind a tab"


def test_the_texts_of_a_word_document() -> None:
    assert set(texts(word_document(), "docx")) == {
        "The old house",
        "This is really good, and so are they. See the first page.",
        "A man in a garden",
        "In the morning",
        "In the evening",
        "The first line",
        "The second line",
        "behind a tab",
        "A page of the book",
        "Good night",
    }


def story(body: str) -> bytes:
    """A Word document of this body."""
    return package(
        {
            "[Content_Types].xml": '<Types><Override PartName="/word/document.xml" ContentType="x.main+xml"/></Types>',
            "word/document.xml": f"<w:document xmlns:w='w' xmlns:wp='wp' xmlns:m='m'>{body}</w:document>",
        }
    )


def run(text: str, properties: str = "") -> str:
    return f"<w:r>{properties}<w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    ("body", "plains"),
    [
        # Runs that editing has split, a mark of the spelling checker between them.
        (f"<w:p>{run('The ho')}<w:proofErr/>{run('use is big.')}</w:p>", ["The house is big."]),
        (f"<w:p>{run('A ', '<w:rPr><w:lang/></w:rPr>')}{run('house')}</w:p>", ["A house"]),
        # A field with a result is read with it, a link by a field is around its words.
        (
            f"<w:p>{run('See page ')}<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText>"
            f"</w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r>{run('7')}<w:r><w:fldChar w:fldCharType='end'/>"
            f"</w:r>{run(' of it')}</w:p>",
            ["See page 7 of it"],
        ),
        # Deleted text and code stay; text boxes and descriptions of pictures are read.
        (
            f"<w:p>{run('It is')}<w:del><w:r><w:delText> not</w:delText></w:r></w:del>{run(' here')}</w:p>",
            ["It is here"],
        ),
        (f"<w:p><w:pPr><w:pStyle w:val='SourceCode'/></w:pPr>{run('print it')}</w:p>", []),
        (
            f"<w:p>{run('A man')}<w:r><w:drawing><wp:docPr descr='A cat &amp; a dog'/><w:txbxContent><w:p>"
            f"{run('In a box')}</w:p></w:txbxContent></w:drawing></w:r></w:p>",
            ["A man", "A cat & a dog", "In a box"],
        ),
    ],
)
def test_what_word_writes_between_words(body: str, plains: list[str]) -> None:
    data = story(body)
    assert texts(data, "docx") == plains
    written = members(translated(data, "docx", capitals))["word/document.xml"].decode()
    ElementTree.fromstring(written)
    assert texts(translated(data, "docx", capitals), "docx") == [capitals(Text(plain)).plain for plain in plains]
    for kept in ("delText> not", "instrText>PAGE", "print it"):
        assert (kept in written) == (kept in body)


def test_formatting_moves_with_its_words() -> None:
    bold = "<w:rPr><w:b/></w:rPr>"
    data = story(f"<w:p>{run('I ')}{run('really', bold)}{run(' like it.')}</w:p>")

    def moved(text: Text) -> Text:
        return Text("Ich mag es wirklich.", (replace(text.inlines[0], start=11, end=19),))

    written = members(translated(data, "docx", moved))["word/document.xml"].decode()
    t = '<w:t xml:space="preserve">'
    assert f"<w:r>{t}Ich mag es </w:t></w:r><w:r>{bold}{t}wirklich</w:t></w:r><w:r>{t}.</w:t></w:r>" in written


def test_an_open_document_in_other_words() -> None:
    data = open_document()
    assert texts(data, "odt") == [
        "The old house",
        "This is really good, see the page again.",
        "The second line",
        "The note below the page.",
        "A man in a garden",
    ]
    written = members(translated(data, "odt", capitals))["content.xml"].decode()
    assert "<text:span>rEALLY</text:span>" in written
    assert 'xlink:href="http://example.org"' in written
    assert "<text:note-body><text:p>THE nOTE bELOW tHE pAGE.</text:p></text:note-body>" in written


def test_a_book_in_other_words() -> None:
    written = members(translated(book(), "epub", capitals))
    chapter = written["OEBPS/text/chapter 1.xhtml"].decode()
    assert '<head><title/><script src="x.js"/></head>' in chapter
    assert '<p><a id="p1"/>THE <b>bIG</b> hOUSE&#160;hERE.</p><img src="i.png" alt="A cAT"/><pre>code</pre>' in chapter
    assert b"<dc:title>THE oLD hOUSE</dc:title><dc:language>en</dc:language>" in written["OEBPS/c.opf"]
    assert b"<text>BREAD &amp; bUTTER</text>" in written["OEBPS/toc.ncx"]


def bomb() -> bytes:
    return package({"content.xml": b"<a>" + b" " * 11_000_000 + b"</a>"})


def renamed(data: bytes, name: str) -> bytes:
    content = members(data)
    return package({**content, name: b"x"})


@pytest.mark.parametrize(
    ("format", "data", "message"),
    [
        ("docx", b"", "no package"),
        ("docx", word_document()[:-500], "no package"),
        ("odt", package({"a": b"x"}), "content.xml is missing"),
        ("docx", package({"a": b"x"}), "content types is missing"),
        ("epub", package({"a": b"x"}), "container.xml is missing"),
        ("odt", bomb(), "bytes unpacked"),
        ("odt", renamed(open_document(), "../../etc/passwd"), "outside of it"),
        ("odt", renamed(open_document(), "/etc/passwd"), "outside of it"),
        ("odt", renamed(open_document(), "C:\\x"), "outside of it"),
        ("odt", package({"content.xml": "<a><b></a>"}), "line 1"),
        ("odt", package({"content.xml": b"<a>\xff</a>"}), "no utf-8"),
        ("odt", package({"content.xml": '<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'}), "DOCTYPE"),
        ("odt", package({str(number): b"" for number in range(10_001)}), "members"),
    ],
)
def test_what_is_no_document_is_told(format: str, data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        open_file(data, format, most_bytes=1_000_000)


def test_a_broken_member_is_told_before_anything_is_written() -> None:
    data = bytearray(package({"content.xml": "<a/>", "picture": b"0123456789" * 50}, stored="picture"))
    data[data.index(b"0123456789") + 3] ^= 1
    with pytest.raises(FormatError, match="picture"):
        open_file(bytes(data), "odt", most_bytes=MOST_BYTES)


def test_text_beyond_its_bound_is_refused() -> None:
    with pytest.raises(FormatError, match="split"):
        open_file(package({"content.xml": b"<a>" + b"x" * 5000 + b"</a>"}), "odt", most_bytes=2000)


@given(st.binary(max_size=300), st.sampled_from(sorted(MAKERS)), st.integers(0, 4000))
def test_random_bytes_in_a_package_are_refused_or_come_back(noise: bytes, format: str, place: int) -> None:
    whole = MAKERS_ONCE[format]
    at = place % len(whole)
    for data in (noise, whole[:at] + noise, whole[:at] + noise + whole[at + len(noise) :]):
        try:
            file = open_file(data, format, most_bytes=MOST_BYTES)
        except FormatError:
            continue
        written = b"".join(file.write(part, part.texts) for part in file.parts) + file.close()
        assert list(members(written)) == [member.info.filename for member in file.parts]


MAKERS_ONCE = {format: make() for format, make in MAKERS.items()}

WORD_PIECES = [
    run("one "), run("two"),
    run("bold", "<w:rPr><w:b/></w:rPr>"), run(" "), "<w:r><w:tab/></w:r>",
    "<w:r><w:br/></w:r>", "<w:bookmarkStart/>", "<w:r><w:footnoteReference/></w:r>",
    "<w:r><w:fldChar w:fldCharType='begin'/></w:r>",
    "<w:r><w:instrText>HYPERLINK</w:instrText></w:r>", "<w:r><w:fldChar w:fldCharType='separate'/></w:r>",
    "<w:r><w:fldChar w:fldCharType='end'/></w:r>", run("code", "<w:rPr><w:rStyle w:val='Code'/></w:rPr>"),
    "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>", "<!-- c -->",
]  # fmt: skip
WORD_AROUND = [
    ("<w:hyperlink>", "</w:hyperlink>"), ("<w:ins>", "</w:ins>"), ("</w:p><w:p>", ""),
    ("<w:sdt><w:sdtPr/><w:sdtContent>", "</w:sdtContent></w:sdt>"),
    ("<w:r><w:pict><w:txbxContent><w:p>", "</w:p></w:txbxContent></w:pict></w:r>"),
]  # fmt: skip
ODT_PIECES = [
    "one ", "two", "<text:s/>", "<text:tab/>", "<text:line-break/>", "<text:bookmark/>", "&amp;", "&#160;", "\n",
    "<text:page-number>7</text:page-number>", "<!-- c -->", "<text:bookmark/>", "three words here",
]  # fmt: skip
ODT_AROUND = [
    ("<text:span text:style-name='T1'>", "</text:span>"), ("<text:a>", "</text:a>"),
    ("<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>",
     "</text:p></text:note-body></text:note>"),
    ("<draw:frame><svg:title>", "</svg:title></draw:frame>"),
]  # fmt: skip


def markup(pieces: list[str], around: list[tuple[str, str]]) -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(pieces),
        lambda inner: st.tuples(st.sampled_from(around), st.lists(inner, max_size=6)).map(
            lambda drawn: drawn[0][0] + "".join(drawn[1]) + drawn[0][1]
        ),
        max_leaves=15,
    )


def mixed_up(text: Text) -> Text:
    """Another text with every inline somewhere else."""
    plain = text.plain.upper()[::-1] + " x"
    size = len(plain)
    moved = [
        replace(one, start=size - one.end, end=size - one.start) if one.kept else replace(one, start=0, end=size // 2)
        for one in text.inlines
    ]
    return Text(plain, tuple(sorted(moved, key=lambda one: (one.start, -one.end))))


MADE_ANEW = ("}r", "}t", "}s", "}rPr", "}b", "}hyperlink", "}ins", "}sdt", "}sdtPr", "}sdtContent", "}span", "}a")
AGAIN = ("}fldChar", "}instrText")  # at a line break, in a link by a field


@given(markup(WORD_PIECES, WORD_AROUND), markup(ODT_PIECES, ODT_AROUND))
@example("one ", "two &amp; <text:page-number>7</text:page-number>")  # "&" where the number stood
def test_any_order_of_elements_stays_xml_and_loses_none(word: str, office: str) -> None:
    sources = {
        "docx": story(f"<w:p>{word}</w:p>"),
        "odt": package(
            {"content.xml": f"<o xmlns:text='t' xmlns:svg='s' xmlns:draw='d'><text:p>{office}</text:p></o>"}
        ),
    }
    for format, data in sources.items():
        try:
            before = members(translated(data, format, same))
        except FormatError:  # a paragraph within an element of another
            assert "</w:p><w:p>" in word
            continue
        assert before == members(data)
        for translate in (capitals, mixed_up):
            for name, content in members(translated(data, format, translate)).items():
                counts = [
                    Counter(element.tag for element in ElementTree.fromstring(source).iter())
                    for source in (before[name], content)
                ]
                for tag in counts[0].keys() | counts[1].keys():
                    if not tag.endswith(MADE_ANEW):
                        assert counts[1][tag] >= counts[0][tag], tag
                        assert counts[1][tag] == counts[0][tag] or tag.endswith(AGAIN), tag


@pytest.mark.parametrize(
    ("format", "body"),
    [
        ("docx", "<w:p>" + "<w:hyperlink>" * 5_000 + run("one two") + "</w:hyperlink>" * 5_000 + "</w:p>"),
        ("docx", "<w:p>" + "<w:r><w:fldChar w:fldCharType='begin'/></w:r>" * 5_000 + run("one two") + "</w:p>"),
        ("docx", "<w:p>" + "<w:r><w:pict><w:p>" * 1_000 + run("one") + "</w:p></w:pict></w:r>" * 1_000 + "</w:p>"),
        ("odt", "<text:span>" * 5_000 + "one two" + "</text:span>" * 5_000),
        ("odt", "<text:span>" * 5_000 + "one<text:tab/>" * 5_000 + "</text:span>" * 5_000),
        ("odt", "<text:note><text:p>" * 5_000 + "one two" + "</text:p></text:note>" * 5_000),
    ],
)
def test_deep_documents_come_back(format: str, body: str) -> None:
    content = f"<o xmlns:text='t'><text:p>{body}</text:p></o>"
    data = story(body) if format == "docx" else package({"content.xml": content})
    assert members(translated(data, format, same)) == members(data)
    translated(data, format, capitals)
