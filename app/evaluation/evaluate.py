"""Scores one model: on files, or on the report sets of its recipe, from which it writes the model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from app.evaluation.card import Measured, Robustness, Scores, model_card
from app.evaluation.checklist import behaviour
from app.evaluation.model_index import model_index
from app.evaluation.perplexity import evaluate_language, ngrams_of
from app.evaluation.plots import PLOT, plot_run
from app.evaluation.run_log import evaluations, read_log
from app.huggingface.card import card_head
from app.nets.folder import CARD
from app.training.data.corpora import below
from app.training.loading import Loaded, load
from app.training.loop import BEST
from app.training.metrics import ClassificationReport
from app.training.recipe import TRANSFORMER, Recipe
from app.training.scoring import evaluate_sentiment, evaluate_translation

REFERENCES = "corpora.yaml"  # beside the recipes: a description of each corpus, and its licence


def score(loaded: Loaded, file: Path, *, beam: int, runtime: str = "torch", output: Path | None = None) -> Scores:
    """Scores on one file; `output` receives a predicted label or a translation a line. Raises CorpusError."""
    if loaded.config.task == "language":
        return evaluate_language(loaded, file.name, file.parent)
    runner = loaded.runner(runtime)
    scores: Scores
    if loaded.config.task == "sentiment":
        lines, scores = evaluate_sentiment(runner, loaded.tokenizer, file)
    else:
        lines, scores = evaluate_translation(runner, loaded.tokenizer, file, beam=beam)
    if output:
        output.write_text("".join(line + "\n" for line in lines), "utf-8")
    return scores


def evaluate(loaded: Loaded, file: Path, *, beam: int, runtime: str = "torch", output: Path | None = None) -> str:
    """The text that `undertone evaluate MODEL FILE` prints. Raises CorpusError."""
    return scores_text(file.name, score(loaded, file, beam=beam, runtime=runtime, output=output))


def scores_text(name: str, scores: Scores) -> str:
    lines = [scores] if isinstance(scores, ClassificationReport) else scores
    return "\n".join([name, *map(str, lines)])


def evaluate_recipe(
    folder: Path,
    recipe: Recipe,
    recipe_file: Path,
    data: Path,
    beam: int,
    run: Path | None = None,
    robustness: Robustness | None = None,
    seeds: Sequence[Path] = (),
) -> str:
    """Score a model on the report sets of its recipe and write its card; returns the text to print.

    `run` is the folder of its training run: the card cites its log, and its plot is put beside the card. `robustness`
    has the outcomes of `robustness.py` through the service's path; `seeds` are folders of training runs with other
    seeds. Raises CorpusError, RecipeError and ModelFolderError.
    """
    data = below(data, recipe.task)
    loaded = load(folder)
    log = read_log(run) if run else []
    if recipe.task == "language":
        floor = ngrams_of(recipe, data, loaded.tokenizer)
        scores: dict[str, Scores] = {file: evaluate_language(loaded, file, data, floor) for file in recipe.report}
    else:
        scores = {file: score(loaded, data / file, beam=beam) for file in recipe.report}
    measured = Measured(scores, beam, log=evaluations(log), robustness=robustness or {})
    for seed in seeds:
        model = load(seed / BEST)
        measured.seeds.append({file: score(model, data / file, beam=beam) for file in recipe.report})
        measured.seed_steps.add(evaluations(read_log(seed))[-1]["step"])
    if loaded.config.task == "sentiment":
        measured.behaviour = behaviour(loaded.runner("torch"), loaded.tokenizer, recipe_file.parent)
    if log:
        plot_run(log, recipe.name, folder / PLOT)
    measured.plot = PLOT if (folder / PLOT).is_file() else ""
    references = yaml.safe_load((recipe_file.parent / REFERENCES).read_text("utf-8"))
    card = model_card(loaded, recipe, recipe_file, measured, references)
    languages = {"language": recipe.languages} if recipe.architecture == TRANSFORMER else {}
    head = card_head(languages | model_index(loaded.config, scores, beam))
    (folder / CARD).write_text(f"{head}\n{card}" if head else card, "utf-8")
    return "\n\n".join(scores_text(file, one) for file, one in scores.items())
