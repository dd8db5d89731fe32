"""Quotation marks come in pairs of the target's, and final marks are as many as in the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.languages import profile_of
from app.text.marks import with_marks_of, with_own_quotes


def marked(translation: str, source: str, target: str) -> str:
    return with_marks_of(translation, source, profile_of(target))


@pytest.mark.parametrize(
    ("source", "target", "translation", "expected"),
    [
        ('the "old" house', "de", 'das „alt"haus', "das „alt“ haus"),
        ('He said, "I\'m hungry."', "zh", '他说：“我饿了。"', "他说：“我饿了。”"),
        ("“No”, she said", "fr", '"Non", dit-elle', "«\u00a0Non\u00a0», dit-elle"),
        ("« Oui »", "en", "«Yes»", '"Yes"'),
        ("„Gut“, sagte er", "en", '"Good," he said', '"Good," he said'),
        ('a 5" and a 6" nail', "de", 'ein 5" und ein 6" Nagel', 'ein 5" und ein 6" Nagel'),
        ('one " mark', "de", 'ein " Zeichen', 'ein " Zeichen'),
        ('"a" "b"', "de", '"a b"', '"a b"'),
        ("No way!!!!!!", "de", "Auf keinen Fall!!!!!!!!!!!", "Auf keinen Fall!!!!!!"),
        ("Really??", "zh", "真的吗？", "真的吗？？"),
        ("Stop!!", "de", "Halt.", "Halt!!"),
        ("Stop.", "de", "Halt!", "Halt!"),
        ("Combien ? 12 € !", "en", "How much? €12", "How much? €12!"),
        ("C'est génial !", "en", "That's awesome.", "That's awesome!"),
        ("Really?", "fr", "Vraiment.", "Vraiment ?"),
        ("Really?", "fr", "Vraiment ?", "Vraiment ?"),
        ("太好了！", "de", "Das ist toll", "Das ist toll!"),
        ('"Really?"', "zh", "“真的。”", "“真的？”"),
        ("Ja!!!", "fr", "Oui ! ! !!!", "Oui !!!"),
        ("Wirklich?!", "fr", "Vraiment ? !", "Vraiment ?!"),
        ("真的？", "fr", "Vraiment ? ?", "Vraiment ?"),
        ("Birnen usw.!", "fr", "poires, etc. !", "poires, etc. !"),
        ("Was? Nein!", "en", "What? No! !", "What? No!"),
        ("‘Who is it?’ she said", "de", '"Wer ist es?» sagte sie', "„Wer ist es?“ sagte sie"),
        ("the 'old' house", "de", "das 'alte' Haus", "das 'alte' Haus"),
        ("Tom's and the dogs' food", "de", '"Das Futter', '"Das Futter'),
        ('She asked, "Who?"', "de", 'Sie fragte: "Wer?', "Sie fragte: „Wer?“"),
        ('It is "good".', "fr", "C'est \"bon.", "C'est «\u00a0bon\u00a0»."),
        ('"Who?" she asked.', "fr", "Qui ? » demanda-t-elle.", "«\u00a0Qui ?\u00a0» demanda-t-elle."),
        ("Le « sel » et le « vin » sont là", "en", 'The "salt" and the wine" are', 'The "salt" and the wine are'),
        ("Il a dit « non » et « si » là", "en", 'He said "no and "yes" there', 'He said "no and yes" there'),
        ("'It is me,' he said", "fr", "« C'est moi, dit-il", "C'est moi, dit-il"),
        (
            "„Er hat ‚nein‘ gesagt“, so sie",
            "fr",
            "\"Il a dit 'non'\", dit-elle",
            "«\u00a0Il a dit “non”\u00a0», dit-elle",
        ),
        ("“Say ‘it’s old’ now”", "de", "\"Sag 'es ist's' nun\"", "„Sag ‚es ist's‘ nun“"),
        ("“He said ‘no’ now”", "de", '"Er sagte nein\' nun"', "„Er sagte nein' nun“"),
        ("What a day!", "de", "Was für ein Tag?", "Was für ein Tag?"),
    ],
)
def test_marks(source: str, target: str, translation: str, expected: str) -> None:
    assert marked(translation, source, target) == expected


@given(st.text(alphabet='a "“”„«»!?.1', max_size=40), st.text(alphabet='b "“”„«»!?.1', max_size=40))
def test_no_word_is_lost(translation: str, source: str) -> None:
    for target in ("de", "fr", "zh", "en"):
        kept = [character for character in marked(translation, source, target) if character.isalnum()]
        assert kept == [character for character in translation if character.isalnum()]


@pytest.mark.parametrize(
    ("text", "stretches", "wanted"),
    [
        ("Set '{0}' to '{1}'.", [(5, 8), (14, 17)], ["'{0}'", "'{1}'"]),
        ("„7“ und “8” und «9»", [(1, 2), (9, 10), (17, 18)], ["„7“", "“8”", "«9»"]),
        ("{0}'s, '{1} a', \"{2}'", [(0, 3), (8, 11), (17, 20)], ["{0}", "{1}", "{2}"]),
        ("'a'b'", [(1, 2), (3, 4)], ["'a'", "b"]),
        ("7", [(0, 1)], ["7"]),
    ],
)
def test_quotation_marks_around_a_stretch(text: str, stretches: list[tuple[int, int]], wanted: list[str]) -> None:
    assert [text[start:end] for start, end in with_own_quotes(text, stretches)] == wanted
