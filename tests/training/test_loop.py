"""The loop learns, resumes bit for bit, and stops when it should."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from app.nets.classifier import RecurrentClassifier
from app.nets.folder import WEIGHTS
from app.nets.modules import load_model
from app.nets.translator import EOS, GruTranslator
from app.runtime.decoding import translate
from app.runtime.torch import TorchTranslator
from app.text.tokenizer import Tokenizer, target_tag
from app.training import loop, sentiment
from app.training.checkpoints import read_checkpoint
from app.training.errors import RecipeError
from app.training.loop import Trainer
from app.training.recipe import Recipe, load_recipe
from app.training.run import FINISHED, learner_of, train
from app.training.sentiment import SentimentExamples, SentimentLearner
from app.training.vocabulary_transfer import token_ids

PAIRS = [
    ("A man runs.", "Ein Mann rennt."),
    ("A woman sings.", "Eine Frau singt."),
    ("Two dogs play.", "Zwei Hunde spielen."),
    ("The child sleeps.", "Das Kind schläft."),
    ("Tom knows 42 men.", "Tom kennt 42 Männer."),
]
DEV_PAIRS = [("The child plays.", "Das Kind spielt."), ("Two men sleep.", "Zwei Männer schlafen.")]
WORDS = {"negative": "awful bad terrible", "neutral": "table monday station", "positive": "lovely good great"}
POSTS = [
    (f"this is {word} number {n}", label)
    for label, words in WORDS.items()
    for word in words.split()
    for n in ("one", "two", "three", "four")
]
DEV_POSTS = [(f"this is {word} number five", label) for label, words in WORDS.items() for word in words.split()]

COMMON: dict[str, Any] = {"description": "d", "vocabulary": 150, "max_tokens": 40}
OPTIMISATION: dict[str, Any] = {
    "learning_rate": 0.01, "warmup": 5, "average": 0.8, "label_smoothing": 0.0, "patience": 100,
}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(tmp_path / "data")


def written(folder: Path) -> Path:
    """The corpora of the tests, in a new folder."""
    folder.mkdir()
    for name, posts in (("train", POSTS), ("dev", DEV_POSTS)):
        lines = ["label\ttext", *(f"{label}\t{text}" for text, label in posts)]
        (folder / f"posts.{name}.tsv").write_text("\n".join(lines) + "\n")
    for name, pairs in (("pairs", PAIRS), ("pairs_dev", DEV_PAIRS)):
        (folder / f"{name}.en-de.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in pairs))
    return folder


def sentiment_recipe(tmp_path: Path, **optimisation: Any) -> Recipe:
    return recipe_of(
        tmp_path,
        name="small-sentiment",
        task="sentiment",
        architecture="recurrent-classifier",
        languages=["en"],
        sizes={"embedding": 16, "hidden": 16, "dropout": 0.2, "word_dropout": 0.1},
        data=[{"file": "posts.train"}],
        dev=["posts.dev"],
        optimisation={"steps": 60, "batch_tokens": 120, "evaluate_every": 10, **OPTIMISATION, **optimisation},
    )


def translation_recipe(tmp_path: Path, **optimisation: Any) -> Recipe:
    return recipe_of(
        tmp_path,
        name="small-translation",
        task="translation",
        architecture="gru-translator",
        languages=["en", "de"],
        directions=[["en", "de"]],
        sizes={"embedding": 32, "hidden": 32, "dropout": 0.0},
        data=[{"file": "pairs.en-de", "repeat": 4}],
        dev=["pairs_dev.en-de"],
        optimisation={"steps": 120, "batch_tokens": 60, "evaluate_every": 40, **OPTIMISATION, **optimisation},
    )


def recipe_of(tmp_path: Path, **fields: Any) -> Recipe:
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump({**COMMON, **fields}))
    return load_recipe(file)


def test_a_classifier_learns_a_tiny_set(tmp_path: Path, data: Path) -> None:
    best = train(sentiment_recipe(tmp_path), data, tmp_path / "run")
    model, tokenizer = load_model(best), Tokenizer.load(best / "tokenizer.json")
    assert isinstance(model, RecurrentClassifier)
    for word, label in (("awful", 0), ("station", 1), ("lovely", 2)):
        scores = model.classify([tokenizer.encode(f"this is {word} number five")])[0]
        assert scores.index(max(scores)) == label
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert any("train/gradient_norm" in entry for entry in log)
    assert list((tmp_path / "run").glob("events.out.tfevents.*"))


def test_a_translator_learns_a_tiny_set(tmp_path: Path, data: Path) -> None:
    best = train(translation_recipe(tmp_path, evaluate_every=120), data, tmp_path / "run")
    model, tokenizer = load_model(best), Tokenizer.load(best / "tokenizer.json")
    assert isinstance(model, GruTranslator)
    for source, target in PAIRS:
        tokens = [tokenizer.id_of(target_tag("de")), *tokenizer.encode(source), EOS]
        hypotheses = translate(TorchTranslator(model), [tokens], beam=2, max_tokens=[30])[0]
        assert tokenizer.decode(hypotheses[0].tokens) == target
    written = model.sizes.target_vocabulary
    assert written < model.sizes.vocabulary == tokenizer.size
    assert max(i for _, target in PAIRS for i in tokenizer.encode(target)) < written
    assert max(i for source, _ in PAIRS for i in tokenizer.encode(source)) >= written  # "woman" is only read


def test_a_run_begins_with_the_weights_of_a_model(tmp_path: Path, data: Path) -> None:
    first = train(translation_recipe(tmp_path), data, tmp_path / "first")
    (data / "pairs.en-de.tsv").write_text("A bird sings.\tEin Mann singt.\n")  # another vocabulary, if it were learnt
    still = translation_recipe(tmp_path, steps=2, evaluate_every=1, learning_rate=0.0)
    train(still, data, tmp_path / "again", begin=first)
    assert_same_tensors(first / WEIGHTS, tmp_path / "again" / "best" / WEIGHTS)
    train(still, data, tmp_path / "again", begin=first)  # goes on with its own
    (data / "pairs.en-de.tsv").write_text("A bird sings.\tA woman plays.\n")  # words that were only read before
    best = train(still, data, tmp_path / "more", begin=first)
    before, taught = load_model(first), load_model(best)
    assert isinstance(before, GruTranslator)
    assert isinstance(taught, GruTranslator)
    old, new = (Tokenizer.load(folder / "tokenizer.json") for folder in (first, best))
    added = {i for i in old.encode("A woman plays.") if i >= before.sizes.target_vocabulary}
    assert taught.sizes.target_vocabulary == before.sizes.target_vocabulary + len(added)
    words = [tokenizer.encode("A woman plays.") for tokenizer in (old, new)]
    assert max(words[1]) < taught.sizes.target_vocabulary  # a rare token widens the layer by one
    assert torch.equal(before.embedding.weight[words[0]], taught.embedding.weight[words[1]])
    assert torch.equal(before.output_bias[words[0]], taught.output_bias[words[1]])
    train(still, data, tmp_path / "more", begin=first)  # goes on as it was numbered
    small = translation_recipe(tmp_path, steps=2, evaluate_every=1, learning_rate=0.0)
    small.vocabulary = old.size - 1
    best = train(small, data, tmp_path / "small", begin=first)  # of fewer texts, so of fewer tokens
    pared, fewer = load_model(best), Tokenizer.load(best / "tokenizer.json")
    assert isinstance(pared, GruTranslator)
    assert pared.sizes.vocabulary == fewer.size < old.size
    assert torch.equal(before.embedding.weight[words[0]], pared.embedding.weight[fewer.encode("A woman plays.")])
    _, read = learner_of(translation_recipe(tmp_path), data, None, tmp_path / "prepared", old)
    assert read.json == old.json  # one that goes on without `begin`, too
    other = translation_recipe(tmp_path)
    other.sizes["embedding"] = 48
    with pytest.raises(RecipeError, match="sizes are not those of the recipe"):
        train(other, data, tmp_path / "other sizes", begin=first)
    other.sizes |= {"embedding": 32, "heads": 2}
    with pytest.raises(RecipeError, match="has 1 heads, the recipe 2"):
        train(other, data, tmp_path / "other sizes", begin=first)


def test_a_run_begins_with_the_weights_of_a_model_of_another_vocabulary(tmp_path: Path, data: Path) -> None:
    first = train(translation_recipe(tmp_path, steps=2), data, tmp_path / "first")
    (data / "pairs.en-de.tsv").write_text("A red bird sings.\tEin roter Vogel singt.\n" * 3)
    still = translation_recipe(tmp_path, steps=2, evaluate_every=1, learning_rate=0.0)
    best = train(still, data, tmp_path / "other", begin=first, new_vocabulary=True)
    rows = [load_model(folder).state_dict()["embedding.weight"] for folder in (first, best)]
    old, new = (token_ids(Tokenizer.load(folder / "tokenizer.json")) for folder in (first, best))
    shared = sorted(old.keys() & new.keys())
    assert len(shared) > 20
    assert new.keys() - old.keys()
    assert torch.equal(rows[0][[old[token] for token in shared]], rows[1][[new[token] for token in shared]])


def test_offsets_are_part_of_the_weights(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = sentiment_recipe(tmp_path, largest_offset=0.3)
    learner = SentimentLearner(recipe, SentimentExamples.read(recipe, data))
    monkeypatch.setattr(sentiment, "fit_offsets", lambda sets, labels, largest: np.array([0.0, largest, -largest]))
    before = learner.model.output.bias.detach().clone()
    learner.model.eval()
    with torch.inference_mode():
        found = learner.evaluate()
        assert (learner.model.output.bias - before).tolist() == pytest.approx([0, 0.3, -0.3])
        recipe.optimisation.largest_offset = 0.0
        again = learner.evaluate()
    assert again["metric"] == found["metric"]
    assert again["loss"] == pytest.approx(found["loss"])


@pytest.mark.parametrize("make", [sentiment_recipe, translation_recipe])
def test_a_run_resumes_bit_for_bit(tmp_path: Path, data: Path, make: Any) -> None:
    recipe = make(tmp_path, steps=23, evaluate_every=5, checkpoint_every=4)
    train(recipe, data, tmp_path / "whole")
    for stop in (7, 8, 16, None):
        train(recipe, data, tmp_path / "pieces", stop_after=stop)
    for name in (f"best/{WEIGHTS}", "checkpoint-0.safetensors"):
        whole, pieces = ((tmp_path / run / name) for run in ("whole", "pieces"))
        assert_same_tensors(whole, pieces)


def assert_same_tensors(one: Path, other: Path) -> None:
    from safetensors.torch import load_file

    first, second = load_file(one), load_file(other)
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


@pytest.mark.parametrize("able", [True, False])
def test_bfloat16_is_used_where_the_processor_has_it(
    tmp_path: Path, data: Path, able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": able}, raising=False)
    recipe = translation_recipe(tmp_path, precision="bfloat16", steps=2)
    learner, _ = learner_of(recipe, data, None, tmp_path / "prepared", None)
    kinds: set[torch.dtype] = set()
    learner.model.bridge.register_forward_hook(lambda module, given, state: kinds.add(state.dtype))
    Trainer(learner, recipe.optimisation, tmp_path / "run", torch.device("cpu")).run()
    assert torch.bfloat16 in kinds if able else kinds == {torch.float32}
    assert {parameter.dtype for parameter in learner.model.parameters()} == {torch.float32}


def test_a_run_stops_when_nothing_is_gained(tmp_path: Path, data: Path) -> None:
    recipe = sentiment_recipe(tmp_path, steps=1000, evaluate_every=2, patience=3, learning_rate=0.0)
    train(recipe, data, tmp_path / "run")
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert sum("dev/metric" in entry for entry in log) == 4  # the first is a gain, three more are not


def test_gradients_are_clipped(tmp_path: Path, data: Path) -> None:
    recipe = sentiment_recipe(tmp_path, clip=0.01)
    trainer = Trainer(
        SentimentLearner(recipe, SentimentExamples.read(recipe, data)),
        recipe.optimisation,
        tmp_path / "run",
        torch.device("cpu"),
    )
    _, norm = trainer.update(trainer.learner.batches(0)[0])
    assert norm > 0.01
    clipped = torch.stack([p.grad.norm() for p in trainer.model.parameters() if p.grad is not None]).norm()
    assert clipped <= 0.0101


def test_the_rate_warms_up_and_falls_to_nothing(tmp_path: Path, data: Path) -> None:
    recipe = sentiment_recipe(tmp_path, steps=100, warmup=10)
    trainer = Trainer(
        SentimentLearner(recipe, SentimentExamples.read(recipe, data)),
        recipe.optimisation,
        tmp_path / "run",
        torch.device("cpu"),
    )
    rates = []
    for step in range(100):
        trainer.progress.step = step
        rates.append(trainer.rate())
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(0.01, rel=0.02)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[-1] < 0.0002


def test_an_added_process_begins_with_the_weights_of_the_first(tmp_path: Path, data: Path) -> None:
    recipe = sentiment_recipe(tmp_path, steps=5)
    train(recipe, data, tmp_path / "run")
    learner, _ = learner_of(
        recipe, data, None, tmp_path / "prepared", Tokenizer.load(tmp_path / "run" / "tokenizer.json")
    )
    trainer = Trainer(learner, recipe.optimisation, tmp_path / "run", torch.device("cpu"))
    trainer.checkpoints.rank = 1
    trainer.progress = trainer.checkpoints.restore()
    assert trainer.progress.step == 5
    shared, _ = read_checkpoint(tmp_path / "run" / "checkpoint-0.safetensors")
    assert all(torch.equal(shared[f"model.{name}"], weight) for name, weight in trainer.model.named_parameters())
    trainer.checkpoints.store(trainer.progress)  # its own random state alone
    assert set(read_checkpoint(tmp_path / "run" / "checkpoint-1.safetensors")[0]) == {"rng"}


def test_a_run_that_dies_at_once_keeps_what_it_began_with(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = train(translation_recipe(tmp_path), data, tmp_path / "first")
    still = translation_recipe(tmp_path, steps=2, evaluate_every=1, learning_rate=0.0)
    with monkeypatch.context() as broken:
        broken.setattr(Trainer, "update", lambda self, batch: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train(still, data, tmp_path / "again", begin=first)
    train(translation_recipe(tmp_path, steps=2, evaluate_every=1, learning_rate=0.0), data, tmp_path / "again")
    assert_same_tensors(first / WEIGHTS, tmp_path / "again" / "best" / WEIGHTS)


def test_a_run_that_dies_keeps_its_last_ten_minutes_at_most(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = sentiment_recipe(tmp_path, steps=20, checkpoint_every=1000)
    update = Trainer.update

    def interrupted(self: Trainer, batch: list[int]) -> torch.Tensor:
        if self.progress.step == 18:
            raise KeyboardInterrupt
        return update(self, batch)

    monkeypatch.setattr(Trainer, "update", interrupted)
    monkeypatch.setattr(loop, "CHECKPOINT_S", 0)  # over at each look at the clock
    with pytest.raises(KeyboardInterrupt):
        train(recipe, data, tmp_path / "run")
    _, progress = read_checkpoint(tmp_path / "run" / "checkpoint-0.safetensors")
    assert progress.step == 15


def test_a_folder_with_another_run_is_refused(tmp_path: Path, data: Path) -> None:
    train(sentiment_recipe(tmp_path, steps=2), data, tmp_path / "run")
    other = sentiment_recipe(tmp_path, steps=2)
    other.sizes["hidden"] = 24
    with pytest.raises(RecipeError, match="another architecture or size; take another folder"):
        train(other, data, tmp_path / "run")


def test_a_finished_run_that_gets_more_steps_is_not_finished(tmp_path: Path, data: Path) -> None:
    train(sentiment_recipe(tmp_path, steps=2), data, tmp_path / "run")
    assert (tmp_path / "run" / FINISHED).is_file()
    train(sentiment_recipe(tmp_path, steps=6), data, tmp_path / "run", stop_after=4)
    assert not (tmp_path / "run" / FINISHED).is_file()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dev": []}, "names no dev set"),
        ({"architecture": "recurent"}, "unknown architecture 'recurent'"),
        ({"sizes": {"embeding": 16}}, "sizes do not fit recurrent-classifier"),
    ],
)
def test_a_recipe_that_cannot_be_trained_is_told(tmp_path: Path, data: Path, change: Any, told: str) -> None:
    recipe = replace(sentiment_recipe(tmp_path), **change)
    with pytest.raises(RecipeError, match=told):
        train(recipe, data, tmp_path / "run")
