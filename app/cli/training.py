"""The commands that make and score models: train, data, teach, evaluate. Heavy imports wait until a command runs."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cli.local import CommandError, UsageError, local_pipeline, settings_of
from app.extras import needed
from app.settings import Settings
from app.training import command as training
from app.training.errors import TrainingError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    training.add_train(commands).set_defaults(run=train)

    training.add_data(commands).set_defaults(run=data)

    training.add_teach(commands).set_defaults(run=teach)

    command = commands.add_parser("evaluate", help="score models on files in the corpora's format")
    command.add_argument("model", type=Path, nargs="?", help="model folder")
    command.add_argument(
        "files", type=Path, nargs="*", help="TSV files, plain or xz; with --all they replace the dev sets"
    )
    command.add_argument(
        "--all", action="store_true", help="score every model on every dev set that fits it, and its behaviour"
    )
    command.add_argument("--config", type=Path, help="recipe whose report sets to score; writes the model card")
    command.add_argument("--data", type=Path, help="folder of the corpora, with --config or --all")
    command.add_argument("--run-dir", type=Path, help="folder of the training run, for the card, with --config")
    command.add_argument(
        "--seeds", type=Path, nargs="+", default=[], metavar="RUN", help="runs with other seeds, for the card's spread"
    )
    command.add_argument(
        "--beam", type=int, choices=range(1, 17), default=4, metavar="N", help="beam width of translation, up to 16"
    )
    command.add_argument("--runtime", choices=("torch", "onnx"), default="torch", help="runtime of the models")
    command.add_argument(
        "--output", type=Path, help="file for translations or predicted labels; with --all for the report, .md or .json"
    )
    command.add_argument(
        "--models-dir", "--models", default=argparse.SUPPRESS, help="with --all: folder of model folders"
    )
    command.add_argument("--configs", type=Path, default=Path("configs"), help="with --all: folder of the recipes")
    command.add_argument(
        "--runs", type=Path, default=Path("runs"), help="with --all: folder that keeps the predictions of baselines"
    )
    command.set_defaults(run=evaluate)


def train(options: argparse.Namespace) -> int:
    with telling("training"):
        return training.train(options)


def data(options: argparse.Namespace) -> int:
    with telling("preparing data"):
        return training.data(options)


def teach(options: argparse.Namespace) -> int:
    with telling("teaching"):
        return training.teach(options)


def evaluate(options: argparse.Namespace) -> int:
    with telling("evaluation"):
        from app.evaluation.evaluate import evaluate, evaluate_recipe
        from app.huggingface.hub import is_hub_layout
        from app.training.loading import load
        from app.training.recipe import RECURRENT, TRANSFORMER, load_recipe

        if options.all:
            return evaluate_all(options)
        if not options.model or bool(options.config) == bool(options.files) or (options.config and not options.data):
            raise UsageError("name --all, or a model and either files, or --config RECIPE with --data DIR")
        if options.output and len(options.files) != 1:
            raise UsageError("--output is for what a model says of one file")
        if options.config and options.runtime != "torch":
            raise UsageError("cards have the scores of torch, so --runtime is for files and --all")
        if options.config:
            recipe = load_recipe(options.config, TRANSFORMER if is_hub_layout(options.model) else RECURRENT)
            entry: dict[str, Any] = {"robustness": {}}
            if recipe.task == "translation":
                entry |= {"model": recipe.name, "directions": recipe.directions}
                add_robustness([entry], Settings(models_dir=options.model.parent), options.config.parent)
            arguments = (options.model, recipe, options.config, options.data, options.beam, options.run_dir)
            print(evaluate_recipe(*arguments, entry["robustness"], options.seeds))
            return 0
        loaded = load(options.model)
        for file in options.files:
            print(evaluate(loaded, file, beam=options.beam, runtime=options.runtime, output=options.output))
    return 0


def evaluate_all(options: argparse.Namespace) -> int:
    from app.evaluation.evaluate_all import evaluate_all
    from app.evaluation.plots import PLOT
    from app.evaluation.report import markdown, published, write_report

    files = [file for file in (options.model, *options.files) if file]
    if not files and not options.data:
        raise UsageError("--all wants --data DIR, the folder of the corpora, or files")
    settings = settings_of(options)
    found = evaluate_all(
        settings.models_dir,
        options.data,
        options.configs,
        files=files,
        cache=options.runs / "baseline",
        beam=options.beam,
        runtime=options.runtime,
    )
    if not files:
        add_robustness(found["translation"], settings, options.configs)
    page = options.output or Path(".")
    plots = {
        entry["model"]: os.path.relpath(settings.models_dir / entry["folder"] / PLOT, page.parent)
        for entry in (*found["sentiment"], *found["translation"])
        if (settings.models_dir / entry["folder"] / PLOT).is_file()
    }
    if options.output:
        write_report(found, options.output, options.configs, plots)
    print(markdown(found, published(options.configs), plots))
    return 0


def add_robustness(entries: list[dict[str, Any]], settings: Settings, configs: Path) -> None:
    """Add the results of the robustness suite to the entries; it translates through the pipeline like `undertone
    translate`."""
    from app.evaluation.robustness import check

    cases = configs / "behaviour" / "translation.yaml"

    async def run() -> None:
        async with local_pipeline(settings) as pipeline:
            for entry in entries:

                async def translate(text: str, source: str, target: str, model: str = entry["model"]) -> str:
                    return (await pipeline.translate(text, source=source, target=target, model=model)).translation

                entry["robustness"] = await check(translate, entry["directions"], cases)

    if entries and cases.is_file():
        asyncio.run(run())


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Raise the errors that a user can fix, in corpora, recipes and model folders, as CommandError."""
    try:
        from app.nets.folder import ModelFolderError
    except ImportError as error:
        raise CommandError(f"{what} needs {needed('train')} ({error})") from error
    try:
        yield
    except ImportError as error:
        raise CommandError(f"{what} needs {needed('train')} ({error})") from error
    except (TrainingError, ModelFolderError) as error:
        raise CommandError(str(error)) from error
