"""Scores a model folder on corpora, and writes its model card from what it measured."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from app.evaluation.evaluate_all import behaviour
from app.evaluation.report import behaviour_table, card_head, robustness_table
from app.nets.config import ModelConfig
from app.nets.folder import CARD
from app.training.data.corpora import below, shown_file
from app.training.errors import CorpusError
from app.training.loading import Loaded, load
from app.training.loop import BEST
from app.training.metrics import ClassificationReport, TranslationScore
from app.training.recipe import FLOAT32, TRANSFORMER, Recipe
from app.training.scoring import evaluate_sentiment, evaluate_translation

Robustness = dict[str, list[dict[str, Any]]]  # by direction, the outcomes of `app/evaluation/robustness.py`
Scores = ClassificationReport | list[TranslationScore]
REFERENCES = "corpora.yaml"  # beside the recipes: what each corpus is, and its licence
UNKNOWN = {"what": f"not described in `{REFERENCES}`", "licence": "unstated"}


def score(loaded: Loaded, file: Path, *, beam: int, runtime: str = "torch", output: Path | None = None) -> Scores:
    """Scores on one file; `output` takes a line of it each: a label or a translation."""
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
    """What `undertone evaluate MODEL FILE` prints. Raises CorpusError."""
    return f"{file.name}\n{shown(score(loaded, file, beam=beam, runtime=runtime, output=output))}"


def evaluate_recipe(
    folder: Path,
    recipe: Recipe,
    recipe_file: Path,
    data: Path,
    beam: int,
    run_dir: Path | None = None,
    robustness: Robustness | None = None,
    seeds: Sequence[Path] = (),
) -> str:
    """Score a model on the report sets of its recipe, write its card, and return what to print. `robustness` is what
    was found of a translator through the service's path, `seeds` are folders of training runs with other seeds."""
    data = below(data, recipe.task)
    loaded = load(folder)
    measured = [loaded, *(load(run / BEST) for run in seeds)]
    sources = yaml.safe_load((recipe_file.parent / REFERENCES).read_text("utf-8"))
    history = read_history(run_dir) if run_dir else []
    steps = sorted({read_history(run)[-1]["step"] for run in seeds})
    scores, *runs = ({file: score(one, data / file, beam=beam) for file in recipe.report} for one in measured)
    parts = [spread_part(scores, runs, steps), behaviour_part(loaded, recipe_file.parent, robustness or {})]
    suites = "\n\n".join(filter(None, parts))
    card = model_card(loaded.config, recipe, recipe_file, loaded.parameters, scores, sources, history, beam, suites)
    head = card_head(recipe.languages) + "\n" if recipe.architecture == TRANSFORMER else ""
    (folder / CARD).write_text(head + card, "utf-8")
    return "\n\n".join(f"{file}\n{shown(found)}" for file, found in scores.items())


def spread_part(served: dict[str, Scores], runs: list[dict[str, Scores]], steps: list[int]) -> str:
    """The section of a card on what a seed changes; empty where there are not two runs to compare. `steps` are the
    lengths of the runs."""
    if len(runs) < 2:
        return ""
    columns = ["this model", *(f"run {number}" for number in range(1, len(runs) + 1)), "mean", "spread"]
    rows = [f"| set | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    for file in served:
        found = [headline(run[file]) for run in runs]
        cells = [headline(served[file]), *found, statistics.fmean(found), statistics.stdev(found)]
        rows.append(f"| {file} | " + " | ".join(f"{value:.1f}" for value in cells) + " |")
    what = "Macro-recall" if recipe_is_sentiment(served) else "BLEU"
    length = " or ".join(f"{count:,}" for count in steps)
    note = (
        f"the runs are of the recipe from nothing, {length} steps each, with other seeds; "
        "mean and spread (standard deviation) are theirs."
    )
    return f"## Seeds\n\n{what}; {note}\n\n" + "\n".join(rows)


def headline(scores: Scores) -> float:
    """The first number of a score, out of 100."""
    return 100 * scores.macro_recall if isinstance(scores, ClassificationReport) else scores[0].score


def behaviour_part(loaded: Loaded, configs: Path, robustness: Robustness) -> str:
    """The section of a card on behaviour; empty where there is no suite of the model's language."""
    if loaded.config.task == "sentiment":
        outcomes = behaviour(loaded.runner("torch"), loaded.tokenizer, configs)
        note = (
            "Pass rates of `configs/behaviour`, in the manner of CheckList (Ribeiro et al. 2020): MFT asks for a "
            "label, INV for no change of it, DIR for a change of the score in the right direction."
        )
        return f"## Behaviour\n\n{note}\n\n{behaviour_table(outcomes)}" if outcomes else ""
    if not robustness:
        return ""
    parts = [f"{direction}:\n\n{robustness_table(outcomes)}" for direction, outcomes in robustness.items()]
    note = "What users send, through the service's own path (`configs/behaviour/translation.yaml`)."
    return "\n\n".join(["## Behaviour", note, *parts])


def shown(scores: Scores) -> str:
    return str(scores) if isinstance(scores, ClassificationReport) else "\n".join(map(str, scores))


def read_history(run_dir: Path) -> list[dict[str, Any]]:
    """The evaluations that a training run logged. Raises CorpusError."""
    log = run_dir / "log.jsonl"
    if not log.is_file():
        raise CorpusError(f"{run_dir}: no log of a training run in it")
    lines = log.read_text("utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if "dev/metric" in entry]


def model_card(
    config: ModelConfig,
    recipe: Recipe,
    recipe_file: Path,
    parameters: int,
    scores: dict[str, Scores],
    sources: dict[str, dict[str, str]],
    history: list[dict[str, Any]],
    beam: int,
    suites: str = "",
) -> str:
    """The text of a model's README.md."""
    sizes = ", ".join(f"{name} {value}" for name, value in (config.sizes or recipe.sizes).items())
    command = f"--config {recipe_file} --data DATA/{recipe.task}"
    backend = " --backend transformer" if recipe.architecture == TRANSFORMER else ""
    parts = [
        f"# {config.name}\n\n{recipe.description}. Architecture `{config.architecture}`, {parameters:,} parameters "
        f"({sizes or f'from {recipe.base}'}); reads at most {config.max_tokens} tokens; weights in float16.",
        f"## Use and limits\n\n{recipe.limits.strip()}",
        "## Results\n\n" + results(scores, beam),
        *([suites] if suites else []),
        "## Training\n\n" + training(config, recipe, history),
        "## Data and licences\n\n" + data_table(recipe, sources),
        "## Reproduce\n\nDATA is a folder laid out as `docs/data.md` says.\n\n```sh\n"
        f"undertone train {recipe.task}{backend} {command} --output models/{config.name}\n"
        f"undertone evaluate models/{config.name} {command} --beam {beam}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def results(scores: dict[str, Scores], beam: int) -> str:
    rows: list[str] = []
    details: list[str] = []
    for file, found in scores.items():
        if isinstance(found, ClassificationReport):
            rows.append(
                f"| {file} | {found.confusion.sum():,} | {100 * found.macro_recall:.1f} | {100 * found.macro_f1:.1f} "
                f"| {100 * found.accuracy:.1f} |"
            )
            details.append(f"{file}\n{found}")
        else:
            rows.append(f"| {file} | " + " | ".join(f"{one.score:.1f}" for one in found) + " |")
            details = [f"{one.name}: {one.signature}" for one in found]
    if recipe_is_sentiment(scores):
        head = "| set | texts | macro-recall | macro-F1 | accuracy |\n| --- | ---: | ---: | ---: | ---: |"
        note = "In percent; a label that a set lacks is left out of its averages."
    else:
        names = [one.name for found in scores.values() if isinstance(found, list) for one in found][:2]
        head = f"| set | {' | '.join(names)} |\n| --- | {' | '.join('---:' for _ in names)} |"
        note = f"Beam {beam}, length penalty 1, cased, detokenised; whole lines, by sacreBLEU."
    fence = "\n\n".join(details) if recipe_is_sentiment(scores) else "\n".join(details)
    return f"{note}\n\n{head}\n" + "\n".join(rows) + f"\n\n```\n{fence}\n```"


def recipe_is_sentiment(scores: dict[str, Scores]) -> bool:
    return any(isinstance(found, ClassificationReport) for found in scores.values())


def training(config: ModelConfig, recipe: Recipe, history: list[dict[str, Any]]) -> str:
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
            f" What a teacher ({teacher}) holds of a text counts {recipe.distillation:.0%}, its label the rest."
            if recipe.distillation
            else f" What has no label is labelled by a teacher ({teacher})."
        )
        text += " `docs/data.md` says more of teachers."
    if options.precision != FLOAT32:
        text += f" Forward passes in {options.precision}, where the device multiplies in it."
    if options.largest_offset:
        text += f" The labels' logits were moved, by at most {options.largest_offset}, for the best dev metric."
    if config.task == "sentiment":
        text += f" Probabilities are calibrated on the same sets by a temperature of {config.temperature:.2f}."
    if history:
        best = max(history, key=lambda entry: entry["dev/metric"])
        text += (
            f" Chosen: step {best['step']:,}, dev metric {best['dev/metric']:.4f}; training took "
            f"{history[-1]['seconds'] / 60:.0f} minutes up to step {history[-1]['step']:,}."
        )
    return f"{text} {recipe.provenance}".strip()


def data_table(recipe: Recipe, sources: dict[str, dict[str, str]]) -> str:
    rows = ["| corpus | use | what it is | licence |", "| --- | --- | --- | --- |"]
    for spec in recipe.data:
        source = sources.get(corpus_of(spec.file), UNKNOWN)
        use = [f"{spec.share:.0%} of it" if spec.share < 1 else "all of it"]
        use += [f"{spec.repeat} times an epoch"] if spec.repeat > 1 else []
        use += ["its labels alone, whatever the teacher holds"] if recipe.teacher and not spec.taught else []
        use += ["its sentences, labelled by the teacher alone"] if spec.sentences else []
        use += [f"{spec.variants} altered copies of each, labelled by the teacher alone"] if spec.variants else []
        use += ["one side, labelled by the teacher that reads the other"] if spec.parallel else []
        use += [f"one side, the other translated back by {shown_file(spec.translated)}"] if spec.translated else []
        rows.append(f"| {spec.shown} | {', '.join(use)} | {source['what']} | {source['licence']} |")
    return "\n".join(rows) + (
        "\n\nLicences are given as the sources state them, and some allow research only: settle that before you use "
        "the weights in a product."
    )


def corpus_of(file: str) -> str:
    """`en/tweeteval.train` and `train/tatoeba.en-de` to the corpus's name."""
    return Path(file).name.partition(".")[0]
