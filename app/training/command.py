"""The commands `train`, `data` and `teach`. The first two also run by `python -m app.training`, on a machine that has
torch, numpy, safetensors, tokenizers, sacrebleu, tqdm and PyYAML alone. Each imports what it needs when it runs."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from app.training.errors import RecipeError

UNFINISHED = 75  # exit status of a run that ended by its time limit and can be continued (EX_TEMPFAIL)


def add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    command = commands.add_parser("train", help="train a model by a recipe, or continue a run")
    command.add_argument("task", choices=("sentiment", "translation", "language"))
    command.add_argument("--config", type=Path, required=True, help="recipe, a YAML file of configs/")
    command.add_argument(
        "--backend",
        choices=("recurrent", "transformer"),
        default="recurrent",
        help="the model to train on the recipe's data: its own, or that of its section transformer",
    )
    command.add_argument("--data", type=Path, help="folder of the corpora (docs/data.md)")
    command.add_argument("--packed", type=Path, help="instead of --data: folder that `undertone data` wrote")
    command.add_argument("--run-dir", type=Path, help="checkpoints and logs; default runs/NAME")
    command.add_argument(
        "--begin", type=Path, metavar="MODEL", help="model folder whose weights and vocabulary the run begins with"
    )
    command.add_argument(
        "--new-vocabulary",
        action="store_true",
        help="with --begin: train a vocabulary on the corpora, and begin with the weights alone",
    )
    command.add_argument("--output", type=Path, help="folder to copy the best model to, such as models/NAME")
    command.add_argument("--stop-after", type=int, metavar="STEP", help="stop at this step; a later call goes on")
    command.add_argument(
        "--stop-after-s",
        type=float,
        metavar="SECONDS",
        help=f"end within so many seconds, with status {UNFINISHED} if there is more to do; a later call goes on",
    )
    command.add_argument("--seed", type=int, help="instead of the recipe's; needs a --run-dir of its own")
    command.add_argument("--steps", type=int, help="instead of the recipe's")
    command.add_argument(
        "--only", metavar="FILE", help="train on this corpus of the recipe alone, to measure the value of the others"
    )
    command.add_argument("--minutes", type=float, help="end the run after so many minutes, over all its calls")
    return command


def add_data(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    command = commands.add_parser("data", help="clean and pack the corpora of recipes, to train elsewhere")
    command.add_argument("names", nargs="*", metavar="NAME", help="recipes to pack; default: all")
    command.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    command.add_argument("--configs", type=Path, default=Path("configs"), help="folder of the recipes")
    command.add_argument("--output", type=Path, default=Path("packed"), help="folder to write, one folder a recipe")
    command.add_argument("--most-mb", type=float, default=250, help="megabytes that all packs may have together")
    return command


def add_teach(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    command = commands.add_parser("teach", help="write the answers of teachers to the texts of a sentiment recipe")
    command.add_argument("--config", type=Path, required=True, help="recipe of the student, which names the file")
    command.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    command.add_argument(
        "--teachers",
        nargs="+",
        required=True,
        metavar="TEACHER[=WEIGHT]",
        help="model folder, file of answers, or `baseline`: TF-IDF with logistic regression on the recipe's corpora",
    )
    command.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="file whose answers are kept: teachers are asked about the other texts alone",
    )
    command.add_argument("--output", type=Path, required=True, help="file to write, .npz")
    return command


def train(options: argparse.Namespace) -> int:
    """Raises TrainingError and ModelFolderError."""
    started = time.monotonic()
    from app.training.recipe import TRANSFORMER, load_recipe
    from app.training.run import FINISHED, alone, publish, train

    recipe = load_recipe(options.config, options.backend)
    if recipe.task != options.task:
        raise RecipeError(f"{options.config} is a recipe for {recipe.task}")
    if bool(options.data) == bool(options.packed):
        raise RecipeError(
            "name either --data, the folder of the corpora, or --packed, the folder that `undertone data` wrote"
        )
    if options.packed and options.backend == TRANSFORMER:
        raise RecipeError("packs are of a recipe's own model; train that of its section transformer with --data")
    if options.minutes:
        recipe.optimisation.minutes = options.minutes
    if options.seed is not None:
        recipe.optimisation.seed = options.seed
    if options.steps is not None:
        recipe.optimisation.steps = options.steps
    if options.only:
        alone(recipe, options.only)
    folder = options.run_dir or Path("runs") / recipe.name
    deadline = started + options.stop_after_s if options.stop_after_s else None
    best = train(
        recipe,
        options.data,
        folder,
        packed=options.packed,
        begin=options.begin,
        new_vocabulary=options.new_vocabulary,
        stop_after=options.stop_after,
        deadline=deadline,
    )
    if options.output and best.is_dir():
        publish(best, options.output)
    under_torchrun = "TORCHELASTIC_RUN_ID" in os.environ  # it treats every status but 0 as a failure
    done = options.stop_after_s is None or (folder / FINISHED).is_file() or under_torchrun
    return 0 if done else UNFINISHED


def data(options: argparse.Namespace) -> int:
    """Raises TrainingError."""
    from app.training.data.preparation import prepare

    report = prepare(options.data, options.configs, options.output, options.names, options.most_mb)
    sys.stdout.write(report)
    return 0


def teach(options: argparse.Namespace) -> int:
    """Raises TrainingError and ModelFolderError."""
    from app.training.data.corpora import below
    from app.training.distillation import teach
    from app.training.recipe import load_recipe

    recipe = load_recipe(options.config)
    if recipe.task != "sentiment" or not recipe.teacher:
        raise RecipeError(f"{options.config} is no recipe of a sentiment model with a teacher")
    teachers = {}
    for one in options.teachers:
        name, _, weight = one.partition("=")
        try:
            teachers[name] = float(weight or 1)
        except ValueError:
            teachers[name] = 0.0
        if not 0 < teachers[name] < float("inf"):
            raise RecipeError(f"{one}: the weight of a teacher is a number above 0, as in {name}=0.4")
    sys.stdout.write(teach(recipe, below(options.data, recipe.task), teachers, options.output, options.keep))
    return 0
