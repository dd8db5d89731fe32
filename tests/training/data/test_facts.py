"""The phrasebook of facts is what its script writes, and training never sees the values that are held out."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "data" / "phrasebook"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("facts_phrasebook")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (71, ("seventy-one", "einundsiebzig", "soixante et onze", "七十一")),
        (80, ("eighty", "achtzig", "quatre-vingts", "八十")),
        (201, ("two hundred and one", "zweihunderteins", "deux cent un", "两百零一")),
        (80_000, ("eighty thousand", "achtzigtausend", "quatre-vingt mille", "八万")),
        (
            12_300,
            ("twelve thousand three hundred", "zwölftausenddreihundert", "douze mille trois cents", "一万两千三百"),
        ),
        (100_010, ("one hundred thousand and ten", "einhunderttausendzehn", "cent mille dix", "十万零一十")),
    ],
)
def test_numbers_in_words(script: ModuleType, number: int, words: tuple[str, ...]) -> None:
    assert tuple(script.in_words(number, language) for language in script.LANGUAGES) == words


def test_times_and_magnitudes(script: ModuleType) -> None:
    assert script.clock_time(2, 30) == ("half past two", "halb drei", "deux heures et demie", "两点半")
    assert script.clock_time(12, 45) == ("quarter to one", "Viertel vor eins", "une heure moins le quart", "十二点三刻")
    assert script.clock_time(6, 25) == (
        "twenty-five past six", "fünf vor halb sieben", "six heures vingt-cinq", "六点二十五分"
    )  # fmt: skip
    billion = ("1.4 billion", "1,4 Milliarden", "1,4 milliard", "14亿")
    assert script.named_magnitude(1_400_000_000) == billion
    assert script.named_magnitude(10**6) == ("one million", "eine Million", "un million", "100万")
    assert script.named_magnitude(120_000)[3] == "12万" or script.named_magnitude(120_000)[3] == "十二万"


def test_the_files_are_those_of_the_script(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    script.write_phrasebook()
    for file in tmp_path.iterdir():
        assert file.read_text("utf-8") == (FOLDER / file.name).read_text("utf-8"), file.name


@pytest.mark.parametrize("pair", ["en-de", "en-fr", "en-zh_Hans"])
def test_no_sentence_of_the_dev_part_is_trained_on(pair: str) -> None:
    train, dev = (
        [line.split("\t") for line in (FOLDER / f"{name}.{pair}.tsv").read_text("utf-8").splitlines()]
        for name in ("facts", "facts_dev")
    )
    assert len(dev) > 300
    for side in (0, 1):
        assert not {row[side] for row in train} & {row[side] for row in dev}
    kinds = (FOLDER / f"facts_dev.{pair}.kinds.tsv").read_text("utf-8").splitlines()
    assert len(kinds) == len(dev)
    for row, line in zip(dev, kinds, strict=True):
        for sentence, words in zip(row, line.split("\t")[1:], strict=True):
            assert words.lower() in sentence.lower()


def test_exact_translations_are_counted(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "answers.txt").write_text("Wir treffen uns um halb drei.\nEs ist halb vier.\n")
    kinds = tmp_path / "facts.en-de.kinds.tsv"
    kinds.write_text("times\thalf past two\thalb drei\ntimes\thalf past four\thalb fünf\n")
    assert "| times | 1 of 2 | 50.0 |" in script.exact(tmp_path / "answers.txt", kinds, 2)


def test_a_number_in_words_may_be_written_in_digits(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "answers.txt").write_text("Es sind 1.250 Bäume.\nEs sind 12.500 Bäume.\n")
    kinds = tmp_path / "facts.en-de.kinds.tsv"
    kinds.write_text(2 * "number words\ttwelve hundred and fifty\teintausendzweihundertfünfzig\n")
    assert "| number words | 1 of 2 | 50.0 |" in script.exact(tmp_path / "answers.txt", kinds, 2)


def test_english_of_either_spelling_is_exact(script: ModuleType, tmp_path: Path) -> None:
    answers = ["It isn't 5 liters.", "red, gray and blue", "We need: 2 kilometers.", "It is a meter", "red or, blue"]
    wanted = ["is not 5 litres", "red, grey, and blue", "2 kilometres", "a metro", "red or blue"]
    (tmp_path / "answers.txt").write_text("".join(f"{answer}\n" for answer in answers))
    kinds = tmp_path / "facts.en-de.kinds.tsv"
    kinds.write_text("".join(f"units\t{words}\tx\n" for words in wanted))
    assert "| units | 3 of 5 | 60.0 |" in script.exact(tmp_path / "answers.txt", kinds, 1)


def test_chinese_numbers_by_ten_thousand_are_exact(script: ModuleType, tmp_path: Path) -> None:
    answers = ["有43.4449万辆汽车。", "有3.6万人。", "有36万人。", "有八千人。"]
    wanted = ["四十三万四千四百四十九", "三万六千", "三万六千", "八千"]
    (tmp_path / "answers.txt").write_text("".join(f"{answer}\n" for answer in answers), "utf-8")
    kinds = tmp_path / "facts.en-zh_Hans.kinds.tsv"
    kinds.write_text("".join(f"number words\tx\t{words}\n" for words in wanted), "utf-8")
    assert "| number words | 3 of 4 | 75.0 |" in script.exact(tmp_path / "answers.txt", kinds, 2)
