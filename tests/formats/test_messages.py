"""Messages of programs: what stays, what is translated, and how it is written again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyicumessageformat import Parser

from app.formats import FormatError, Inline, Text, parse
from tests.formats.fake import parsed, plains, shout, translate


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (
            "{count, plural, one {# item} other {# items}} in your basket",
            "{count, plural, one {# ITEM} other {# ITEMS}} IN YOUR BASKET",
        ),
        (
            "You have {count, plural, =0 {no new mail} one {one new mail} other {# new mails}}.",
            "YOU HAVE {count, plural, =0 {NO NEW MAIL} one {ONE NEW MAIL} other {# NEW MAILS}}.",
        ),
        (
            "{gender, select, male {He} female {She} other {They}} liked your photo.",
            "{gender, select, male {HE} female {SHE} other {THEY}} LIKED YOUR PHOTO.",
        ),
        (
            "{n, selectordinal, one {#st} other {#th}} day in {city, select, berlin {Berlin} other {{city}}}",
            "{n, selectordinal, one {#ST} other {#TH}} DAY IN {city, select, berlin {BERLIN} other {{city}}}",
        ),
        (
            "{n,plural,offset:1 =0{nobody}other{{who} and {m, plural, one{a friend} other{# friends}}}}",
            "{n,plural,offset:1 =0{NOBODY}other{{who} AND {m, plural, one{A FRIEND} other{# FRIENDS}}}}",
        ),
        (
            "There {0,choice,0#are no files|1#is one file|1<are {0,number,integer} files} in it",
            "THERE {0,choice,0#ARE NO FILES|1#IS ONE FILE|1<ARE {0,number,integer} FILES} IN IT",
        ),
        (
            "{n, choice, -1.5# cold | 0≤{who}'|' warm|∞<{m, plural, other {# dogs}} '{'hot'}'}",
            "{n, choice, -1.5# COLD | 0≤{who}'|' WARM|∞<{m, plural, other {# DOGS}} '{'HOT'}'}",
        ),
        (r"Hi!\n\nGet the free app here:\n\n%s", r"HI!\n\nGET THE FREE APP HERE:\n\n%s"),
        (r"Change the server.\nDo you agree?", r"CHANGE THE SERVER.\nDO YOU AGREE?"),
        (r"Where were you\NThen?", r"WHERE WERE YOU\NTHEN?"),
        (r"Open C:\Program Files\My App\run.exe now.", r"OPEN C:\Program Files\My App\run.exe NOW."),
        ("Moving %'d file (%S)", "MOVING %'d FILE (%S)"),
        ("Preparing to trash %'d file (%S)", "PREPARING TO TRASH %'d FILE (%S)"),
        (
            "Welcome to @:app.name! You have {n} apple | {n} apples",
            "WELCOME TO @:app.name! YOU HAVE {n} APPLE | {n} APPLES",
        ),
        ("[[ user.name ]] is here", "[[ user.name ]] IS HERE"),
        ("[[ user.name ]] / [[ user.age ]]", "[[ user.name ]] / [[ user.age ]]"),
        ("###T01### is living in ###T02###", "###T01### IS LIVING IN ###T02###"),
        ("XXX1XXX likes it", "XXX1XXX LIKES IT"),
        ("{\\an8}Where are you?", "{\\an8}WHERE ARE YOU?"),
        ("&Open file", "&OPEN FILE"),
        ("Dear {{user.name}}, see $t(links.help, {\"count\": 1})", "DEAR {{user.name}}, SEE $t(links.help, {\"count\": 1})"),  # noqa: E501
        ("%1$s of %2$d: %(name)s, {0!r:>10} and ${total}", "%1$s OF %2$d: %(name)s, {0!r:>10} AND ${total}"),
        ("Read <a href=\"/x\">the terms</a> &amp; go", "READ <a href=\"/x\">THE TERMS</a> &amp; GO"),
        ("Usage: copy <file> to <folder>", "USAGE: COPY <file> TO <folder>"),
        ("Bonjour {name}, tu as {n, plural, one {un message} other {# messages}}",
         "BONJOUR {name}, TU AS {n, plural, one {UN MESSAGE} other {# MESSAGES}}"),
        ("{n, plural, other {你有#条新消息}}", "{n, plural, other {你有#条新消息}}"),
    ],
)  # fmt: skip
def test_structure_stays_and_words_are_translated(source: str, wanted: str) -> None:
    assert shout(source, "messages") == wanted


@pytest.mark.parametrize(
    ("syntax", "source", "wanted"),
    [
        ("printf", "%-5.2f %% of %*d files (%<PRIu64>)", "%-5.2f %% OF %*d FILES (%<PRIu64>)"),
        ("printf", "100% sure it is %d", "100% SURE IT IS %d"),
        ("python", "%(count)d of {total:{width}} {{now}} %s", "%(count)d OF {total:{width}} {{NOW}} %s"),
        ("qt", "%L1 of %2 files (%n)", "%L1 OF %2 FILES (%n)"),
        (
            "i18next",
            "{{- name}} has $t(apple, {'n': {{n}} }) | apples",
            "{{- name}} HAS $t(apple, {'n': {{n}} }) | APPLES",
        ),
        ("i18next", "Mail @.lower:key, @:(a.b) and {'@'}", "MAIL @.lower:key, @:(a.b) AND {'@'}"),
        ("android", r"Don\'t say \"no\" \@ home: %1$s", r"DON\'T SAY \"NO\" \@ HOME: %1$s"),
        ("icu", "It''s '{'not'}' {n, number, ::currency/EUR}", "IT''S '{'NOT'}' {n, number, ::currency/EUR}"),
    ],
)
def test_each_syntax_keeps_its_own(syntax: str, source: str, wanted: str) -> None:
    assert shout(source, "messages", syntax=syntax) == wanted


def test_a_backslash_and_n_are_two_characters_between_texts() -> None:
    assert plains(r"Hi!\n\nGet it:\t%s", "messages") == ["Hi!", "Get it:"]
    assert plains(r"Caf\u00e9 \ud83d\ude00 open", "messages") == ["Café 😀 open"]


def test_a_sentence_over_lines_is_one_text_laid_out_over_them() -> None:
    source = r"When the rain stopped\nwe went home.\nThen we slept."
    assert plains(source, "messages") == ["When the rain stopped we went home.", "Then we slept."]
    rendered = translate(
        source, "messages", {"When the rain stopped we went home.": "Als der Regen aufhörte, gingen wir heim."}
    )
    assert rendered == r"Als der Regen aufhörte,\ngingen wir heim.\nThen we slept."


@pytest.mark.parametrize(
    ("source", "text", "translation", "wanted"),
    [
        ("&Open file", "Open file", "Datei öffnen", "&Datei öffnen"),
        ("E&xit", "Exit", "Verlassen", "&Verlassen"),
        ("Save &As...", "Save As...", "Speichern als...", "Speichern &als..."),
        ("_Print", "Print", "Imprimer", "Im_primer"),
        ("&Print...", "Print...", "打印...", "打印(&P)..."),
        ("Select &all\tCtrl+A", "Select all", "全选", "全选(&A)\tCtrl+A"),
        ("&Edit %1", "Edit %1", "%1 bearbeiten", "%1 b&earbeiten"),
    ],
)
def test_an_accelerator_goes_to_a_letter_of_the_translation(
    source: str, text: str, translation: str, wanted: str
) -> None:
    assert translate(source, "messages", {text: translation}) == wanted


def test_each_branch_of_a_template_is_a_text_of_its_own() -> None:
    source = "A {% if n %}dog{% else %}cat{% endif %} is {{ where }}"
    assert plains(source, "messages") == ["A", "dog", "cat", "is {{ where }}"]
    assert translate(source, "messages", {"dog": "Hund"}) == source.replace("dog", "Hund")


def test_each_line_of_a_menu_has_an_accelerator_of_its_own() -> None:
    source = "&Open\r\n\n&Close\r\nRecent files\nE&xit"
    assert plains(source, "messages") == ["Open", "Close", "Recent files", "Exit"]
    rendered = translate(source, "messages", {"Open": "Öffnen", "Close": "Schließen", "Exit": "关闭"})
    assert rendered == "&Öffnen\r\n\nS&chließen\r\nRecent files\n关闭(&X)"
    assert translate(source, "messages", {"Open": "打开"}).startswith("打开(&O)\r\n\n&Close")


def test_an_ampersand_that_is_written_twice_is_one() -> None:
    source = "Cut && &Paste"
    assert plains(source, "messages") == ["Cut & Paste"]
    assert translate(source, "messages", {"Cut & Paste": "Couper & Coller"}) == "Cou&per && Coller"


@pytest.mark.parametrize(
    "source",
    [
        "AT&T and Marks & Spencer",
        "the R&D team and Q&A",
        "AT&T and R&D",
        "foo_bar is bad",
        "Q&A",
        "a &amp; b",
        "_id_ and name",
        "this & that",
    ],
)
def test_these_are_no_accelerators(source: str) -> None:
    assert shout(source, "messages").count("&") == source.count("&")
    assert len(plains(source, "messages")[0]) >= len(source) - 4


def test_placeholders_may_change_places() -> None:
    source = "%1$s of <b>%2$s</b>"
    (text,) = parsed(source, "messages").texts
    assert text == Text(
        "%1$s of %2$s",
        (Inline(0, 4, "", "", True), Inline(8, 12, "<b>", "</b>"), Inline(8, 12, "", "", True)),
    )
    moved = Text(
        "%2$s von %1$s",
        (Inline(0, 4, "<b>", "</b>"), Inline(0, 4, "", "", True), Inline(9, 13, "", "", True)),
    )
    assert translate(source, "messages", {text.plain: moved}) == "<b>%2$s</b> von %1$s"


def test_a_translation_without_alignment_loses_no_placeholder() -> None:
    source = "Dear {name}, you have %d <i>new</i> mails"
    text = plains(source, "messages")[0]
    words = "Hallo {name}, du hast %d neue Mails"
    assert translate(source, "messages", {text: words}) == words
    crossing = Text(words, (Inline(0, 9, "<i>", "</i>"), Inline(6, 24, "<b>", "</b>")))
    assert translate(source, "messages", {text: crossing}) == "<i>Hallo <b>{name}</b></i>, du hast %d neue Mails"


def test_an_argument_with_branches_is_written_wherever_the_translation_has_it() -> None:
    source = "In {n, plural, one {# day} other {# days}} we leave"
    rendered = translate(
        source, "messages", {"In {n} we leave": "Wir gehen in {n}", "# day": "# Tag", "# days": "# Tagen"}
    )
    assert rendered == "Wir gehen in {n, plural, one {# Tag} other {# Tagen}}"


@pytest.mark.parametrize(
    ("source", "translation", "wanted"),
    [
        ("{n, number} items", "l'article {n}", "l''article '{'n'}'"),
        ("It's {n, number} items", "C'est l'article", "C'est l'article"),
        ("Braces {n, number}", "Klammern {} und ' zu", "Klammern '{}' und '' zu"),
        ("{n, choice, 0#one bar|1#}", "ein | Strich", "{n, choice, 0#ein '|' Strich|1#}"),
    ],
)
def test_words_are_quoted_as_icu_needs(source: str, translation: str, wanted: str) -> None:
    rendered = translate(source, "messages", {plains(source, "messages")[0]: translation}, syntax="icu")
    assert rendered == wanted


@settings(max_examples=300)
@given(st.text(alphabet="ab '{}#|<>", min_size=1, max_size=20))
def test_icu_reads_the_words_it_is_given(words: str) -> None:
    source = "{n, plural, other {Some words}} more words"
    document = parse(source, "messages", syntax="icu")
    rendered = document.render([document.texts[0], Text(f"x{words}x")])
    (argument, _) = Parser().parse(rendered)
    assert argument["options"]["other"] == [f"x{words}x"]


def test_what_is_no_icu_is_said() -> None:
    with pytest.raises(FormatError, match="line 1, column 4"):
        parse("{n {x}", "messages", syntax="icu")
    assert plains("{n {x} words", "messages") == ["{n {x} words"]
    with pytest.raises(FormatError, match=r"'yaml'.*icu.*printf"):
        parse("words", "messages", syntax="yaml")


def test_nesting_is_bounded() -> None:
    deep = "{a, select, other {" * 200 + "x" + "}}" * 200
    with pytest.raises(FormatError, match="nested too deep"):
        parse(deep, "messages", syntax="icu")


def test_a_character_comes_back_in_the_form_it_had() -> None:
    source = "5&nbsp;km and 6\u00a0km left &amp; right"
    assert translate(
        source, "messages", {"5\u00a0km and 6\u00a0km left & right": "5\u00a0km, 6\u00a0km, 7\u00a0km & Ü"}
    ) == ("5&nbsp;km, 6\u00a0km, 7&nbsp;km &amp; Ü")


def test_letters_at_a_placeholder_are_no_words() -> None:
    assert plains("{}th", "messages") == plains("{w}px × {h}px", "messages") == []
    assert plains("%d个", "messages") == ["%d个"]
    assert plains("the {n}th day", "messages") == ["the {n}th day"]


def test_the_endings_of_ordinals_are_texts() -> None:
    source = "{n, selectordinal, one {#er} other {#e}} jour"
    assert plains(source, "messages") == ["{n} jour", "#er", "#e"]
    wanted = "第{n, selectordinal, one {第#} other {第#}}天"
    assert translate(source, "messages", {"{n} jour": "第{n}天", "#er": "第#", "#e": "第#"}) == wanted
    without = "{n, plural, one {#er} other {#e}}, {m, selectordinal, other {#}}"
    assert plains(without, "messages") == []


@pytest.mark.parametrize("branch", ["0#{a, choice, ", "0#a|1#{a, choice,", "0#{", "0#a|", "a", "", "0#'"])
def test_a_broken_or_deep_choice_is_refused(branch: str) -> None:
    for count in (1, 300):
        with pytest.raises(FormatError):
            parse("{a, choice, " + branch * count, "messages", syntax="icu")
