"""The command `models`: lists the models of the folder, adds some from elsewhere, removes some. Heavy imports wait
until a command runs."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.local import CommandError, UsageError, local_pipeline, settings_of, trial
from app.cli.measure import measure
from app.settings import Settings, split_list

if TYPE_CHECKING:
    from app.engine.messages import ModelInfo
    from app.huggingface.notes import Notes
    from app.store.folder import Change
    from app.store.source import Source

UNKNOWN = "unknown"
SETTINGS = {"sentiment": "UNDERTONE_SENTIMENT_MODEL", "translation": "UNDERTONE_TRANSLATION_MODELS"}  # by task


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("models", help="list the models that would be served, add and remove models")
    command.set_defaults(run=list_models)
    actions = command.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="list them (default)")
    listing.set_defaults(run=list_models)

    adding = actions.add_parser("add", help="add models from the hub, folders or archives")
    adding.add_argument(
        "sources", nargs="+", metavar="SOURCE",
        help="hub id (owner/name or owner/name@revision), folder, archive (zip or tar), or .argosmodel",
    )  # fmt: skip
    adding.add_argument("--name", help="name in requests; default: that of the repository, folder or archive")
    adding.add_argument("--directions", help="of a translator that does not tell them or has many, such as en-de+de-en")
    adding.add_argument("--labels", help="of a classifier's classes, in their order, such as negative,neutral,positive")
    adding.add_argument("--languages", help="that a classifier reads, such as en,de; default: those of its card")
    adding.add_argument("--force", action="store_true", help="replace a model of the same name")
    adding.set_defaults(run=add_models)

    removing = actions.add_parser("remove", help="remove models from the folder")
    removing.add_argument("names", nargs="+", metavar="NAME", help="as `undertone models` lists it")
    removing.set_defaults(run=remove_models)
    measuring = actions.add_parser("measure", help='measure which models are faster, for `"prefer": "speed"`')
    measuring.set_defaults(run=measure)
    for one in (adding, removing):
        one.add_argument("-y", "--yes", action="store_true", help="answer every question with yes")
    for one in (command, listing, adding, removing, measuring):
        one.add_argument("--models-dir", default=argparse.SUPPRESS, help="folder of model folders")


def list_models(options: argparse.Namespace) -> int:
    from app.store.folder import entries

    settings = settings_of(options)
    if not settings.models_dir.is_dir():
        raise CommandError(f"{settings.models_dir}: no such folder")
    for name in filter(None, [settings.sentiment_model, *settings.translation_models]):
        print(f"{name}\tby the settings")
    for entry in entries(settings.models_dir):
        licence = entry.licence or UNKNOWN
        print(entry.name, entry.task, entry.speaks, megabytes(entry.size), licence, entry.backend, sep="\t")
    return 0


def add_models(options: argparse.Namespace) -> int:
    if options.name is not None and len(options.sources) > 1:
        raise UsageError("--name is for one model: add the others by commands of their own")
    settings = settings_of(options)
    with telling(settings.models_dir):
        from app.store.folder import changing

        for source in options.sources:
            with changing(settings.models_dir) as change:
                add_one(source, change, options, settings)
    return 0


def add_one(source: str, change: Change, options: argparse.Namespace, settings: Settings) -> None:
    """Fetch a model, try it and publish it. Raises CommandError, ModelFolderError and OSError."""
    from app.huggingface.notes import write_notes
    from app.store.folder import entries, spoken
    from app.store.layout import UNDERTONE
    from app.store.pickles import convert, is_pickled
    from app.store.source import fetch

    found = fetch(source, change.work, lambda question: confirm(question, options.yes))
    notes = replace(stated_by(options), source=found.origin, licence=found.licence)
    is_ours = found.layout == UNDERTONE
    if is_ours and (notes.directions or notes.labels or notes.languages):
        raise CommandError(f"{source}: its config.json states directions, labels and languages: leave the options out")
    name = name_of(found, is_ours, options.name)
    known = entries(change.models_dir)
    replaced = next((entry for entry in known if entry.name == name), None)
    target = change.models_dir / name
    if replaced is not None and not options.force:
        raise CommandError(f"{change.models_dir} has a model {name} already: --force replaces it, --name adds another")
    if target.exists() and (replaced is None or replaced.folder != target):
        raise CommandError(f"{target} exists, and is not the folder of {name}: --name gives the model another name")
    folder = change.copy(found, name)
    if is_pickled(folder):
        print(f"undertone: converting the weights of {name} to safetensors", file=sys.stderr)
        convert(folder, name)
    if is_ours:
        fields = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps({**fields, "name": name}, indent=2, ensure_ascii=False) + "\n")
    else:
        write_notes(folder, notes)
    info, sample, answer = tried(change.models, name, settings)
    speaks = spoken(info.directions, info.languages)
    if not is_ours:
        write_notes(folder, replace(notes, task=info.task, speaks=speaks, parameters=info.parameters))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    change.publish(name, replaced.folder if replaced else None)
    print(f"{name}\t{info.task}\t{speaks}\t{megabytes(size)}\tlicence {found.licence or UNKNOWN}")
    print(f"  {sample} -> {answer}")
    print(
        f"undertone: added to {change.models_dir}; a running service serves it after `undertone reload PID`",
        file=sys.stderr,
    )
    others = [entry for entry in known if entry.task == info.task and entry is not replaced]
    spoken_by_it = set(speaks.split(", "))
    print_precedence(name, info.task, [one.name for one in others if spoken_by_it & set(one.speaks.split(", "))])


def print_precedence(name: str, task: str, others: list[str]) -> None:
    """Tell whether a model or one of `others` answers by default: the first by name does (`UNDERTONE_PREFER`)."""
    if not others or task not in SETTINGS:
        return
    setting = SETTINGS[task]
    first = min(others)
    if name < first:
        note = f"{name} answers before {', '.join(others)}; requests name another by `model`, or {setting} does"
    else:
        note = f"{first} answers before {name}; requests name it by `model`, or set {setting}={name}"
    print(f"undertone: {note}", file=sys.stderr)


def stated_by(options: argparse.Namespace) -> Notes:
    """The facts that the options state about a model. Raises CommandError."""
    from app.huggingface.directions import named_directions
    from app.huggingface.labels import LABELS
    from app.huggingface.notes import Notes
    from app.text.languages.codes import canonical

    labels: list[str] = split_list(options.labels or "")
    if unknown := sorted(set(labels) - set(LABELS)):
        raise UsageError(f"--labels has {', '.join(unknown)}; labels are {', '.join(LABELS)}")
    directions = options.directions.split("+") if options.directions else []
    try:
        languages = [canonical(code) for code in split_list(options.languages or "")]
        for direction in directions:
            named_directions(direction)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Notes(labels, languages, directions)


def name_of(found: Source, is_ours: bool, wished: str | None) -> str:
    """Raises CommandError for a name that is none."""
    from app.nets.folder import read_config
    from app.store.folder import NAME

    name = wished if wished is not None else read_config(found.folder)[0].name if is_ours else found.name
    if not NAME.fullmatch(name):
        raise CommandError(
            f"{name[:100]!r} is no name for a model: give one of letters, digits, points, hyphens and underscores, "
            "by --name"
        )
    return name


def tried(models_dir: Path, name: str, settings: Settings) -> tuple[ModelInfo, str, str]:
    """The model as an engine serves it, a text and the model's answer to it. Raises CommandError."""
    by_settings: dict[str, Any] = {
        "sentiment_model": "",
        "sentiment_labels": [],
        "sentiment_languages": [],
        "translation_models": [],
    }
    alone = settings.model_copy(update={"models_dir": models_dir, "cpu_engines": 1, **by_settings})

    async def answered() -> tuple[ModelInfo, str, str]:
        async with local_pipeline(alone) as pipeline:
            [info] = pipeline.models
            path, body = trial(info)
            if path == "/translate":
                translation = await pipeline.translate(body["text"], source=body["source"], target=body["target"])
                return info, body["text"], translation.translation
            if path == "/generate":
                generation = await pipeline.generate(body["prompt"], language=body["language"])
                return info, body["prompt"], generation.text
            sentiment = await pipeline.sentiment(body["text"], language=body["language"])
            return info, body["text"], f"{sentiment.label} {sentiment.scores[sentiment.label]:.3f}"

    from app.engine.errors import EngineError
    from app.pipeline.errors import PipelineError

    try:
        return asyncio.run(answered())
    except CommandError as error:
        raise CommandError(f"{name} cannot be served, for the reason above; nothing was added") from error
    except (EngineError, PipelineError) as error:
        raise CommandError(f"{name} answers no sentence: {error} Nothing was added.") from error


def remove_models(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    with telling(settings.models_dir):
        from app.store.folder import entries, remove

        for name in options.names:
            here = entries(settings.models_dir)
            entry = next((one for one in here if one.name == name), None)
            if entry is None:
                names = ", ".join(one.name for one in here) or "none"
                raise CommandError(f"{settings.models_dir} has no model {name!r}; there is {names}")
            confirm(f"this removes {entry.folder} ({megabytes(entry.size)})", options.yes)
            remove(entry)
            print(f"removed {name}\t{megabytes(entry.size)}")
    return 0


def confirm(statement: str, yes: bool) -> None:
    """Ask whether to go on. Raises CommandError where the answer is no, or there is nobody to ask."""
    if yes:
        print(f"undertone: {statement}", file=sys.stderr)
    elif not sys.stdin.isatty():
        raise CommandError(f"{statement}. With --yes the command goes on all the same")
    elif input(f"{statement}. Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was changed")


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@contextmanager
def telling(models_dir: Path) -> Iterator[None]:
    """Raise the errors that a user can fix as CommandError."""
    from app.nets.folder import ModelFolderError

    try:
        yield
    except ModelFolderError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        place = error.filename or models_dir
        raise CommandError(f"{place}: {error.strerror or error}; nothing was changed") from error
