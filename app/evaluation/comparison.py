"""`undertone compare`: plain RNN, GRU, LSTM, their bidirectional forms and the Transformer on the same data, splits and
steps. Trains each, from its last checkpoint if there is one, and measures it; `comparison_page.py` shows the result."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.evaluation.run_log import read_log
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

LENGTHS = [1, 8, 16, 24, 10_000]  # bounds of the groups of texts, in words
DISTANCES = 40  # tokens from the end of a text over which gradients are measured
LONG_TEXTS = 64  # on which gradients are measured
CPU_SECONDS = "processor-seconds"  # file in the folder of a run: CPU time of its training
TIMED_TEXTS, BATCH_TEXTS = 200, 32  # texts that are timed one by one; texts of a timed batch


@dataclass(slots=True)
class Comparison:
    """The networks of a `comparison.yaml`."""

    recipes: dict[str, Recipe]  # by network
    scales: dict[str, float]  # factors of the initial recurrent weights, by network
    norms_only: list[str]  # networks whose gradients alone are compared

    @classmethod
    def load(cls, path: Path) -> Comparison:
        """Raises RecipeError."""
        fields = read_yaml(path)
        if not isinstance(fields, dict) or not {"recipe", "common", "networks"} <= set(fields):
            raise RecipeError(f"{path}: wants recipe, common and networks")
        recipes = {}
        for name, changes in fields["networks"].items():
            changes = {**merged(fields["common"], changes), "name": name}
            recipes[name] = load_recipe(path.parent / fields["recipe"], changes=changes)
        return cls(recipes, dict(fields.get("scales") or {}), list(fields.get("norms_only") or []))


def compare(comparison: Comparison, data: Path, runs: Path, deadline: float | None = None) -> dict[str, Any] | None:
    """Train the networks that are not trained yet, and measure all of them; None where the time ran out before that.
    Raises CorpusError."""
    torch.set_num_threads(1)  # small networks gain nothing from more threads, and times are reported for one core
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
    """Multiply the recurrent weights of a model."""
    if factor != 1:
        with torch.no_grad():
            for name, parameter in model.recurrent.named_parameters():
                if "weight_hh" in name:
                    parameter *= factor


def add_spent(run: Path, seconds: float) -> None:
    """Add the CPU time of a call to that of the run. CPU time of one thread does not depend on the machine's other
    load."""
    path = run / CPU_SECONDS
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
    """The numbers of all parameters, and of those outside the embedding."""
    total = sum(parameter.numel() for parameter in model.parameters())
    return {"all": total, "without_embeddings": total - embedding_of(model).weight.numel()}


def embedding_of(model: Any) -> Any:
    return model.network.get_input_embeddings() if hasattr(model, "network") else model.embedding


def gradients(learner: Any) -> list[float]:
    """The norm of the loss's gradient at the embedding of the last token, the last but one and so on, averaged over
    long dev texts and divided by the largest. It shows over how many tokens gradients reach."""
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
    """Token ids and labels of dev texts of at least DISTANCES tokens."""
    examples = [one for many in learner.dev.values() for one in many]
    rows = encoded(learner.model, learner.tokenizer, [text for text, _ in examples])
    chosen = [
        (row, LABELS.index(label)) for row, (_, label) in zip(rows, examples, strict=True) if len(row) >= DISTANCES
    ][:LONG_TEXTS]
    return [row for row, _ in chosen], [label for _, label in chosen]


def curves(run: Path) -> dict[str, Any]:
    """Losses and gradient norms of a run by step, and the CPU time of its training."""
    entries = read_log(run)
    return {
        "seconds": float((run / CPU_SECONDS).read_text()),
        "train_loss": [[e["step"], e["train/loss"]] for e in entries if "train/loss" in e],
        "dev_loss": [[e["step"], e["dev/loss"]] for e in entries if "dev/loss" in e],
        "norm": [[e["step"], e["train/gradient_norm"]] for e in entries if "train/gradient_norm" in e],
    }


def scores(learner: Any, data: Path) -> dict[str, Any]:
    """Macro-recall in percent on each report set, and accuracy by length on all of them together."""
    recalls: dict[str, Any] = {}
    hits: list[tuple[int, bool]] = []
    for file in learner.recipe.report:
        examples = [
            (plain_post(text, learner.recipe.languages[0]), label) for text, label in read_sentiment(data / file)
        ]
        predicted = logits_of(learner.model, learner.tokenizer, [text for text, _ in examples]).argmax(axis=1).tolist()
        wanted = [LABELS.index(label) for _, label in examples]
        recalls[file] = 100 * classification_report(predicted, wanted, LABELS).macro_recall
        hits += [
            (len(text.split()), one == other) for (text, _), one, other in zip(examples, predicted, wanted, strict=True)
        ]
    groups = [[hit for words, hit in hits if low <= words < high] for low, high in pairwise(LENGTHS)]
    return {
        "sets": recalls,
        "by_length": [[len(group), 100 * float(np.mean(group)) if group else float("nan")] for group in groups],
    }


def speed(learner: Any) -> dict[str, float]:
    """The median time of a text alone, in milliseconds, and texts a second in batches of like length; one thread."""
    examples = [text for many in learner.dev.values() for text, _ in many]
    rows = sorted(encoded(learner.model, learner.tokenizer, examples), key=len)
    with torch.inference_mode():
        alone = []
        for row in rows[:: max(1, len(rows) // TIMED_TEXTS)]:
            started = time.perf_counter()
            learner.model(*pad([row]))
            alone.append(time.perf_counter() - started)
        started = time.perf_counter()
        for place in range(0, len(rows), BATCH_TEXTS):
            learner.model(*pad(rows[place : place + BATCH_TEXTS]))
        together = len(rows) / (time.perf_counter() - started)
    return {"alone_ms": 1000 * statistics.median(alone), "texts_per_second": together}
