"""The model card, README.md of a model folder: Markdown from the recipe and the measurements of `evaluate.py`."""

from __future__ import annotations

import functools
import operator
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from app.evaluation.perplexity import Perplexity, perplexity_table
from app.evaluation.run_log import Entry
from app.evaluation.tables import behaviour_table, robustness_table, table
from app.nets.config import ModelConfig
from app.training.data.corpora import CorpusSpec, shown_file
from app.training.loading import Loaded
from app.training.metrics import ClassificationReport, TranslationScore
from app.training.recipe import FLOAT32, TRANSFORMER, Recipe

Robustness = dict[str, list[dict[str, Any]]]  # by direction, the outcomes of `app/evaluation/robustness.py`
Scores = ClassificationReport | list[TranslationScore] | list[Perplexity]
UNKNOWN = {"what": "not described in `corpora.yaml`", "licence": "unstated"}


@dataclass(slots=True)
class Measured:
    """The results that a card shows. `scores` are by file; `seeds` are the scores of each run with another seed."""

    scores: dict[str, Scores]
    beam: int
    log: list[Entry] = field(default_factory=list)  # evaluations of the training run
    plot: str = ""  # of the training run, a file in the model folder
    behaviour: list[dict[str, Any]] = field(default_factory=list)  # outcomes of `app/evaluation/checklist.py`
    robustness: Robustness = field(default_factory=dict)
    seeds: list[dict[str, Scores]] = field(default_factory=list)
    seed_steps: set[int] = field(default_factory=set)  # lengths of the runs with other seeds


def model_card(
    loaded: Loaded, recipe: Recipe, recipe_file: Path, measured: Measured, references: dict[str, dict[str, str]]
) -> str:
    """The text of a card. `references` describe the corpora, by name."""
    config = loaded.config
    sizes = ", ".join(f"{name} {value}" for name, value in (config.sizes or recipe.sizes).items())
    folder = "sentiment" if recipe.task == "sentiment" else "translation"
    command = f"--config {recipe_file} --data DATA/{folder}"
    beam = f" --beam {measured.beam}" if recipe.task == "translation" else ""
    backend = " --backend transformer" if recipe.architecture == TRANSFORMER else ""
    tag = ", with the tag of the language" if recipe.task == "language" else ""
    parts = [
        f"# {config.name}\n\n{recipe.description}. Architecture `{config.architecture}`, {loaded.parameters:,} "
        f"parameters ({sizes or f'from {recipe.base}'}); reads at most {config.max_tokens} tokens{tag}; "
        "weights in float16.",
        f"## Use and limits\n\n{recipe.limits.strip()}",
        "## Results\n\n" + results(measured),
        calibration_section(measured),
        seeds_section(measured),
        behaviour_section(measured),
        "## Training\n\n" + training(config, recipe, measured),
        "## Data and licences\n\n" + data_table(recipe, references),
        "## Reproduce\n\nDATA is a folder laid out as `docs/data.md` says.\n\n```sh\n"
        f"undertone train {recipe.task}{backend} {command} --output models/{config.name}\n"
        f"undertone evaluate models/{config.name} {command}{beam}\n```",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def results(measured: Measured) -> str:
    reports = {file: one for file, one in measured.scores.items() if isinstance(one, ClassificationReport)}
    if reports:
        return sentiment_results(reports)
    lists = {file: one for file, one in measured.scores.items() if isinstance(one, list)}
    if any(isinstance(score, Perplexity) for several in lists.values() for score in several):
        return language_results(cast(dict[str, list[Perplexity]], lists))
    return translation_results(cast(dict[str, list[TranslationScore]], lists), measured.beam)


def language_results(scores: dict[str, list[Perplexity]]) -> str:
    note = (
        "Perplexity, beside that of a 4-gram model with interpolated Kneser-Ney smoothing that has read the same texts "
        "in the same tokens. That of a word (English) or a character (Chinese) can be compared between vocabularies; "
        "the end of a text counts in both."
    )
    return f"{note}\n\n{perplexity_table(scores)}"


def sentiment_results(reports: dict[str, ClassificationReport]) -> str:
    rows = [
        [file, f"{one.confusion.sum():,}", *(f"{100 * v:.1f}" for v in (one.macro_recall, one.macro_f1, one.accuracy))]
        for file, one in reports.items()
    ]
    head = ["set", "texts", "macro-recall", "macro-F1", "accuracy"]
    details = "\n\n".join(f"{file}\n{one}" for file, one in reports.items())
    note = "In percent; a label that a set lacks is left out of its averages."
    return f"{note}\n\n{table(head, rows, '---:')}\n\n```\n{details}\n```"


def translation_results(scores: dict[str, list[TranslationScore]], beam: int) -> str:
    rows = [[file, *(f"{one.score:.1f}" for one in several)] for file, several in scores.items()]
    metrics = [*scores.values()][-1] if scores else []
    details = "\n".join(f"{one.name}: {one.signature}" for one in metrics)
    note = f"Beam {beam}, length penalty 1, cased, detokenised; whole lines, by sacreBLEU."
    return f"{note}\n\n{table(['set', *(one.name for one in metrics)], rows, '---:')}\n\n```\n{details}\n```"


def calibration_section(measured: Measured) -> str:
    """The calibration of a classifier: its confidence beside the share of right answers; empty for other models."""
    found = {
        file: one.calibration
        for file, one in measured.scores.items()
        if isinstance(one, ClassificationReport) and one.calibration is not None
    }
    if not found:
        return ""
    total = functools.reduce(operator.add, found.values())
    note = (
        f"The expected calibration error (ECE, {len(total.counts)} bins) is the mean distance, in percent, of the "
        "score of the answer and the share of right answers among those with like scores. The temperature was chosen "
        "on the dev sets."
    )
    errors = [[file, f"{100 * one.error:.1f}"] for file, one in found.items()]
    bins = [
        [f"{n / len(total.counts):.2f} to {(n + 1) / len(total.counts):.2f}", f"{count:,}"]
        + [f"{100 * part / count:.1f}" for part in (total.confidence[n], total.right[n])]
        for n, count in enumerate(total.counts)
        if count
    ]
    errors.append(["all", f"{100 * total.error:.1f}"])
    return "\n\n".join(
        [
            "## Calibration",
            note,
            table(["set", "ECE"], errors, "---:"),
            "All sets together, by the score of the answer:",
            table(["score", "texts", "mean score", "right"], bins, "---:"),
        ]
    )


def seeds_section(measured: Measured) -> str:
    """The spread of scores over seeds; empty with fewer than two runs."""
    if len(measured.seeds) < 2:
        return ""
    head = ["set", "this model", *(f"run {n}" for n in range(1, len(measured.seeds) + 1)), "mean", "spread"]
    rows = []
    for file, own in measured.scores.items():
        values = [headline(run[file]) for run in measured.seeds]
        cells = [headline(own), *values, statistics.fmean(values), statistics.stdev(values)]
        rows.append([file, *(f"{value:.1f}" for value in cells)])
    metric = next(map(metric_of, measured.scores.values()))
    steps = " or ".join(f"{count:,}" for count in sorted(measured.seed_steps))
    note = (
        f"{metric}; the runs are of the recipe from nothing, {steps} steps each, "
        "with other seeds; mean and spread (standard deviation) are theirs."
    )
    return f"## Seeds\n\n{note}\n\n" + table(head, rows, "---:")


def headline(scores: Scores) -> float:
    """The first number of a score, out of 100; a perplexity as it is."""
    if isinstance(scores, ClassificationReport):
        return 100 * scores.macro_recall
    return scores[0].value if isinstance(scores[0], Perplexity) else scores[0].score


def metric_of(scores: Scores) -> str:
    if isinstance(scores, ClassificationReport):
        return "Macro-recall"
    return "Perplexity" if isinstance(scores[0], Perplexity) else "BLEU"


def behaviour_section(measured: Measured) -> str:
    """Behaviour of a classifier or robustness of a translator; empty where no suite has been run."""
    if measured.behaviour:
        note = (
            "Pass rates of `configs/behaviour`, in the manner of CheckList (Ribeiro et al. 2020): MFT asks for a "
            "label, INV for no change of it, DIR for a change of the score in the right direction."
        )
        return f"## Behaviour\n\n{note}\n\n{behaviour_table(measured.behaviour)}"
    if measured.robustness:
        note = "What users send, through the service's own path (`configs/behaviour/translation.yaml`)."
        parts = [f"{direction}:\n\n{robustness_table(one)}" for direction, one in measured.robustness.items()]
        return "\n\n".join(["## Behaviour", note, *parts])
    return ""


def training(config: ModelConfig, recipe: Recipe, measured: Measured) -> str:
    options = recipe.optimisation
    held = [spec for spec in recipe.data if spec.holdout and spec.labelled]
    chosen = recipe.dev + [f"the {spec.holdout:.0%} of {spec.shown} held out" for spec in held]
    text = (
        f"AdamW, learning rate {options.learning_rate} with {options.warmup} steps of warm-up and linear decay over "
        f"{options.steps:,} steps of {options.batch_tokens:,} padded tokens, gradient norm clipped at {options.clip}, "
        f"label smoothing {options.label_smoothing}, moving average of the weights ({options.average}), seed "
        f"{options.seed}. Within a run the best weights are chosen on {', '.join(chosen)}, and on no other set."
    )
    if options.balance:
        text += f" The classes of each corpus weigh (1 / frequency) to the power of {options.balance}."
    if recipe.teacher:
        teacher = shown_file(recipe.teacher)
        text += (
            f" A teacher's answer ({teacher}) counts {recipe.distillation:.0%}, the label the rest."
            if recipe.distillation
            else f" A teacher ({teacher}) labels the texts that have no label."
        )
        text += " `docs/data.md` says more of teachers."
    if options.precision != FLOAT32:
        text += f" Forward passes in {options.precision}, where the device multiplies in it."
    if options.largest_offset:
        text += f" The labels' logits were moved, by at most {options.largest_offset}, for the best dev metric."
    if config.task == "sentiment":
        text += f" Probabilities are calibrated on the same sets by a temperature of {config.temperature:.2f}."
    if measured.log:
        best, last = max(measured.log, key=lambda entry: entry["dev/metric"]), measured.log[-1]
        text += (
            f" Chosen: step {best['step']:,}, dev metric {best['dev/metric']:.4f}; training took "
            f"{last['seconds'] / 60:.0f} minutes up to step {last['step']:,}."
        )
    plot = f"\n\n![loss, gradient norm and dev metric over steps]({measured.plot})" if measured.plot else ""
    return f"{text} {recipe.provenance}".strip() + plot


def data_table(recipe: Recipe, references: dict[str, dict[str, str]]) -> str:
    rows = []
    for spec in recipe.data:
        reference = references.get(corpus_of(spec.file), UNKNOWN)
        rows.append([spec.shown, ", ".join(uses_of(spec, recipe)), reference["what"], reference["licence"]])
    return table(["corpus", "use", "what it is", "licence"], rows) + (
        "\n\nLicences are given as the sources state them, and some allow research only: settle that before you use "
        "the weights in a product."
    )


def uses_of(spec: CorpusSpec, recipe: Recipe) -> list[str]:
    uses = [f"{spec.share:.0%} of it" if spec.share < 1 else "all of it"]
    uses += [f"{spec.repeat} times an epoch"] if spec.repeat > 1 else []
    uses += ["its labels alone, without the teacher"] if recipe.teacher and not spec.taught else []
    uses += ["its sentences, labelled by the teacher alone"] if spec.sentences else []
    uses += [f"{spec.variants} altered copies of each, labelled by the teacher alone"] if spec.variants else []
    uses += ["one side, labelled by the teacher that reads the other"] if spec.parallel else []
    uses += [f"one side, the other translated back by {shown_file(spec.translated)}"] if spec.translated else []
    uses += [f"one side, the other translated by {shown_file(spec.distilled)}"] if spec.distilled else []
    return uses


def corpus_of(file: str) -> str:
    """The name of a corpus: `en/tweeteval.train` and `train/tatoeba.en-de` are of `tweeteval` and `tatoeba`."""
    return Path(file).name.partition(".")[0]
