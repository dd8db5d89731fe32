"""Texts that must not be trained on are dropped, for the right reason, and the others are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.training.data.cleaning import Cleaner, held_pairs, held_posts, key

DE, ZH = ("en", "de"), ("en", "zh")


@pytest.mark.parametrize(
    ("source", "target", "direction", "reason"),
    [
        ("The dog sleeps.", "Der Hund schläft.", DE, "kept"),
        ("It is cold.", "天气很冷。", ZH, "kept"),
        ("the DOG, barks", "Der Hund bellt.", DE, "held out"),
        ("I see a black cat.", "Katzen miauen", DE, "held out"),
        ("Das ist ein ganz normaler deutscher Satz.", "Das ist ein normaler Satz auf Deutsch.", DE, "language"),
        ("This is a short sentence here.", "Ja.", DE, "length"),
        ("Press <b>enter</b> now.", "Drücke jetzt Enter.", DE, "markup"),
        (
            "Aktualisierung der Paketquellen von Debian",
            "Aktualisierung der Paketquellen von Debian!",
            DE,
            "untranslated",
        ),
    ],
)
def test_pairs(source: str, target: str, direction: tuple[str, str], reason: str) -> None:
    cleaner = Cleaner(held={key("The dog barks."), key("Katzen miauen.")})
    kept = cleaner.pair("a", source, target, direction)
    assert kept == (reason == "kept")
    assert dict(cleaner.counts["a"]) == {reason: 1}


def test_copies_within_and_across_corpora() -> None:
    cleaner = Cleaner()
    pair = ("A man in a blue shirt stands on a ladder.", "Ein Mann in blauem Hemd steht auf einer Leiter.")
    assert cleaner.pair("a", *pair, DE)
    assert not cleaner.pair("b", *pair, DE)
    assert not cleaner.pair("b", pair[0].rstrip("."), pair[1].upper(), DE)
    assert cleaner.pair("b", *pair[::-1], ("de", "en")), "another direction"
    assert cleaner.pair("b", "Hello!", "Hallo!", DE)
    assert cleaner.pair("b", "Hello", "Hallo", DE), "short texts may differ in punctuation alone"
    assert dict(cleaner.counts["b"]) == {"duplicate": 1, "near-copy": 1, "kept": 3}
    assert "| b | 5 | 3 | 0 | 0 | 0 | 0 | 0 | 1 | 1 |" in cleaner.table()
    assert "| all | 6 | 4 |" in cleaner.table()


def test_posts() -> None:
    cleaner = Cleaner(held={key("软件很好")})
    assert not cleaner.post("a", "軟件很好！", "zh"), "Traditional characters hide nothing"
    assert cleaner.post("a", "I love it", "en", "positive")
    assert not cleaner.post("b", "I love it", "en", "positive")
    assert cleaner.post("b", "I love it", "en", "neutral"), "another opinion"
    assert not cleaner.post("a", "Das ist leider überhaupt kein englischer Satz.", "en")
    assert not cleaner.post("a", "<br /><br /><div>ok</div>", "en")
    assert dict(cleaner.counts["a"]) == {"held out": 1, "kept": 1, "language": 1, "markup": 1}


def test_all_development_and_test_sets_are_held_out(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "a.en-zh_Hant.tsv").write_text("Good software.\t軟體很好。\n")
    (tmp_path / "b.en-de.tsv").write_text("one more\tnoch eins\nWell done!\tBravo!\nYes.\tJa.\n")
    (tmp_path / "c.en-zh_Hans.tsv").write_text("Yes.\t是的。\n")
    found = held_pairs(tmp_path, ["b.en-de"])
    assert found == {"onemore", "nocheins", "welldone", "bravo", "goodsoftware", key("软件很好"), key("軟體很好")}
    assert key("是的") in held_pairs(tmp_path, ["c.en-zh_Hans"]), "Chinese writes no spaces between words"
    (tmp_path / "en").mkdir()
    for name in ("a.dev", "a.test", "a.train"):
        (tmp_path / "en" / f"{name}.tsv").write_text(f"label\ttext\nneutral\t{name} set\n")
    assert held_posts(tmp_path, "en", []) == {"adevset", "atestset"}


def test_a_word_in_lower_case_is_no_copy_of_the_same_with_a_mark() -> None:
    cleaner = Cleaner()
    assert cleaner.pair("a", "Hello!", "Hallo!", DE)
    assert cleaner.pair("a", "hello", "hallo", DE)
    assert not cleaner.pair("a", "hello", "hallo", DE)
