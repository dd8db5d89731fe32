"""The command `undertone`: serve, sentiment, translate, models, reload, keys, data, train, evaluate."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from tqdm import tqdm

from app.engine.client import EngineClient
from app.engine.errors import EngineError
from app.engine.supervisor import Supervisor
from app.keys import KeyFile, KeyFileError, add_key
from app.keys import parse as parse_keys
from app.pipeline import Pipeline, PipelineError
from app.settings import Settings
from app.training import command as training

Answer = Callable[[Pipeline, str], Awaitable[Any]]
AT_ONCE = 128  # lines under way at a time, which is what fills the engines' batches


class CommandError(Exception):
    """What the user has to change; printed without a traceback."""


def main(arguments: list[str] | None = None) -> int:
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except ValidationError as error:
        for entry in error.errors():
            name = "_".join(str(part) for part in entry["loc"]).upper()
            print(f"undertone: setting UNDERTONE_{name}: {entry['msg']}", file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"undertone: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="undertone", description="Sentiment and translation of texts.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("serve", help="start the web service")
    for name in (
        "host", "port", "http_workers", "models_dir", "sentiment_model", "translation_models", "device", "cpu_engines",
        "log_level",
    ):  # fmt: skip
        field = Settings.model_fields[name]
        command.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, help=field.description)
    command.set_defaults(run=serve)

    command = commands.add_parser("sentiment", help="the sentiment of texts, or of each line of files or stdin")
    add_text_arguments(command)
    command.add_argument("--language", default="auto", help="language of the texts; auto detects")
    command.set_defaults(run=sentiment)

    command = commands.add_parser("translate", help="translate texts, or each line of files or stdin")
    add_text_arguments(command)
    command.add_argument("--to", required=True, metavar="CODE", help="language to translate to, such as de")
    command.add_argument("--from", dest="source", default="auto", metavar="CODE", help="auto detects")
    command.add_argument("--beam", type=int, help="beam width; 1 is greedy search, the fastest")
    command.set_defaults(run=translate)

    command = commands.add_parser("models", help="list the models that would be served")
    command.add_argument("--models-dir", default=argparse.SUPPRESS)
    command.set_defaults(run=models)

    command = commands.add_parser("reload", help="have a running service take the models that are in its folder now")
    command.add_argument("pid", type=int, help="process of `undertone serve`, which it says at its start")
    command.set_defaults(run=reload)

    command = commands.add_parser("keys", help="make and list API keys")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("new", help="make a key: prints it, this once, and keeps its hash")
    action.add_argument("name", help="what logs call it, such as the application that will carry it")
    action.add_argument("--limit", metavar="N/TIME", help="most requests in a time, such as 600/minute")
    action.set_defaults(run=new_key)
    listing = actions.add_parser("list", help="names and limits of the keys")
    listing.set_defaults(run=list_keys)
    for one in (action, listing):
        one.add_argument("--file", type=Path, help="file of the hashes; default: UNDERTONE_API_KEYS_FILE")

    training.add_train(commands).set_defaults(run=train)

    training.add_data(commands).set_defaults(run=data)

    command = commands.add_parser("compare", help="train recurrent networks and a Transformer alike, and compare them")
    command.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    command.add_argument("--config", type=Path, default=Path("configs/comparison.yaml"), help="the networks")
    command.add_argument("--runs", type=Path, default=Path("runs/comparison"), help="checkpoints and logs")
    command.add_argument("--output", type=Path, default=Path("docs/comparison.md"), help="page with the marked region")
    command.add_argument("--stop-after-s", type=float, metavar="SECONDS", help="stop by then; a later call goes on")
    command.set_defaults(run=compare)

    command = commands.add_parser("evaluate", help="score models on files in the corpora's format")
    command.add_argument("model", type=Path, nargs="?", help="model folder")
    command.add_argument(
        "files", type=Path, nargs="*", help="TSV files, plain or xz; with --all instead of the dev sets"
    )
    command.add_argument(
        "--all", action="store_true", help="every model on every dev set that it fits, and its behaviour"
    )
    command.add_argument("--config", type=Path, help="recipe whose report sets to score; writes the model card")
    command.add_argument("--data", type=Path, help="folder of the corpora, with --config or --all")
    command.add_argument("--run-dir", type=Path, help="folder of the training run, for the card, with --config")
    command.add_argument(
        "--seeds", type=Path, nargs="+", default=[], metavar="BEST", help="models of other seeds, for the card's spread"
    )
    command.add_argument("--beam", type=int, default=4, help="beam width of translation")
    command.add_argument("--runtime", choices=("torch", "onnx"), default="torch", help="what runs the models")
    command.add_argument(
        "--output", type=Path, help="file for translations or predicted labels; with --all for the report, .md or .json"
    )
    command.add_argument(
        "--models-dir", "--models", default=argparse.SUPPRESS, help="with --all: folder of model folders"
    )
    command.add_argument("--configs", type=Path, default=Path("configs"), help="with --all: folder of the recipes")
    command.add_argument(
        "--runs", type=Path, default=Path("runs"), help="with --all: training runs to plot; floors' cache"
    )
    command.set_defaults(run=evaluate)
    return parser


def add_text_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("texts", nargs="*", metavar="TEXT", help="without texts and files, lines of stdin")
    command.add_argument("--file", type=Path, action="append", default=[], help="read lines of this file; repeatable")
    command.add_argument("--json", action="store_true", help="print JSON lines with everything known")
    command.add_argument("--model", help="name of a model; default: the first that fits")
    command.add_argument("--models-dir", default=argparse.SUPPRESS, help="folder of model folders")


def settings_of(options: argparse.Namespace) -> Settings:
    """The environment's settings, overridden by the options given."""
    given = {
        name: value for name, value in vars(options).items() if name in Settings.model_fields and value is not None
    }
    return Settings(**given)


def serve(options: argparse.Namespace) -> int:
    from app.serving import is_exposed, serve
    from app.tracing import TracingError, check

    settings = settings_of(options)
    reason = None
    if settings.api_keys_file is None and not settings.allow_anonymous and is_exposed(settings.host):
        reason = (
            f"others can reach {settings.host}, and there are no API keys. Make one with `undertone keys new NAME "
            "--file FILE` and set UNDERTONE_API_KEYS_FILE=FILE; or, where something in front keeps strangers out, "
            "set UNDERTONE_ALLOW_ANONYMOUS=true; or listen on 127.0.0.1."
        )
    try:
        if settings.api_keys_file is not None:
            KeyFile(settings.api_keys_file)
        if settings.otlp_endpoint is not None:
            check()
    except (KeyFileError, TracingError) as error:
        reason = str(error)
    if reason is not None:
        print(f"undertone: {reason}", file=sys.stderr)
        return 2
    return serve(settings)


def sentiment(options: argparse.Namespace) -> int:
    async def answer(pipeline: Pipeline, text: str) -> Any:
        return await pipeline.sentiment(text, language=options.language, model=options.model)

    return run_lines(options, answer, lambda found: f"{found.label}\t{found.scores[found.label]:.3f}\t")


def translate(options: argparse.Namespace) -> int:
    async def answer(pipeline: Pipeline, text: str) -> Any:
        return await pipeline.translate(
            text, source=options.source, target=options.to, model=options.model, beam=options.beam
        )

    return run_lines(options, answer, lambda found: found.translation)


def run_lines(options: argparse.Namespace, answer: Answer, show: Callable[[Any], str]) -> int:
    """Answer every line, in order; an empty one stays empty, one that cannot be answered is told on stderr."""
    lines = list(options.texts) or list(read_lines(options.file))
    failed = 0

    async def run() -> None:
        nonlocal failed
        async with local_pipeline(settings_of(options)) as pipeline:
            limit = asyncio.Semaphore(AT_ONCE)

            async def one(line: str) -> Any:
                if not line.strip():
                    return None
                async with limit:
                    try:
                        return await answer(pipeline, line)
                    except (PipelineError, EngineError) as error:
                        return error

            tasks = [asyncio.create_task(one(line)) for line in lines]
            progress = tqdm(zip(lines, tasks, strict=True), total=len(lines), unit="line", disable=len(lines) < AT_ONCE)
            for number, (line, task) in enumerate(progress, start=1):
                found = await task
                if isinstance(found, Exception):
                    failed += 1
                    print(f"undertone: line {number}: {found}", file=sys.stderr)
                print(rendered(line, found, options.json, show))

    asyncio.run(run())
    return 1 if failed else 0


def rendered(line: str, found: Any, as_json: bool, show: Callable[[Any], str]) -> str:
    if as_json:
        error = {"error": str(found)} if isinstance(found, Exception) else {}
        answer = {} if found is None or error else asdict(found)
        return json.dumps({"text": line, **answer, **error}, ensure_ascii=False)
    if found is None or isinstance(found, Exception):
        return ""
    shown = show(found)
    return shown + line if shown.endswith("\t") else shown


def read_lines(files: Iterable[Path]) -> Iterator[str]:
    try:
        for file in files:
            with file.open(encoding="utf-8", newline="\n") as opened:
                yield from (line.rstrip("\r\n") for line in opened)
        if not files:
            yield from (line.rstrip("\r\n") for line in sys.stdin)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read: {error}") from error


@asynccontextmanager
async def local_pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """A pipeline over engines of its own. Raises CommandError when they cannot start."""
    loop = asyncio.get_running_loop()
    failed = asyncio.Event()
    reasons: list[str] = []

    def fail(reason: str) -> None:
        reasons.append(reason)
        loop.call_soon_threadsafe(failed.set)

    supervisor = Supervisor(settings, on_failure=fail)
    client = EngineClient(supervisor.endpoints, sys.maxsize)
    supervisor.start()
    try:
        await client.start()
        waits = [asyncio.create_task(event.wait()) for event in (client.became_ready, failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if reasons:
            raise CommandError(reasons[0])
        yield await Pipeline.load(client, settings)
    finally:
        await client.close()
        await asyncio.to_thread(supervisor.stop)


def models(options: argparse.Namespace) -> int:
    from app.nets.folder import CONFIG, ModelFolderError, read_config
    from app.nets.hub import is_foreign

    settings = settings_of(options)
    for name in filter(None, [settings.sentiment_model, *settings.translation_models]):
        print(f"{name}\tby the settings")
    for path in sorted(settings.models_dir.glob(f"*/{CONFIG}")):
        if is_foreign(path.parent):
            print(f"{path.parent.name}\tin Hugging Face layout")
            continue
        try:
            config, _ = read_config(path.parent)
        except ModelFolderError as error:
            raise CommandError(str(error)) from error
        speaks = ", ".join(f"{a} to {b}" for a, b in config.directions) or ", ".join(config.languages)
        print(f"{config.name}\t{config.task}\t{speaks}\t{config.description}")
    return 0


def reload(options: argparse.Namespace) -> int:
    try:
        os.kill(options.pid, signal.SIGHUP)
    except OSError as error:
        raise CommandError(f"cannot signal process {options.pid}: {error}") from error
    return 0


def new_key(options: argparse.Namespace) -> int:
    file = key_file_of(options)
    try:
        key = add_key(file, options.name, options.limit)
    except (KeyFileError, OSError) as error:
        raise CommandError(f"{file}: {error}") from error
    print(key)
    print(f"undertone: its hash is in {file}; the key itself is kept nowhere and never shown again", file=sys.stderr)
    return 0


def list_keys(options: argparse.Namespace) -> int:
    file = key_file_of(options)
    try:
        keys = parse_keys(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise CommandError(f"{file}: {error}") from error
    for key in keys:
        print(f"{key.name}\t{key.limit or 'no limit'}\tsha256:{key.digest.hex()[:12]}...")
    return 0


def key_file_of(options: argparse.Namespace) -> Path:
    file: Path | None = options.file or settings_of(options).api_keys_file
    if file is None:
        raise CommandError("name the file of API keys: --file FILE, or UNDERTONE_API_KEYS_FILE")
    return file


def train(options: argparse.Namespace) -> int:
    with telling("training"):
        return training.train(options)


def compare(options: argparse.Namespace) -> int:
    with telling("the comparison"):
        return training.compare(options)


def data(options: argparse.Namespace) -> int:
    with telling("preparing data"):
        return training.data(options)


def evaluate(options: argparse.Namespace) -> int:
    with telling("evaluation"):
        from app.nets.hub import is_foreign
        from app.training.evaluation import evaluate, evaluate_recipe
        from app.training.recipe import RECURRENT, TRANSFORMER, load_recipe

        if options.all:
            return evaluate_all(options)
        if not options.model or bool(options.config) == bool(options.files) or (options.config and not options.data):
            raise CommandError("name --all, or a model and either files, or --config RECIPE with --data DIR")
        if options.config:
            recipe = load_recipe(options.config, TRANSFORMER if is_foreign(options.model) else RECURRENT)
            entry: dict[str, Any] = {"robustness": {}}
            if recipe.task == "translation":
                entry |= {"model": recipe.name, "directions": recipe.directions}
                add_robustness([entry], Settings(models_dir=options.model.parent), options.config.parent)
            arguments = (options.model, recipe, options.config, options.data, options.beam, options.run_dir)
            print(evaluate_recipe(*arguments, entry["robustness"], options.seeds))
        for file in options.files:
            print(evaluate(options.model, file, beam=options.beam, runtime=options.runtime, output=options.output))
    return 0


def evaluate_all(options: argparse.Namespace) -> int:
    from app.training.everything import evaluate_all
    from app.training.plots import plot_runs
    from app.training.report import markdown, published, write_report

    files = [file for file in (options.model, *options.files) if file]
    if not files and not options.data:
        raise CommandError("--all wants --data DIR, the folder of the corpora, or files")
    settings = settings_of(options)
    found = evaluate_all(
        settings.models_dir,
        options.data,
        options.configs,
        files=files,
        cache=options.runs / "floor",
        beam=options.beam,
        runtime=options.runtime,
    )
    if not files:
        add_robustness(found["translation"], settings, options.configs)
    plots = []
    if options.output and options.output.suffix == ".md":
        drawn = plot_runs(options.runs, options.output.parent / "training")
        plots = [str(plot.relative_to(options.output.parent)) for plot in drawn]
    if options.output:
        write_report(found, options.output, options.configs, plots)
    print(markdown(found, published(options.configs), plots))
    return 0


def add_robustness(entries: list[dict[str, Any]], settings: Settings, configs: Path) -> None:
    """What translators make of what users send, through the pipeline as `undertone translate` asks it."""
    from app.robustness import check

    cases = configs / "behaviour" / "translation.yaml"

    async def run() -> None:
        async with local_pipeline(settings) as pipeline:
            for entry in entries:
                entry["robustness"] = await check(pipeline, entry["model"], entry["directions"], cases)

    if entries and cases.is_file():
        asyncio.run(run())


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn what the user has to change, in corpora, recipes and model folders, into a CommandError."""
    try:
        from app.nets.folder import ModelFolderError
        from app.robustness import RobustnessError
        from app.training.corpora import CorpusError
        from app.training.packed import PackError
        from app.training.pretrained import PretrainedError
        from app.training.recipe import RecipeError
    except ImportError as error:
        raise CommandError(f"{what} needs the extra train: pip install 'undertone[train]' ({error})") from error
    try:
        yield
    except ImportError as error:
        raise CommandError(f"{what} needs the extra train: pip install 'undertone[train]' ({error})") from error
    except (CorpusError, PackError, PretrainedError, RecipeError, ModelFolderError, RobustnessError) as error:
        raise CommandError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
