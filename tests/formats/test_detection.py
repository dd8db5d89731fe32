"""Which plain texts are taken for documents: only those with a sign that prose does not have."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import FormatError, parse
from app.formats.detection import SIGN, TESTS, format_of

PIECES = st.sampled_from(
    [*"aZ1 .,:;!?\n\t|*_`&<>/[](){}\"'\\#~", "**", "</b>", "<br>", "&amp;", "](x.y)", "\\n", "--> ", "中", "é"]
)


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("html", "<p>We love the sea</p>"),
        ("html", "<P>Wir lieben\n\tdas Meer</P>"),
        ("html", "<ul>\n<li>un chien</li>\n</ul>"),
        ("html", "Dear all,<br>see you soon"),
        ("html", "the <em>whole</em> night"),
        ("html", "10&nbsp;km to go"),
        ("html", "&lt;em&gt; is a tag"),
        ("html", "<!doctype html><title>Our shop</title>"),
        ("html", "<li>un chien<li>un chat"),
        ("html", "<P>Wir lieben<p>\"das Meer\""),
        ("html", "<ul><li>un chien"),
        ("html", "<div class='big'>Our shop\nis open"),
        ("html", "<img src=cat.png alt='A cat'>"),
        ("html", 'Your town: <input required placeholder="A town"> and'),
        ("json", '{"greeting": "Good evening", "size": 4}'),
        ("json", '\n["Bonsoir", "Bonne nuit"]\n'),
        ("json", '{"title": "Bonsoir"}\n["Bonne nuit"]\r\n\n{\n"n": 2}\n'),
        ("json", '\ufeff{"title": "Bonsoir"}'),
        ("po", '#: a.c\nmsgid "The sea"\nmsgstr ""\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\n'),
        ("ini", "Titel=Guten Abend\nGrösse=4"),
        ("ini", "[Main window]\n; its words\ntitle = Bonsoir\nend = Bonne nuit"),
        ("ini", "[Main]\nTitel=Guten Abend"),
        ("ini", "menu.open = Ouvrir le menu\nmenu.close = Fermer le menu"),
        ("ini", '/* greeting */\n"hello" = "Bonsoir";\n"bye" = "Bonne nuit";'),
        ("vtt", "00:11.000 --> 00:14.000 align:end\nAre you tired?"),
        ("srt", "7\n00:01:01,000 --> 00:01:02,500\nAre you tired?"),
        ("csv", 'id,note,town\n1,"Hello, Ben",Rome\n2,"So far ""so"" good",Oslo'),
        ("csv", "id,note,town\n1,all good,Rome\n2,not so good,Oslo"),
        ("csv", "day,note,town\n2024-01-31,closed,Rome\n2024-02-01,,Oslo"),
        ("csv", "nr;wort\r\n1;der Hund\r\n2;die Katze"),
        ("csv", "Ware;Preis\nApfel;1,50 €\nBirne;2 €"),
        ("csv", "key,text\n1,all good\n2,not so good"),
        ("csv", "mot;sens;note\nchien;dog;bon\nchat;cat;mieux"),
        ("csv", "City | Year | Mayor\nRome | 1980 | Anna"),
        ("csv", 'id,note,town\n1,"All\n""good""",Rome\n2,"So far,\nso good",Oslo'),
        ("markdown", "Jour | Temps\n:-- | ---:\nlundi | soleil\nmardi | pluie"),
        ("markdown", "Day | Rain | \n-|-\nMonday | 7"),
        ("messages", "{n, plural, one {# dog} other {# dogs}}"),
        ("messages", "{who, select, male {his} other {their}} car"),
        ("messages", "{n, plural, one {<i>#</i> dog} other {<i>#</i> dogs}} of <a href='/a'>{who}</a>"),
        ("messages", "{who, select, male {his} other {their}} cat &amp; dog<br>{day, date}"),
        ("messages", "{ size , number } are here"),
        ("messages", "Since {start, time, short}"),
        ("messages", "{0, choice, 0#no dogs|1#a dog}"),
        ("html", "<p>{n, plural, one {# dog} other {# dogs}}</p><p>So it is.</p>"),
        ("csv", 'key,text,note\ndogs,"{n, plural, one {# dog} other {# dogs}}","<b>new</b>"'),
        ("markdown", "| name | note |\n| --- | --- |\n| Rome | old<br>and large |"),
        ("messages", r"Saved.\nClose the window?"),
        ("messages", r"Note:\nall files are gone"),
        ("messages", r"Guten Morgen\nMein Freund"),
        ("messages", r"Größe\tFarbe"),
        ("messages", r"le matin\r\net le soir"),
        ("messages", r"Wer hat\Ndas gesagt?"),
        ("messages", r"It rains.\NWe stay."),
        ("messages", "A {% if n %}dog{% else %}cat{% endif %}\nis here"),
        ("messages", "&Print page"),
        ("messages", "&Datei\n&Bearbeiten\n\nAn&sicht\n"),
        ("messages", "Alles &markieren\tStrg+A"),
        ("messages", "_Drucken…"),
        ("messages", "F&ermer"),
        ("messages", "When the night had come\nthe dog began to bark."),
        ("messages", "Wenn der Hund bellt,\nkommt niemand."),
        ("messages", "Elle a dit qu’elle\nviendrait demain, avec\nson chien."),
        ("markdown", "| name | what it is |\n| --- | --- |\n| red | a fine colour |"),
        ("markdown", "| size | how large it is |"),
        ("markdown", "| red \\| green | colours |"),
        ("markdown", "Choose **Print** or _Close_."),
        ("markdown", "选择**打印**或者关闭。"),
        ("markdown", "See [the guide](guide/start.md)."),
        ("markdown", "As he said[^2], no."),
        ("markdown", "Type `ls -l` there."),
        ("markdown", 'The **big** cat <img src="cat.png">'),
        ("markdown", "Look at <https://example.org/a>"),
    ],
)  # fmt: skip
def test_documents_are_found(format: str, text: str) -> None:
    assert format_of(text) == format
    parse(text, format)


@pytest.mark.parametrize(
    "text",
    [
        # Ampersands, comparisons, hearts
        "Salt & pepper", "R&D and AT&T", "R &D costs rose.", "Rock &Roll is here", "Marks &Spencer opened.",
        "Q&A session", "me &you", "Johnson&Johnson", "&c.&c.", "I <3 you", "a < b > c", "if x <y and y> z",
        "x &lt 5", "https://example.org/?a=1&b=2", "<anna> are you there?", "< strong words >",
        "The <p> tag is older than <li>, <div>s and <p>-tags.", "copy <input> <title>", "<body>", "<my dog>",
        "if a <p and c> d", "x <a y=1 and z",
        "AT&T\nR&D", "Rock &Roll\nMarks &Spencer", "M&ms", "A&W", "Rock & Roll & Co", "_foo", "_Foo_Bar",
        "Salt && pepper", "&Foo and &Bar",
        # Stars, underscores, backticks
        "*sigh* so tired", "2 * 3 * 4 = 24", "2**3**4", "x**2 + y**2", "f**k this s**t", "**** is censored",
        "a ** b ** c", "*** THE END ***", "^_^ and o_O", "snake_case and other_names", "first_last_name@example.org",
        "_ _ _", "don`t say that, it`s bad", "the ´60s` music",
        # Brackets and pipes
        "[sic] he said", "see [1](page 3)", "f(x)[0](y)", "Hi [name](optional) there", "|x| + |y|", "||x||", "a | b",
        "|x|", "yes|no|maybe", "| a |\n| b |", "|Hello|\n|World|", "{a, b, c}", "(a) or {b}", "{a, dates}",
        "{%a%}", "Hi {{ name }}",
        '["yes"] or ["no"]', '["yes"]\nsaid "Anna"', '{"a": "yes"} {"b": "no"}', "[he left]", '"so"',
        # Equations, dictionaries
        "x = five\ny = seven", "Hund = dog\nKatze = cat", "a=b", "1+1=2\nis right", "He said: a=b\nand c=d",
        "Big news = big money\nNo news=no money",
        # Backslashes
        r"C:\new folder\nice", r"D:\reports\today", r"\\server\new", r"either\or", r"¯\_(ツ)_/¯",
        r"The path is C:\nice", r"D:\photos\Nina", r"\\nas\Neu", r"\N{DASH} is a dash", r"Open C:\Users\Test",
        # Lines: addresses, lists, verses, chats, headlines
        "Anna Smith\n12 High Street\nLondon", "Bread\nMilk,eggs\nButter", "milk,eggs,bread\nsoap,towels,tissues",
        "1,000,000 people\n2,500,000 cars", "1,000,000\n2,000,000", "Veni,vidi,vici\nCogito,ergo,sum",
        "我来了,我看见,我胜利\n你来了,你看见,你胜利", "Well, yes, sir\nOh, no, sir",
        "Meat 2,50\nBread 1,20", "Dear Anna,\nDear Ben,", "I came;I saw;\nI won", "Stay; or go; or\nwait; here; now",
        "tea;or coffee\nmilk;or water", "He came,saw\nand won,too", "a | b\nc | d",
        "He took tea;milk;bread.\nShe had fish;beer;cake.",
        'He said "a,b,c"\nShe said "d,e,f"',
        "Milk\neggs\nbread and butter!", "To do\nbuy some milk\nwash the car!", "Hi Anna\nsee you tomorrow\nbye!",
        "Ingredients\nflour\nsugar\neggs.", "Hi Bob\nthanks for the mail\nbest wishes.",
        "Dear Sir\nwe are well.\nYours",
        "Storm hits coast\nthousands flee\nmany are missing.", "The rain\nin Spain\nstays mainly\nin the plain.",
        "Roses are red,\nviolets are blue,\nsugar is sweet,\nand so are you.", "Anna: how are you?\nBen: all is well",
        "Milk from the cow,\nfresh white bread,\nbutter and eggs.", "Dear Anna,\nwe are well.",
        "Hello my friends,\nbye!",
        "The sun is up\nThe day is long\nThe night is gone.",
        "[10:05] <anna> hi there\n[10:06] <ben> hello </b>", "I <i>really</i> do\nlike it all",
        "Ben &amp; Jo\nare here",
        "**one**\n**two**", "the _first_ line\nthe _second_ line", "> quoted\n> again", "- [ ] milk\n- [x] bread",
        "10:30 --> 11:30 lunch", "", " ", "\n", "𝕳𝖊𝖑𝖑𝖔",
    ],
)  # fmt: skip
def test_prose_stays_plain(text: str) -> None:
    assert format_of(text) is None


@given(st.lists(PIECES, max_size=60).map("".join))
def test_a_text_that_looks_like_a_document_is_rendered_as_it_was(text: str) -> None:
    found = format_of(text)
    if found is None:
        return
    try:
        document = parse(text, found)
    except FormatError:
        return
    assert document.render(document.texts) == text


@pytest.mark.parametrize(
    "unit",
    ["*", "**a", "_a", "`", "`a", "](", "](a", "](a(", "[^", "<http://", "|", "| a ", "\n|", "&", "&a", "<br", "</b",
     "<p ", "<p a=", "<p a=b ",
     "a=", "a=\n", 'a="', '"a', "-", "[a]\n", "a =",
     ",", ";", "a;", "a;b\n", "- | ", "a | b\n", '"a\n', '"', '",', "1,", "a,\n", '"a"\n', "\\", "\\n", "{a,", "{ ",
     "00:00.000 --> ", "a\n", "A b c\n", " "],
)  # fmt: skip
def test_detection_takes_linear_time(unit: str) -> None:
    text = (unit * 200_000)[:200_000]
    started = time.process_time()
    format_of(text)
    assert time.process_time() - started < 2


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
def test_no_test_finds_a_document_without_a_sign(text: str) -> None:
    if not SIGN.search(text):
        assert not any(is_of(text) for _, is_of in TESTS)
