"""Scores every model of a folder on every set that it fits, for `undertone evaluate --all`.

The result is plain data, which `report.py` shows. The command line adds robustness through the service's path, since
nothing here knows the service.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.evaluation.checklist import behaviour
from app.nets.config import ModelConfig
from app.nets.folder import CONFIG
from app.runtime.base import Classifier
from app.text.chinese import traditional
from app.text.detect import detect
from app.text.post_text import plain_post
from app.text.tokenizer import Tokenizer
from app.training.baseline import Baseline
from app.training.data.corpora import below, listed, read_sentiment, rows_of
from app.training.data.pairs import directions_of, pair_of
from app.training.errors import CorpusError
from app.training.loading import FramedTranslator, Loaded, load
from app.training.metrics import ClassificationReport
from app.training.recipe import load_recipe
from app.training.scoring import evaluate_sentiment, evaluate_translation, likeliest, probabilities_of


def evaluate_all(
    models: Path,
    data: Path | None,
    configs: Path,
    *,
    files: list[Path],
    cache: Path,
    beam: int,
    runtime: str,
) -> dict[str, Any]:
    """Score every model below `models` on the dev sets below `data`, or on `files` if there are any.

    A sentiment model whose recipe is in `configs` is compared with the baseline of its training data, whose predictions
    are kept in `cache`. Raises CorpusError, RecipeError and ModelFolderError.
    """
    folders = sorted(path.parent for path in models.glob(f"*/{CONFIG}"))
    if not folders:
        raise CorpusError(f"{models}: no model folders in it")
    measured: dict[str, Any] = {"beam": beam, "runtime": runtime, "sentiment": [], "translation": []}
    for folder in folders:
        loaded = load(folder)
        if loaded.config.task == "language":
            continue  # all measurements of it are in its card
        is_classifier = loaded.config.task == "sentiment"
        sets = (sentiment_sets if is_classifier else translation_sets)(loaded.config, data, files)
        if files and not sets:
            continue
        entry = {"model": loaded.config.name, "folder": folder.name, "parameters": loaded.parameters}
        if is_classifier:
            scores = score_sentiment(loaded, sets, data, configs, cache, runtime)
        else:
            scores = score_translation(loaded, sets, beam, runtime)
        measured[loaded.config.task].append({**entry, **scores})
    return measured


def sentiment_sets(config: ModelConfig, data: Path | None, files: list[Path]) -> list[Path]:
    languages = {code.partition("-")[0] for code in config.languages}
    if files:
        return [path for path in files if is_sentiment(path) and language_of(path) in languages]
    root = below(data, "sentiment")
    return [path for code in sorted(languages) for path in listed(root / code) if ".dev." in path.name]


def translation_sets(config: ModelConfig, data: Path | None, files: list[Path]) -> list[Path]:
    paths = [path for path in files if not is_sentiment(path)]
    if not files:
        paths = listed(below(data, "translation") / "dev")
    return [path for path in paths if directions_of(pair_of(path.name), config.directions)]


def is_sentiment(path: Path) -> bool:
    """Whether the first line is the header of a sentiment corpus. Raises CorpusError."""
    _, columns = next(rows_of(path), (1, []))
    return {"label", "text"} <= set(columns)


def language_of(path: Path) -> str:
    """The language of a sentiment file: the name of its folder, `zh/marc_zh.dev.tsv`, or else the detected one."""
    if len(path.absolute().parent.name) == 2:
        return path.absolute().parent.name
    texts = [text for text, _ in read_sentiment(path)][:50]
    return (detect(" ".join(texts)).language or "").partition("-")[0]


def score_sentiment(
    loaded: Loaded,
    sets: list[Path],
    data: Path | None,
    configs: Path,
    cache: Path,
    runtime: str,
) -> dict[str, Any]:
    classifier, tokenizer, config = loaded.runner(runtime), loaded.tokenizer, loaded.config
    recipe = configs / f"{config.name}.yaml"
    baseline = None
    if data and sets and recipe.is_file():
        baseline = Baseline(load_recipe(recipe), below(data, "sentiment"), cache)
    rows = []
    for path in tqdm(sets, desc=config.name, unit="set", leave=False):
        predicted, report = evaluate_sentiment(classifier, tokenizer, path)
        row = {"set": shown_name(path), **as_row(report)}
        if baseline:
            row["baseline"] = as_row(baseline.evaluate(path))
        if config.languages[0].startswith("zh"):
            row["agreement"] = agreement(classifier, tokenizer, path, predicted)
        rows.append(row)
    suite = behaviour(classifier, tokenizer, configs)
    return {"sets": rows, "baseline": baseline.description if baseline else None, "behaviour": suite}


def agreement(classifier: Classifier, tokenizer: Tokenizer, path: Path, predicted: list[str]) -> float:
    """The share of texts that keep their predicted label when they are converted to Traditional characters."""
    texts = [plain_post(traditional(text), "zh") for text, _ in read_sentiment(path)]
    answers = probabilities_of(classifier, tokenizer, texts, prepared=True)
    labels = likeliest(classifier, answers)
    return sum(one == other for one, other in zip(labels, predicted, strict=True)) / max(len(labels), 1)


def score_translation(loaded: Loaded, sets: list[Path], beam: int, runtime: str) -> dict[str, Any]:
    translator, config = loaded.runner(runtime), loaded.config
    rows = [
        translation_row(translator, loaded.tokenizer, path, direction, beam)
        for path in tqdm(sets, desc=config.name, unit="set", leave=False)
        for direction in directions_of(pair_of(path.name), config.directions)
    ]
    return {"sets": rows, "directions": [list(pair) for pair in config.directions], "robustness": {}}


def translation_row(
    translator: FramedTranslator, tokenizer: Tokenizer, path: Path, direction: tuple[str, str], beam: int
) -> dict[str, Any]:
    lines, scores = evaluate_translation(translator, tokenizer, path, beam=beam, direction=direction)
    row: dict[str, Any] = {"set": shown_name(path), "source": direction[0], "target": direction[1], "lines": len(lines)}
    for score in scores:
        row[score.name] = score.score
        row[f"{score.name} signature"] = score.signature
    return row


def as_row(report: ClassificationReport) -> dict[str, Any]:
    """Scores in percent; `recall` and `confusion` in the order of `labels`."""
    return {
        "texts": int(report.confusion.sum()),
        "macro_recall": 100 * report.macro_recall,
        "macro_f1": 100 * report.macro_f1,
        "accuracy": 100 * report.accuracy,
        "labels": report.labels,
        "recall": [
            100 * float(value) if present else None
            for value, present in zip(report.recall, report.present, strict=True)
        ],
        "confusion": report.confusion.tolist(),
    }


def shown_name(path: Path) -> str:
    """The folder and the name without its endings: `en/sst.dev`, `dev/multi30k_val.en-de`."""
    name = path.name.removesuffix(".xz").removesuffix(".tsv")
    return f"{path.absolute().parent.name}/{name}"
