"""One training run from recipe to model folder, and its evaluation."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch.distributed as dist

from app.nets.folder import CARD, TOKENIZER
from app.text.tokenizer import Tokenizer
from app.training.loop import Trainer, start
from app.training.recipe import Recipe
from app.training.sentiment import SentimentLearner
from app.training.translation import TranslationLearner

LEARNERS: dict[str, type[SentimentLearner] | type[TranslationLearner]] = {
    "sentiment": SentimentLearner,
    "translation": TranslationLearner,
}


def train(recipe: Recipe, data: Path, folder: Path, *, stop_after: int | None = None) -> Path:
    """Train a recipe in `folder`, going on where an earlier call stopped; returns the folder of the best model.

    The tokenizer is trained once and kept in `folder`, so that every process and every resumption reads the same.
    """
    device = start(recipe.optimisation.seed)
    rank = dist.get_rank() if dist.is_initialized() else 0
    kept = folder / TOKENIZER
    if rank > 0:
        dist.barrier()  # the first process trains the tokenizer
    tokenizer = Tokenizer.load(kept) if kept.is_file() else None
    learner = LEARNERS[recipe.task](recipe, data, tokenizer)
    if tokenizer is None:
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(learner.tokenizer.json, "utf-8")
    if rank == 0 and dist.is_initialized():
        dist.barrier()
    Trainer(learner, recipe.optimisation, folder, device).run(stop_after)
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()
    return folder / "best"


def publish(best: Path, target: Path) -> None:
    """Copy the best model of a run to where the service looks for it; a model card there stays."""
    target.mkdir(parents=True, exist_ok=True)
    for file in best.iterdir():
        if file.name != CARD:
            shutil.copy2(file, target / file.name)
