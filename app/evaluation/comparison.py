"""`undertone compare`: plain RNN, GRU, LSTM, their bidirectional forms and the Transformer on the same data, splits and
steps. Trains each, going on where it stopped, and measures; comparison_page.py shows what was found."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.evaluation.plots import last_words
from app.nets.recurrent import pad
from app.text.post_text import plain_post
from app.training.checkpoints import copy_weights
from app.training.data.corpora import LABELS, below, read_sentiment
from app.training.errors import RecipeError
from app.training.loop import Trainer
from app.training.metrics import classification_report
from app.training.processes import start
from app.training.recipe import Recipe, load_recipe, merged, read_yaml
from app.training.run import FINISHED, learner_for
from app.training.scoring import encoded, logits_of
from app.training.sentiment import SentimentExamples

LENGTHS = [1, 8, 16, 24, 10_000]  # words: where one group ends and the next begins
DISTANCES = 40  # tokens from the end of a text, over which gradients are followed
LONG_TEXTS = 64
SPENT = "processor-seconds"  # a file of a run
ALONE, TOGETHER = 200, 32  # texts that are timed one by one, and texts a batch


@dataclass(slots=True)
class Comparison:
    """The networks of a `comparison.yaml`, by name. `scales` multiply recurrent weights before training; `norms_only`
    are there for their gradients alone."""

    recipes: dict[str, Recipe]
    scales: dict[str, float]
    norms_only: list[str]

    @classmethod
    def load(cls, path: Path) -> Comparison:
        """Raises RecipeError."""
        fields = read_yaml(path)
        if not isinstance(fields, dict) or not {"recipe", "common", "networks"} <= set(fields):
            raise RecipeError(f"{path}: wants recipe, common and networks")
        found = {}
        for name, changes in fields["networks"].items():
            changes = {**merged(fields["common"], changes), "name": name}
            found[name] = load_recipe(path.parent / fields["recipe"], changes=changes)
        return cls(found, dict(fields.get("scales") or {}), list(fields.get("norms_only") or []))


def compare(comparison: Comparison, data: Path, runs: Path, deadline: float | None = None) -> dict[str, Any] | None:
    """Train what is not trained yet, and measure all; None when the time was over before. Raises CorpusError."""
    torch.set_num_threads(1)  # the small nets gain nothing from more, and times are of one core
    examples: SentimentExamples | None = None
    rows = []
    finished: list[tuple[str, Any, Any]] = []
    for name, recipe in comparison.recipes.items():
        start(recipe.optimisation.seed)
        if examples is None:  # the same for all
            examples = SentimentExamples.read(recipe, below(data, recipe.task))
        learner = learner_for(recipe, examples)
        scale_recurrence(learner.model, comparison.scales.get(name, 1.0))
        initial = gradients(learner)
        trainer = Trainer(learner, recipe.optimisation, runs / name, torch.device("cpu"))
        before = time.process_time()
        done = trainer.run(deadline=deadline)
        add_spent(runs / name, time.process_time() - before)
        if not done:
            return None
        (runs / name / FINISHED).touch()
        copy_weights(trainer.average, dict(trainer.model.named_parameters()))
        learner.model.eval()
        finished.append((name, learner, initial))
    for name, learner, initial in finished:
        row: dict[str, Any] = {"name": name, "gradients": {"initial": initial}, **curves(runs / name)}
        if name not in comparison.norms_only:
            row["gradients"]["trained"] = gradients(learner)
            row["parameters"] = parameters(learner.model)
            row |= {"scores": scores(learner, below(data, "sentiment")), **speed(learner)}
        rows.append(row)
    return {"networks": rows, "settings": described(comparison)}


def scale_recurrence(model: Any, factor: float) -> None:
    if factor != 1:
        with torch.no_grad():
            for name, parameter in model.recurrent.named_parameters():
                if "weight_hh" in name:
                    parameter *= factor


def add_spent(run: Path, seconds: float) -> None:
    """Of the processor on one thread, so that it does not matter what else the machine did."""
    path = run / SPENT
    path.write_text(str(seconds + (float(path.read_text()) if path.is_file() else 0.0)))


def described(comparison: Comparison) -> dict[str, Any]:
    recipe = next(iter(comparison.recipes.values()))
    options = recipe.optimisation
    return {
        "steps": options.steps,
        "batch_tokens": options.batch_tokens,
        "data": [spec.file for spec in recipe.data],
        "sets": recipe.report,
        "lengths": LENGTHS,
    }


def parameters(model: Any) -> dict[str, int]:
    """All, and those that are no embeddings."""
    total = sum(parameter.numel() for parameter in model.parameters())
    return {"all": total, "without_embeddings": total - embedding_of(model).weight.numel()}


def embedding_of(model: Any) -> Any:
    return model.network.get_input_embeddings() if hasattr(model, "network") else model.embedding


def gradients(learner: Any) -> list[float]:
    """The norm of the gradient of the loss at the embedding of the token that is 1, 2, ... from the end, averaged over
    long dev texts and scaled so that the largest is 1: how far back the network can learn from."""
    model = learner.model.eval()
    rows, labels = long_texts(learner)
    tokens, lengths = pad(rows)
    kept: list[Tensor] = []

    def keep(module: Any, inputs: Any, output: Tensor) -> None:
        output.retain_grad()
        kept.append(output)

    handle = embedding_of(model).register_forward_hook(keep)
    try:
        model.zero_grad()
        logits = model(tokens, lengths)
        torch.nn.functional.cross_entropy(logits, torch.tensor(labels), reduction="sum").backward()  # type: ignore[no-untyped-call]
    finally:
        handle.remove()
    gradient = kept[0].grad
    assert gradient is not None, "a bug: the embedding got no gradient"
    norms = gradient.norm(dim=-1)  # (batch, time, special tokens included)
    shift = norms.shape[1] - tokens.shape[1]
    offset = 1 if shift else 0  # one special token stands before the text
    by_distance = [
        statistics.fmean(float(norms[i, offset + length - distance]) for i, length in enumerate(lengths.tolist()))
        for distance in range(1, DISTANCES + 1)
    ]
    model.zero_grad()
    return [value / max(by_distance) for value in by_distance]


def long_texts(learner: Any) -> tuple[list[list[int]], list[int]]:
    examples = [one for many in learner.dev.values() for one in many]
    rows = encoded(learner.model, learner.tokenizer, [text for text, _ in examples])
    found = [
        (row, LABELS.index(label)) for row, (_, label) in zip(rows, examples, strict=True) if len(row) >= DISTANCES
    ][:LONG_TEXTS]
    return [row for row, _ in found], [label for _, label in found]


def curves(run: Path) -> dict[str, Any]:
    """What a run logged: losses, gradient norms and the time that training took."""
    entries = last_words([json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()])
    return {
        "seconds": float((run / SPENT).read_text()),
        "train_loss": [[e["step"], e["train/loss"]] for e in entries if "train/loss" in e],
        "dev_loss": [[e["step"], e["dev/loss"]] for e in entries if "dev/loss" in e],
        "norm": [[e["step"], e["train/gradient_norm"]] for e in entries if "train/gradient_norm" in e],
    }


def scores(learner: Any, data: Path) -> dict[str, Any]:
    """Macro-recall in percent on the sets that are reported, and accuracy by length on all of them together."""
    found: dict[str, Any] = {}
    hits: list[tuple[int, bool]] = []
    for file in learner.recipe.report:
        examples = [
            (plain_post(text, learner.recipe.languages[0]), label) for text, label in read_sentiment(data / file)
        ]
        predicted = logits_of(learner.model, learner.tokenizer, [text for text, _ in examples]).argmax(axis=1).tolist()
        wanted = [LABELS.index(label) for _, label in examples]
        found[file] = 100 * classification_report(predicted, wanted, LABELS).macro_recall
        hits += [
            (len(text.split()), one == other) for (text, _), one, other in zip(examples, predicted, wanted, strict=True)
        ]
    groups = [[hit for words, hit in hits if low <= words < high] for low, high in pairwise(LENGTHS)]
    return {
        "sets": found,
        "by_length": [[len(group), 100 * float(np.mean(group)) if group else float("nan")] for group in groups],
    }


def speed(learner: Any) -> dict[str, float]:
    """Milliseconds of a text alone, at the median, and texts a second in batches of like length; one thread."""
    examples = [text for many in learner.dev.values() for text, _ in many]
    rows = sorted(encoded(learner.model, learner.tokenizer, examples), key=len)
    with torch.inference_mode():
        alone = []
        for row in rows[:: max(1, len(rows) // ALONE)]:
            started = time.perf_counter()
            learner.model(*pad([row]))
            alone.append(time.perf_counter() - started)
        started = time.perf_counter()
        for place in range(0, len(rows), TOGETHER):
            learner.model(*pad(rows[place : place + TOGETHER]))
        together = len(rows) / (time.perf_counter() - started)
    return {"alone_ms": 1000 * statistics.median(alone), "texts_per_second": together}
