"""Packages for the tests, and the translation of a file without a service."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from odf import text as odf
from odf.opendocument import OpenDocumentText

from app.formats import Text
from app.formats.files import open_file

MOST_BYTES = 10_000_000


def translated(data: bytes, format: str, translate: Callable[[Text], Text], **options: str) -> bytes:
    file = open_file(data, format, most_bytes=MOST_BYTES, **options)
    chunks = [file.write(part, [translate(text) for text in part.texts]) for part in file.parts]
    return b"".join(chunks) + file.close()


def same(text: Text) -> Text:
    return text


def texts(data: bytes, format: str, **options: str) -> list[str]:
    file = open_file(data, format, most_bytes=MOST_BYTES, **options)
    return [text.plain for part in file.parts for text in part.texts]


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def package(content: Mapping[str, bytes | str], *, stored: str = "") -> bytes:
    """A zip file; the member `stored` is not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, data in content.items():
            opened.writestr(name, data, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def word_document() -> bytes:
    """By python-docx: a heading, formatting, a link, a list, a table, a picture's description, header and footer."""
    document = docx.Document()
    document.add_heading("The old house", 1)
    paragraph = document.add_paragraph("This is ")
    paragraph.add_run("really").bold = True
    paragraph.add_run(" good, and ")
    paragraph.add_run("so are").italic = True
    paragraph.add_run(" they.")
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), "top")
    paragraph.add_run(" See the ")
    run = paragraph.add_run("first page")
    link.append(run._r)
    paragraph._p.append(link)
    paragraph.add_run(".")
    document.add_paragraph("A man in a garden", style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "In the morning", "In the evening"
    lines = document.add_paragraph().add_run("The first line")
    lines.add_break()
    lines.add_text("The second line")
    lines.add_tab()
    lines.add_text("behind a tab")
    document.sections[0].header.paragraphs[0].text = "A page of the book"
    document.sections[0].footer.paragraphs[0].text = "Good night"
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def open_document() -> bytes:
    """By odfpy: a heading, a span, a link, a footnote, a list, a line break, several spaces."""
    document = OpenDocumentText()
    document.text.addElement(odf.H(outlinelevel=1, text="The old house"))
    paragraph = odf.P(text="This is ")
    paragraph.addElement(odf.Span(text="really"))
    paragraph.addText(" good, see ")
    paragraph.addElement(odf.A(href="http://example.org", text="the page"))
    note, body = odf.Note(noteclass="footnote"), odf.NoteBody()
    body.addElement(odf.P(text="The note below the page."))
    note.addElement(odf.NoteCitation(text="1"))
    note.addElement(body)
    paragraph.addElement(note)
    paragraph.addText(" again.")
    paragraph.addElement(odf.LineBreak())
    paragraph.addText("The second line")
    document.text.addElement(paragraph)
    items = odf.List()
    item = odf.ListItem()
    item.addElement(odf.P(text="A man in a garden"))
    items.addElement(item)
    document.text.addElement(items)
    buffer = io.BytesIO()
    document.write(buffer)
    return buffer.getvalue()


CHAPTER = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/></head>
<body><p><a id="p1"/>The <b>big</b> house&#160;here.</p><img src="i.png" alt="A cat"/><pre>code</pre></body></html>"""


def book() -> bytes:
    """An EPUB: container, package document, a chapter, a table of contents, a picture."""
    return package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfile full-path="OEBPS/c.opf"/></container>',
            "OEBPS/c.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The old house'
            "</dc:title><dc:language>en</dc:language></metadata><manifest>"
            '<item href="text/chapter%201.xhtml" media-type="application/xhtml+xml"/>'
            '<item href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
            '<item href="i.png" media-type="image/png"/></manifest></package>',
            "OEBPS/text/chapter 1.xhtml": CHAPTER,
            "OEBPS/toc.ncx": "<ncx><navMap><navLabel><text>Bread &amp; butter</text></navLabel></navMap></ncx>",
            "OEBPS/i.png": b"\x89PNG\r\n\x1a\n",
        },
        stored="mimetype",
    )
