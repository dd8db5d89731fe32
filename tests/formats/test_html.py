from __future__ import annotations

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from app.formats import FormatError, Inline, Text, parse
from tests.formats.translators import capitals, given, nests, plains, translated, words


@pytest.mark.parametrize(
    ("source", "dictionary", "wanted"),
    [
        ("<p>Hello</p>", {"Hello": "Hallo"}, "<p>Hallo</p>"),
        ("<button>Save</button>", {"Save": "Speichern"}, "<button>Speichern</button>"),
        ("<td>Cancel", {"Cancel": "Abbrechen"}, "<td>Abbrechen"),
        ("I <i>really</i> like it.", {"really": "wirklich"}, "I <i>wirklich</i> like it."),
        (
            'Good evening <a href="" onclick="go();">this is my brother</a> here',
            {"Good": "Bonne", "evening": "soirée", "brother": "frère", "go": "va", "here": "ici"},
            'Bonne soirée <a href="" onclick="go();">this is my frère</a> ici',
        ),
        ("<p>My <b>friend</b> is here.</p>", {"friend": "Freund"}, "<p>My <b>Freund</b> is here.</p>"),
        (
            '<span translate="no">Acme Cloud</span> is a cloud.',
            {"Cloud": "Wolke", "is": "ist", "cloud": "Wolke"},
            '<span translate="no">Acme Cloud</span> ist a Wolke.',
        ),
        (
            '<p>The <em class="x notranslate">red <b>fox</b></em> ran.',
            {"red": "rote", "fox": "Fuchs", "ran": "lief"},
            '<p>The <em class="x notranslate">red <b>fox</b></em> lief.',
        ),
        (
            "<script>alert('hello world');</script><p>hello my friend</p>",
            {"hello": "hallo", "world": "Welt", "alert": "Warnung"},
            "<script>alert('hello world');</script><p>hallo my friend</p>",
        ),
        (
            "<!DOCTYPE html><html lang=en><body><p>html body</p></body></html>",
            {"html": "HTML", "body": "Körper"},
            "<!DOCTYPE html><html lang=en><body><p>HTML Körper</p></body></html>",
        ),
        (
            "Are you sure&nbsp;? 5&nbsp;km left.",
            {"sure": "sûr", "left": "restent"},
            "Are you sûr&nbsp;? 5&nbsp;km restent.",
        ),
        (
            "Use the &lt;b&gt; tag for b text.",
            {"b": "B", "text": "Text"},
            "Use the &lt;b&gt; tag for B Text.",
        ),
        (
            "<li{% if a == 'class' %} class=\"on\"{% endif %}>class night</li>",
            {"class": "Klasse", "if": "wenn"},
            "<li{% if a == 'class' %} class=\"on\"{% endif %}>Klasse night</li>",
        ),
        (
            "[[ user.name ]] is user [[ user.age ]]",
            {"is": "est", "user": "utilisateur"},
            "[[ user.name ]] est utilisateur [[ user.age ]]",
        ),
        (
            "<p>Run <code>make  all</code> or press <kbd>Ctrl</kbd>; make it.</p>",
            {"make": "mach", "Ctrl": "Strg"},
            "<p>Run <code>make  all</code> or press <kbd>Ctrl</kbd>; mach it.</p>",
        ),
        (
            '<img src=cat.png alt="A cat" title=cat> A <input type=submit value="Send cat" name="cat">',
            {"cat": "Katze"},
            '<img src=cat.png alt="A Katze" title="Katze"> A <input type=submit value="Send Katze" name="cat">',
        ),
    ],
)
def test_words_are_translated_and_all_else_stays(source, dictionary, wanted):
    assert translated(source, "html", words(**dictionary)) == wanted


def test_a_sentence_over_several_lines_is_one_text_and_wraps_again():
    source = "<p>\n\tWhoever loses the key\n\tdoes not get\n\tinto the house.\n</p>"
    assert plains(source, "html") == ["Whoever loses the key does not get into the house."]
    wanted = "<p>\n\tWer seinen Schlüssel\n\tverliert, kommt nicht\n\tins Haus.\n</p>"
    assert translated(source, "html", given("Wer seinen Schlüssel verliert, kommt nicht ins Haus.")) == wanted


def test_elements_go_where_the_translation_has_them_and_nothing_is_lost():
    source = 'The <b>red</b> <a href="/house">house of <i>Anna</i></a><br/> and <img src="x" alt="a tree">more.'
    text = parse(source, "html").texts[0]
    assert text.plain == "The red house of Anna and more."
    red, link, name, line, picture = text.inlines
    assert (line.before.strip(), picture.before) == ("<br/>", '<img src="x" alt="a tree">')
    target = Text(
        "Annas Haus, das rote, und mehr.",
        (
            Inline(0, 10, link.before, link.after),
            Inline(0, 5, name.before, name.after),
            Inline(16, 20, red.before, red.after),
            Inline(21, 21, line.before, line.after),
            Inline(26, 26, picture.before, picture.after),
        ),
    )
    assert translated(source, "html", given(target, Text("ein Baum"))) == (
        '<a href="/house"><i>Annas</i> Haus</a>, das <b>rote</b>,<br/> und <img src="x" alt="ein Baum">mehr.'
    )


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("<p>One two<p>three<div>four</div>five<li>six", ["One two", "three", "four", "five", "six"]),
        ("<table><tr><td>One<td>two<tr><th>three</table>", ["One", "two", "three"]),
        ("<a href=1>Home</a> | <a href=2>About us</a> | <a href=3>Jobs</a>", ["Home", "About us", "Jobs"]),
        ("Read <a href=1>this</a> and <a href=2>that</a>.", ["Read this and that."]),
        ("John Smith<br>12 High Street<br>London", ["John Smith", "12 High Street", "London"]),
        ("When the rain stopped<br>we went home.", ["When the rain stopped we went home."]),
        ("It rained.<br>we went home.", ["It rained.", "we went home."]),
        ("The rain<br><br>stopped", ["The rain", "stopped"]),
        ("<td>12</td><td>&nbsp;</td><td>—</td><td>x²</td>", ["x²"]),
        (
            "<title>A &amp; B</title><textarea>mine</textarea><noscript><p>No <b>script</b></noscript>",
            ["A & B", "No script"],
        ),
        ("<p>Hello <!-- not this --><?xml nor this?>there</p>", ["Hello there"]),
        ("<pre>a b</pre><svg><style/><text>in a picture</text></svg><p><math><mi>x</mi></math> after", ["x after"]),
        ("<svg><title>a</title></svg><style>p{}</style><iframe>old</iframe>new", ["new"]),
        ('<meta name=description content="About it"><meta name=viewport content="a"><link title=b>', ["About it"]),
        (
            '<option label="A choice">B choice<p aria-label="A box" lang=en data-title=x>',
            ["A choice", "B choice", "A box"],
        ),
        ("<div translate=no>stays <p translate=yes>goes</p> stays</div>goes too", ["goes", "goes too"]),
        ("<p translate=no>stays<p>goes", ["goes"]),
        ('<img alt="stays" translate="no"><img alt="goes">', ["goes"]),
        ("Hello {{ a }}, <?= $b ?> new <% if x > 1 %>mails<% end %>", ["Hello {{ a }}, <?= $b ?> new", "mails"]),
        ("<title>Nieuws | Onze winkel</title><kbd>a | b</kbd> of c|d", ["Nieuws", "Onze winkel", "a | b of c|d"]),
        ("<b> Hello </b> <i> </i> world ", ["Hello world"]),
        ("<p>&nbsp;&emsp;Hello</p>", ["Hello"]),
        ("\ufeffHello<p>there", ["Hello", "there"]),
    ],
)
def test_texts(source, wanted):
    texts = parse(source, "html").texts
    assert sorted(text.plain for text in texts) == sorted(wanted)


def test_a_placeholder_is_kept_and_a_template_tag_is_empty():
    (text,) = parse("Hello {{ name }}, see {% url 'home' %} there!", "html").texts
    assert text.inlines == (Inline(6, 16, "", "", kept=True), Inline(21, 21, " {% url 'home' %} ", ""))


def test_each_branch_of_a_template_is_a_text_of_its_own():
    source = (
        "<p>A <i>{{ n }}</i> {% if n > 1 %}dogs {% else %}cat{% endif %}, {{#each x}}now{{/each}}, <% f { %>b<% } %>"
    )
    assert [text.plain for text in parse(source, "html").texts] == ["A {{ n }}", "dogs", "cat", "now", "b"]
    source = '<img alt="{% if new %}a dog{% else %}a cat{% endif %}">'
    assert [text.plain for text in parse(source, "html").texts] == ["a dog", "a cat"]


def test_crossing_elements_become_empty_ones():
    source = "<p>One <b>two <i>three</b> four</i> five</p>"
    assert parse(source, "html").texts[0].inlines == (
        Inline(4, 13, "<b>", "</b>"),
        Inline(8, 8, "<i>", ""),
        Inline(18, 18, "</i>", ""),
    )
    assert translated(source, "html", capitals) == "<p>ONe <b>tWO <i>tHREE</b> fOUR</i> fIVE</p>".replace("ONe", "ONE")


@pytest.mark.parametrize(
    ("source", "translation", "wanted"),
    [
        ("<p>a b</p>", "1 < 2 & x<y AT&T &copy <b>", "<p>1 < 2 & x&lt;y AT&amp;T &amp;copy &lt;b></p>"),
        ('<p title="a b">', "so \"a\" & 'b'", "<p title=\"so &quot;a&quot; & 'b'\">"),
        ("<p title='a b'>", "so \"a\" & 'b'", "<p title='so \"a\" & &#39;b&#39;'>"),
        ("<p title=a>", 'so "a"', '<p title="so &quot;a&quot;">'),
        ("<p>Caf&eacute; und so</p>", "é ü", "<p>&eacute; ü</p>"),
    ],
)
def test_translations_are_escaped(source, translation, wanted):
    assert translated(source, "html", given(translation)) == wanted
    assert plains(wanted, "html") == [translation]


def test_as_many_translations_as_texts():
    with pytest.raises(FormatError, match="2 texts, but 1"):
        parse("<p>One<p>two", "html").render([Text("Eins")])


MARKUP = """
<p> </p> <b> </b> <i class="x"> </i> <a href="y" title="A~title"> </a> <br> <br/> <img alt="A~cat" src=x> <img
alt=cat> <img title='it~&amp;~that'> <code> </code> <pre> </pre> <script> </script> <style> </style> <!--~ -->
<!doctype~html> <?xml~a> <?php~ ?> {{~x~}} {%~if~a<b~%} <%=~y~%> &nbsp; &lt;b&gt; &amp; & &#0; &notit; &amp <
> </ </> " ' = Hello world good~night. und~Köln 你好 😀 <span~translate="no"> </span> <div~translate=no~class=y>
<p~translate="yes"> </div> <td> <tr> <table> </table> <svg> </svg> <style/> <title> </title> <textarea>
</textarea> <noscript> </noscript> <select><option~label="An~option"> <input~type=submit~value="Send~it">
<plaintext> <![CDATA[ ]]> <math> </math> <kbd> </kbd> <li> <button> </button> <x-y <iframe> </iframe>
<template> </template>
"""
FRAGMENTS = [part.replace("~", " ") for part in MARKUP.split()]
SPACES = ["\r\n", "\r", "\n", "\t", " ", "\f", "\u2028", "\xa0", "\x00", "\ud800"]
HOSTILE = st.lists(st.sampled_from(FRAGMENTS + SPACES) | st.text(max_size=3), max_size=40).map("".join)
TEMPLATES = HOSTILE | st.lists(st.sampled_from([*FRAGMENTS, "{{", "}}", "<%", "%>", "{#"]), max_size=20).map("".join)


@settings(max_examples=150)
@given_by(TEMPLATES)
def test_the_same_texts_give_the_very_source(source):
    document = parse(source, "html")
    assert document.render(document.texts) == source
    assert all(nests(text) and text.plain == text.plain.strip() for text in document.texts)


@settings(max_examples=150)
@given_by(HOSTILE)
def test_other_words_change_nothing_else(source):
    document = parse(source, "html")
    wanted = [capitals(text) for text in document.texts]
    if any(brace in source.replace("{{ x }}", "") for brace in ("{{", "}}", "[[")):  # they could come to be a tag
        return
    again = parse(document.render(wanted), "html").texts
    assert [text.plain for text in again] == [text.plain for text in wanted]
    assert [len(text.inlines) for text in again] == [len(text.inlines) for text in wanted]


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<b>",
        "<a href=x>a ",
        "<svg>",
        "<!--",
        "<a <",
        "{{",
        "<?php",
        "&lt;",
        "<b>a<i>b</b>c</i> ",
        "a<br>",
        "<noscript>a",
    ],
)
def test_deep_and_long_documents(piece):
    source = piece * (100_000 // len(piece))
    assert translated(source, "html", lambda text: text) == source
