"""Catalogues: gettext, XLIFF and Android. The translation goes to its place, all else stays."""

from __future__ import annotations

import polib
import pytest

from app.formats import FormatError, Inline, Text, parse
from tests.formats.fake import parsed, plains, shout, shouted, translate

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {}\\n"\n\n'


def test_a_msgid_fills_its_msgstr() -> None:
    source = (
        '# comment\n#. for translators\n#: a.c:1\n#, c-format\n#| msgid "Old"\nmsgctxt "menu"\nmsgid "Open %d file\\n"\n'  # noqa: E501
        'msgstr ""\n\nmsgid "Done"\nmsgstr "Fertig"\n\n#~ msgid "gone"\n#~ msgstr ""\n'
    )
    assert plains(source, "po") == ["Open %d file"]
    rendered = translate(source, "po", {"Open %d file": '"%d" Datei öffnen'})
    assert rendered == source.replace(
        '"Open %d file\\n"\nmsgstr ""', '"Open %d file\\n"\nmsgstr "\\"%d\\" Datei öffnen\\n"'
    )
    assert plains(source, "po", overwrite=True) == ["Open %d file", "Done"]


@pytest.mark.parametrize(
    ("forms", "wanted"),
    [
        ("nplurals=1; plural=0;", ["%d FILES"]),
        ("nplurals=2; plural=(n > 1);", ["%d FILE", "%d FILES"]),
        ("nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);", ["%d FILE", "%d FILES", "%d FILES"]),
        ("nplurals=INTEGER; plural=EXPRESSION;", ["%d FILE", "%d FILES"]),
    ],
)
def test_plurals_have_the_forms_of_the_target(forms: str, wanted: list[str]) -> None:
    source = HEADER.replace("{}", forms) + 'msgid "%d file"\nmsgid_plural "%d files"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    (entry,) = polib.pofile("\n" + shout(source, "po"))
    assert list(entry.msgstr_plural.values()) == wanted


def test_a_long_message_is_wrapped() -> None:
    source = 'msgid ""\n"One line\\n"\n"and another."\nmsgstr ""\r\n'
    text = "One line and another."
    assert plains(source, "po") == [text]
    rendered = translate(source, "po", {text: "Eine Zeile " + "und noch eine " * 12 + "Ende."})
    (entry,) = polib.pofile("\n" + rendered)
    assert entry.msgstr.replace("\n", " ") == "Eine Zeile " + "und noch eine " * 12 + "Ende."
    assert entry.msgstr.count("\n") == 1
    assert max(map(len, rendered.splitlines())) <= 80


def test_an_entry_that_comes_back_as_it_is_stays_untranslated_and_an_equal_one_does_not() -> None:
    source = 'msgid "PDF"\nmsgstr ""\n'
    document = parsed(source, "po")
    assert document.render([Text("PDF")]) == 'msgid "PDF"\nmsgstr "PDF"\n'


def test_flags_name_the_syntax() -> None:
    python = '#, python-brace-format\nmsgid "{0} of {total}"\nmsgstr ""\n'
    assert [i.kept for i in parsed(python, "po").texts[0].inlines] == [True, True]
    qt = '#, qt-format\nmsgid "&Copy %1"\nmsgstr ""\n'
    assert translate(qt, "po", {"Copy %1": "%1 kopieren"}).endswith('msgstr "%1 &kopieren"\n')


def test_no_file_of_the_server_is_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    secret = tmp_path / "a.po"
    secret.write_text('msgid "secret"\nmsgstr ""\n')
    with pytest.raises(FormatError, match="line 1"):
        parse(str(secret), "po")


def test_a_catalogue_that_cannot_be_read_names_the_line() -> None:
    with pytest.raises(FormatError, match="line 3"):
        parse('msgid "a"\nmsgstr ""\nmsgfoo "x"\n', "po")


XLIFF = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<xliff version="1.2"><file><body>\n{}\n</body></file></xliff>\n'


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        (
            "  <trans-unit id='1'>\n    <source>Good night</source>\n  </trans-unit>",
            "  <trans-unit id='1'>\n    <source>Good night</source>\n    <target>GOOD NIGHT</target>\n  </trans-unit>",
        ),
        (
            "<trans-unit id='1'><source>Dear <g id='1'>old &amp; <x id='2'/> new</g> <ph id='3'>%s</ph></source><target/></trans-unit>",  # noqa: E501
            "<trans-unit id='1'><source>Dear <g id='1'>old &amp; <x id='2'/> new</g> <ph id='3'>%s</ph></source>"
            "<target>DEAR <g id='1'>OLD &amp; <x id='2'/> NEW</g> <ph id='3'>%s</ph></target></trans-unit>",
        ),
        (
            "<trans-unit id='1'><source>Words</source><target state='new'>Words</target></trans-unit>",
            "<trans-unit id='1'><source>Words</source><target state='new'>WORDS</target></trans-unit>",
        ),
        (
            "<trans-unit id='1'><source>Words</source><target>Wörter</target></trans-unit>"
            "<trans-unit id='2' translate='no'><source>Words</source></trans-unit>",
            "<trans-unit id='1'><source>Words</source><target>Wörter</target></trans-unit>"
            "<trans-unit id='2' translate='no'><source>Words</source></trans-unit>",
        ),
        (
            "<x:unit id='1'><x:segment><x:source>Press <pc id='1'>Save</pc><sc id='2'/>now<ec startRef='2'/></x:source></x:segment></x:unit>",  # noqa: E501
            "<x:unit id='1'><x:segment><x:source>Press <pc id='1'>Save</pc><sc id='2'/>now<ec startRef='2'/></x:source>"
            "<x:target>PRESS <pc id='1'>SAVE</pc><sc id='2'/>NOW<ec startRef='2'/></x:target></x:segment></x:unit>",
        ),
        (
            "<trans-unit id='1'><source>Buy <mrk mtype='protected'>Acme Cloud</mrk> <x equiv-text='{{n}}'/></source></trans-unit>",  # noqa: E501
            "<trans-unit id='1'><source>Buy <mrk mtype='protected'>Acme Cloud</mrk> <x equiv-text='{{n}}'/></source>"
            "<target>BUY <mrk mtype='protected'>Acme Cloud</mrk> <x equiv-text='{{n}}'/></target></trans-unit>",
        ),
    ],
)  # fmt: skip
def test_a_source_fills_its_target(unit: str, wanted: str) -> None:
    assert shout(XLIFF.replace("{}", unit), "xliff") == XLIFF.replace("{}", wanted)


def test_branches_in_xliff_may_have_elements() -> None:
    unit = "<trans-unit id='1'><source>{N, plural, =1 {one <g id='1'>item &amp; <x id='2'/></g>} other {many}}</source></trans-unit>"  # noqa: E501
    wanted = "<target>{N, plural, =1 {ONE <g id='1'>ITEM &amp; <x id='2'/></g>} other {MANY}}</target>"
    assert plains(XLIFF.replace("{}", unit), "xliff") == ["one item & ", "many"]
    assert wanted in shout(XLIFF.replace("{}", unit), "xliff", syntax="icu")
    with pytest.raises(FormatError, match="'yaml'"):
        parse(XLIFF, "xliff", syntax="yaml")


def test_no_entity_is_expanded_and_no_other_document_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    bomb = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(12))
    source = (
        f'<!DOCTYPE xliff [{bomb}<!ENTITY s SYSTEM "file://{secret}">]>\n'
        "<xliff><trans-unit><source>One &e11; and &s; word</source></trans-unit></xliff>"
    )
    assert plains(source, "xliff") == ["One &e11; and &s; word"]
    assert "<target>ONE &e11; AND &s; WORD</target>" in shout(source, "xliff")


@pytest.mark.parametrize(
    ("source", "reason"),
    [("<html/>", "<html>, not <xliff>"), ("<xliff><a></xliff>", "line 1, column"), ("", "document ends here"), ("\ud800", "half a character")],  # noqa: E501
)  # fmt: skip
def test_what_is_no_xliff_is_said(source: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        parse(source, "xliff")


def test_android_resources() -> None:
    source = (
        '<?xml version="1.0"?>\n<resources xmlns:xliff="urn:x">\n  <!-- A comment -->\n'
        "  <string name=\"a\">Don\\'t open <b>%1$s</b> &amp; go\\nNow</string>\n"
        '  <string name="b" translatable="false">No way</string>\n  <string name="c">@string/app_name</string>\n'
        '  <string name="d">"Hello  <xliff:g id="n">%s</xliff:g>"</string>\n'
        '  <plurals name="p"><item quantity="one">%d item</item><item quantity="other">%d items</item></plurals>\n'
        "  <string name=\"e\"><![CDATA[<b>Bold</b> & more]]></string>\n</resources>\n"
    )  # fmt: skip
    wanted = source
    for words in ("Don", "t open", "go\\n", "Hello", "item<", "items<", "Bold", "more"):
        wanted = wanted.replace(words, words.upper().replace("\\N", "\\n"))
    assert shout(source, "android") == wanted.replace("Now<", "NOW<")
    rendered = translate(source, "android", {"%d items": Text("%d l'ami", (Inline(0, 2, "", "", True),))})
    assert '<item quantity="other">%d l\\\'ami</item>' in rendered


def test_a_text_that_a_translator_leaves_alone_is_no_translation() -> None:
    source = XLIFF.replace("{}", "<trans-unit id='1'><source>PDF</source></trans-unit>")
    document = parsed(source, "xliff")
    assert document.render(document.texts) == source
    assert "<target>PDF</target>" in document.render([shouted(text) for text in document.texts])


def test_an_array_of_symbols_stays() -> None:
    source = "<resources><string-array name='a'><item>US</item><item>FR</item></string-array>"
    assert plains(source + "<string name='b'>OK</string></resources>", "android") == ["OK"]


def test_values_of_keys_in_plain_text_are_messages() -> None:
    source = "[Main window]\r\n; a dog\r\npath = C:\\users\\new\r\nbig=The %s is big\r\nempty=\r\n"
    source += '"a dog" = "A \\"dog\\"";\r\n'
    assert plains(source, "ini") == ["The %s is big", 'A "dog"']
    rendered = translate(source, "ini", {'A "dog"': 'Ein "Hund" und "mehr"'})
    assert rendered == source.replace('"A \\"dog\\""', r'"Ein \"Hund\" und \"mehr\""')
    assert "Tür" in translate(source, "ini", {"The %s is big": "Tür"})
