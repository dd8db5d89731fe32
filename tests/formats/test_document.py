from __future__ import annotations

import pytest

from app.formats import FormatError, parse
from tests.formats.translators import translated, words


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(FormatError, match=r"'docx'.*html.*markdown"):
        parse("Good night", "docx")


@pytest.mark.parametrize(
    ("format", "source"),
    [
        ("text", "The old house\n\nis here\nand there.\n"),
        ("html", "<p title='An old\nhouse'>The old <b>house\n  is</b> here.<br>\nSo\n</p>\n<pre>a\nb</pre>\n"),
        ("markdown", "# House\n\n> The house is\n> old and\n> here.  \n> So\n\n- house\n"),
        ("messages", "The house\nis old\n"),
        ("srt", "1\n00:00:01,000 --> 00:00:02,500\nThe house\n<i>is</i> old.\n\n"),
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.500\nThe house\nis old.\n"),
        ("csv", 'a,b\nhouse,"The old\nhouse"\n'),
        ("json", '{\n  "a": "old house"\n}\n'),
        ("po", 'msgid ""\nmsgstr ""\n\nmsgid "old\\n"\n"house\\n"\nmsgstr ""\n'),
        (
            "xliff",
            "<xliff><file><body>\n<trans-unit id='1'><source>old\nhouse</source></trans-unit></body></file></xliff>\n",
        ),
        ("android", "<resources>\n<string name='a'>old\n house</string>\n</resources>\n"),
        ("properties", "a=old house\n# b\nb=house\n"),
        ("ini", "[a]\nb = old house\n"),
    ],
)
def test_a_document_has_one_kind_of_line_ends(format: str, source: str) -> None:
    translation = translated(source.replace("\n", "\r\n"), format, words(old="alte", house="Haeuschen"))
    assert "Haeuschen" in translation
    assert translation.count("\r\n") == translation.count("\n") == translation.count("\r")
