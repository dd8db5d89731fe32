"""Training language models: from the sides of parallel corpora to a folder that writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.nets.folder import read_config
from app.text.tokenizer import EOS
from app.training.data.cleaning import Cleaner
from app.training.data.lines import encode_texts, read_texts
from app.training.language import LanguageExamples
from app.training.recipe import Recipe, recipe_of
from app.training.run import train

ENGLISH = [
    "The dog runs.",
    "The cat sleeps.",
    "The dog sleeps.",
    "The cat runs.",
    "Dogs run fast.",
    "Held out, it was.",
]
CHINESE = ["狗在跑。", "貓在睡覺。", "狗在睡覺。", "貓在跑。", "狗跑得快。", "這是保留的。"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "train").mkdir()
    (tmp_path / "dev").mkdir()
    pairs = "".join(f"{a}\t{b}\n" for a, b in zip(ENGLISH, CHINESE, strict=True))
    (tmp_path / "train" / "small.en-zh_Hant.tsv").write_text(pairs, "utf-8")
    (tmp_path / "train" / "other.en-de.tsv").write_text("The dog runs.\tDer Hund rennt.\nA bird sings.\tx\n", "utf-8")
    (tmp_path / "dev" / "held.en-zh_Hant.tsv").write_text(f"{ENGLISH[-1]}\t{CHINESE[-1]}\n", "utf-8")
    return tmp_path


def recipe(**changes: object) -> Recipe:
    fields = {
        "name": "small",
        "task": "language",
        "description": "small",
        "architecture": "recurrent-language-model",
        "languages": ["en", "zh"],
        "vocabulary": 90,
        "sizes": {"embedding": 16, "hidden": 24, "cell": "gru", "dropout": 0.0},
        "data": [{"file": "train/small.en-zh_Hant", "repeat": 2}, {"file": "train/other.en-de"}],
        "dev": ["dev/held.en-zh_Hant"],
        "max_tokens": 30,
        "optimisation": {"steps": 30, "batch_tokens": 100, "learning_rate": 0.02, "warmup": 2, "evaluate_every": 15,
                         "average": 0.5, "label_smoothing": 0.0},
        **changes,
    }  # fmt: skip
    return recipe_of(fields, Path("small.yaml"))


def test_each_text_is_read_once_in_its_language(data: Path) -> None:
    cleaner = Cleaner()
    found = read_texts(recipe(), data, cleaner)
    by_place = {(one.number, one.language): one.texts for one in found}
    assert by_place[0, "en"] == ENGLISH[:-1]  # the last is in a dev set
    assert by_place[0, "zh"] == ["狗在跑。", "猫在睡觉。", "狗在睡觉。", "猫在跑。", "狗跑得快。"]
    assert by_place[1, "en"] == ["A bird sings."]  # the other stands in the first corpus
    assert set(by_place) == {(0, "en"), (0, "zh"), (1, "en")}
    assert cleaner.counts["train/small.en-zh_Hant"]["held out"] == 2
    assert cleaner.counts["train/other.en-de"]["duplicate"] == 1


def test_lines_of_running_text_are_joined(data: Path) -> None:
    found = read_texts(recipe(data=[{"file": "train/small.en-zh_Hant", "lines": 2}]), data, Cleaner())
    assert found[0].texts[0] == "The dog runs. The cat sleeps."
    assert found[1].texts[0] == "狗在跑。猫在睡觉。"
    assert found[0].texts[-1] == "Dogs run fast."


def test_examples_begin_with_their_language_and_some_in_the_middle(data: Path) -> None:
    examples = LanguageExamples.read(recipe(), data)
    tokenizer = examples.tokenizer
    tags = {tokenizer.id_of("<2en>"), tokenizer.id_of("<2zh>")}
    assert {row[0] for row in examples.tokens} == tags
    assert {row[-1] for row in examples.tokens} == {EOS}
    assert len(examples.tokens) == 2 * 10 + 1
    texts = {tokenizer.decode(row[1:-1]) for row in examples.tokens}
    assert "The dog runs." in texts
    late = recipe(begun_late=1.0)
    (rows,) = [rows for number, rows in encode_texts(late, tokenizer, read_texts(late, data, Cleaner())) if number == 1]
    assert tokenizer.decode(rows[0][1:-1]) in ("bird sings.", "sings.")


def test_a_run_learns_and_can_be_continued(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    best = train(recipe(), data, run, stop_after=15)
    best = train(recipe(), data, run)
    config, _ = read_config(best)
    assert (config.task, config.architecture, config.languages) == (
        "language",
        "recurrent-language-model",
        ["en", "zh"],
    )
    learned = LanguageExamples.read(recipe(), data)
    assert learned.tokenizer.size == config.sizes["vocabulary"]
    log = (run / "log.jsonl").read_text("utf-8")
    assert log.count("dev/metric") == 2
