"""Subtitles: cues stay, and a sentence over lines and cues is one text."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.formats import FormatError, Inline, Text, parse
from app.formats.layout import cuts
from tests.formats.fake import parsed, plains, shout, translate


def cue(number: int, *lines: str, gap: int = 0) -> str:
    start = number * 2 + gap
    return "\n".join((str(number), f"00:00:{start:02},000 --> 00:00:{start + 1:02},900", *lines, ""))


def srt(*cues: tuple[str, ...]) -> str:
    return "\n".join(cue(number, *lines) for number, lines in enumerate(cues, 1))


def test_settings_and_voices_stay() -> None:
    source = "00:01.000 --> 00:04.000 align:start position:10%\n<v Anna>I am hungry.</v>"
    assert shout(source, "vtt") == source.replace("I am hungry.", "I AM HUNGRY.")


def test_blocks_of_webvtt_stay() -> None:
    source = (
        "WEBVTT - Title of it\r\nKind: captions\r\n\r\nNOTE a note\r\nof two lines\r\n\r\nSTYLE\r\n::cue(.a) { color: red }\r\n\r\n"  # noqa: E501
        "REGION\r\nid:fred\r\n\r\nintro\r\n00:01.000 --> 00:04.000 line:0\r\n<c.a>It &amp; they</c> go &lt;3\r\n\r\n"
        "00:05.000 --> 00:06.000\r\nOne <00:05.500>two\r\n"
    )
    wanted = source.replace("It &amp; they", "IT &amp; THEY").replace(" go ", " GO ").replace("One", "ONE")
    assert shout(source, "vtt") == wanted.replace("two\r\n", "TWO\r\n").replace("of TWO", "of two")


@pytest.mark.parametrize(
    ("lines", "text", "translation", "wanted"),
    [
        (("When the rain stopped", "we went home."), "When the rain stopped we went home.",
         "Als der Regen aufhörte, gingen wir heim.", ("Als der Regen aufhörte,", "gingen wir heim.")),
        (("She said that she", "would come later."), "She said that she would come later.",
         "Sie sagte, dass sie später komme.", ("Sie sagte, dass", "sie später komme.")),
        (("Er ging in das", "Haus."), "Er ging in das Haus.", "He went into the house.", ("He went into the", "house.")),  # noqa: E501
        (("我昨天去了", "商店。"), "我昨天去了商店。", "I went to the shop yesterday.", ("I went to the shop", "yesterday.")),  # noqa: E501
        (("I went to the", "shop yesterday."), "I went to the shop yesterday.", "我昨天去了商店。", ("我昨天", "去了商店。")),  # noqa: E501
    ],
)  # fmt: skip
def test_a_sentence_over_two_lines_is_laid_out_over_them(
    lines: tuple[str, ...], text: str, translation: str, wanted: tuple[str, ...]
) -> None:
    assert translate(srt(lines), "srt", {text: translation}) == srt(wanted)


def test_a_sentence_over_cues_keeps_a_word_in_each() -> None:
    source = srt(("{\\an8}She said that she",), ("would not come,",), ("<i>never again.</i>",), ("Then she left.",))
    assert plains(source, "srt") == ["She said that she would not come, never again.", "Then she left."]
    text = plains(source, "srt")[0]
    assert translate(source, "srt", {text: "Sie kommt nie."}) == srt(
        ("{\\an8}Sie",), ("kommt",), ("nie.",), ("Then she left.",)
    )
    assert translate(source, "srt", {text: "Nie."}) == srt(("{\\an8}Nie.",), ("",), ("",), ("Then she left.",))


@pytest.mark.parametrize(
    ("translation", "wanted"),
    [
        ("Sieh nur her, mein Freund.", (("Sieh", "nur"), ("her, mein", "Freund."))),
        ("Sieh nur her.", (("Sieh", "nur"), ("her.",))),
        ("Sieh her.", (("Sieh",), ("her.",))),
        ("Sieh.", (("Sieh.",), ("",))),
    ],
)
def test_lines_go_before_a_cue_is_empty(translation: str, wanted: tuple[tuple[str, ...], ...]) -> None:
    source = srt(("look", "at"), ("this my", "friend."))
    assert translate(source, "srt", {"look at this my friend.": translation}) == srt(*wanted)


def test_marks_of_a_line_that_goes_stay() -> None:
    source = srt(("oh", "{\\an8}look"), ("here.",))
    assert translate(source, "srt", {"oh look here.": "Sieh her."}) == srt(("Sieh",), ("{\\an8}her.",)).replace(
        "Sieh", "Sieh{\\an8}"
    ).replace("{\\an8}her", "her")


def test_each_of_many_lines_gets_a_word() -> None:
    words = [letter * size for letter in "abcd" for size in (1, 2, 30, 8, 1, 3, 1, 1, 30, 2)]
    lengths = [2, 40, 1, 2, 2, 2, 5, 40, 1, 40, 2, 1, 5, 1, 1, 2, 1, 5, 1, 5, 2, 1, 2, 2, 1, 200, 200]
    text = Text(" ".join(words))
    ends = [0, *(start for start, _ in cuts(text, lengths)), len(text.plain)]
    assert all(text.plain[start:end].strip() for start, end in pairwise(ends))


def test_an_element_is_closed_at_the_end_of_its_cue() -> None:
    source = "WEBVTT\n\n00:01.000 --> 00:02.000\nThis is <i>the</i>\n\n00:02.000 --> 00:03.000\nold house.\n"
    translation = Text("Das hier ist das alte Haus.", (Inline(4, 21, "<i>", "</i>"),))
    assert translate(source, "vtt", {"This is the old house.": translation}) == source.replace(
        "This is <i>the</i>", "Das <i>hier ist</i>"
    ).replace("old house.", "<i>das alte</i> Haus.")


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (("(door closes)", "[laughs]"), ["door closes", "laughs"]),
        (("[sighs] I know.",), ["sighs", "I know."]),
        (("I know. [sighs]",), ["I know.", "sighs"]),
        (("（关门声）", "你好"), ["关门声", "你好"]),
        (("- Who is there?", "- Nobody"), ["Who is there?", "Nobody"]),
        (("- Who is there? - Nobody.",), ["Who is there?", "Nobody."]),
        (("– [door opens] – Wer da? – Ich.", "–Wo?"), ["door opens", "Wer da?", "Ich.", "Wo?"]),
        (("MR. O'NEIL: I know.", "- ÉLODIE : Quoi ?"), ["I know.", "Quoi ?"]),
        (("[sighs] WOMAN 2: I saw a", "dog."), ["sighs", "I saw a dog."]),
        (("WARNING: KEEP OUT", "Anna: Where?"), ["WARNING: KEEP OUT", "Anna: Where?"]),
        (("♪ La la la ♪",), ["La la la"]),
        (("I have a dog (a big", "one) at home."), ["I have a dog (a big one) at home."]),
    ],
)
def test_captions_of_sounds_and_speakers(lines: tuple[str, ...], texts: list[str]) -> None:
    source = srt(lines)
    assert plains(source, "srt") == texts
    words = {letter.upper() if letter.islower() else letter for letter in "".join(lines)}
    assert set(shout(source, "srt")) == set(srt()) | words | set(cue(1, ""))


@pytest.mark.parametrize(
    "source",
    [
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\nWords here\r\n",
        "\n\n1\n00:00:01.000 --> 00:00:02.000 X1:10 X2:20\nWords here",
        "00:00:01,000 --> 00:00:02,000\nWords here\n",
        "1\n00:00:01 --> 00:00:02\nWords here\n\n2\n00:00:03 --> 00:00:04\n7\n",
        "1\n00:01.000 --> 00:02.500 align:left\nWords here\n2\n01:03 --> 1:01:04,2\n7\n",
        "1\n00:00:01,000 --> 00:00:02,000\nWords here\n2\n00:00:03,000 --> 00:00:04,000\n1984\n",
        "1\n00:00:01,000 --> 00:00:02,000\n<font color=\"red\">Words here</font>\n\n\n\n7\n00:00:03,000 --> 00:00:04,000\n\n",  # noqa: E501
    ],
)  # fmt: skip
def test_files_as_people_have_them(source: str) -> None:
    assert shout(source, "srt") == source.replace("Words here", "WORDS HERE")


def test_a_pause_and_another_voice_end_a_sentence() -> None:
    far = cue(1, "It is the") + "\n" + cue(2, "old man", gap=9)
    assert plains(far, "srt") == ["It is the", "old man"]
    voices = "00:01.000 --> 00:02.000\n<v Anna>It is the\n\n00:02.000 --> 00:03.000\n<v {}>old man\n"
    assert plains(voices.replace("{}", "Anna"), "vtt") == ["It is the old man"]
    assert plains(voices.replace("{}", "Bob"), "vtt") == ["It is the", "old man"]


def test_a_translation_cannot_end_a_cue() -> None:
    source = srt(("Some words",))
    assert translate(source, "srt", {"Some words": "a\n\nb --> c"}) == srt(("a  b → c",))


def test_what_is_no_subtitle_is_said() -> None:
    with pytest.raises(FormatError, match="00:00:01,000"):
        parse("Good night", "srt")
    with pytest.raises(FormatError, match=r"00:01\.000"):
        parse("Good night", "vtt")
    assert parsed("", "srt").texts == []
    assert parsed("WEBVTT\n", "vtt").texts == []
