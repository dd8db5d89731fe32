"""The commands `sentiment`, `translate`, `generate` and `next`, which answer texts, or the lines of files and standard
input."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import file_jobs
from app.cli.local import CommandError, UsageError, local_pipeline, settings_of, told
from app.engine.errors import EngineError
from app.pipeline.errors import PipelineError

if TYPE_CHECKING:  # what they import would keep the engine waiting, which starts first
    from pydantic import BaseModel

    from app.pipeline.service import Pipeline
    from app.text.glossary import Glossary

Answer = Callable[["Pipeline", str], Awaitable[Any]]
LINES_IN_FLIGHT = 128  # enough to fill the batches of the engines


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("sentiment", help="the sentiment of texts, or of each line of files or stdin")
    add_text_arguments(command)
    command.add_argument("--language", default="auto", help="language of the texts; auto detects")
    command.set_defaults(run=sentiment)

    command = commands.add_parser("translate", help="translate texts, each line of files or stdin, or whole documents")
    add_text_arguments(command)
    file_jobs.add_arguments(command)
    command.add_argument("--to", required=True, metavar="CODE", help="language to translate to, such as de")
    command.add_argument("--from", dest="source", default="auto", metavar="CODE", help="auto detects")
    command.add_argument("--beam", type=int, help="beam width; 1 is greedy search, the fastest")
    command.add_argument(
        "--glossary", metavar="FILE", type=Path, help="terms: TERM<tab>TRANSLATION a line, or FILE.json"
    )
    command.add_argument("--keep", metavar="WORD", action="append", default=[], help="leave as it is; repeatable")
    command.add_argument(
        "--check", action="store_true", help="say on stderr which facts a translation may have changed"
    )
    command.set_defaults(run=translate)

    command = commands.add_parser("generate", help="write on from the beginnings of texts")
    add_text_arguments(command)
    command.add_argument("--language", default="auto", help="language of the texts; auto detects")
    command.add_argument("--temperature", type=float, default=0.8, help="0 always takes the likeliest token")
    command.add_argument(
        "--top-p", type=float, default=0.9, help="draw from the likeliest tokens with this probability"
    )
    command.add_argument("--seed", type=int, help="the same seed writes the same text")
    command.add_argument("--length", type=int, default=40, help="most tokens to write")
    command.set_defaults(run=generate)

    command = commands.add_parser("next", help="the likeliest next words of the beginnings of texts")
    add_text_arguments(command)
    command.add_argument("--language", default="auto", help="language of the texts; auto detects")
    command.add_argument("--count", type=int, default=10, help="how many words")
    command.set_defaults(run=next_words)


def add_text_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("texts", nargs="*", metavar="TEXT", help="without texts and files, lines of stdin")
    command.add_argument("--file", action="append", default=[], help="read lines of this file, - for stdin; repeatable")
    command.add_argument("--json", action="store_true", help="print JSON lines with all fields of the answer")
    model = command.add_mutually_exclusive_group()
    model.add_argument("--model", help="name of a model; default: the first that fits")
    model.add_argument(
        "--prefer", choices=["quality", "speed"], help="of several models the best or the fastest, as measured"
    )
    command.add_argument("--models-dir", default=argparse.SUPPRESS, help="folder of model folders")


def sentiment(options: argparse.Namespace) -> int:
    async def answer(pipeline: Pipeline, text: str) -> Any:
        return await pipeline.sentiment(text, language=options.language, model=options.model, prefer=options.prefer)

    return run_lines(options, answer, lambda result: f"{result.label}\t{result.scores[result.label]:.3f}\t")


def translate(options: argparse.Namespace) -> int:
    glossary = glossary_of(options)
    format, format_options = options.format or "text", file_jobs.format_options_of(options)
    jobs = file_jobs.jobs_of(options)
    if options.format is not None or options.syntax != "auto":
        from app.api import schemas

        check_fields(
            options, schemas.FileOptions if jobs else schemas.TranslateOptions, {"target": "x"}, "format", "syntax"
        )
    if jobs is not None:
        from app.cli.files import translate_files

        return translate_files(jobs, options, format_options, glossary)
    if format_options:
        from app.pipeline.document import check_options

        check_options(format, format_options)

    async def answer(pipeline: Pipeline, text: str) -> Any:
        return await pipeline.translate(
            text,
            source=options.source,
            target=options.to,
            model=options.model,
            prefer=options.prefer,
            options=options,
            format=format,
            syntax=options.syntax,
            format_options=format_options,
            glossary=glossary,
            check=options.check,
        )

    def check(pipeline: Pipeline) -> None:
        from app.pipeline.routing import check_target

        check_target(pipeline.models, options.to, options.model)

    return run_lines(options, answer, lambda result: result.translation, check)


def generate(options: argparse.Namespace) -> int:
    from app.api.generation_schemas import GenerateRequest

    check_fields(options, GenerateRequest, {"prompt": "x"}, "temperature", "top_p", "seed", "length")

    async def answer(pipeline: Pipeline, text: str) -> Any:
        return await pipeline.generate(
            text,
            language=options.language,
            model=options.model,
            prefer=options.prefer,
            temperature=options.temperature,
            top_p=options.top_p,
            seed=options.seed,
            length=options.length,
        )

    return run_lines(options, answer, lambda result: result.text, joined=True)


def next_words(options: argparse.Namespace) -> int:
    from app.api.generation_schemas import NextWordsRequest

    check_fields(options, NextWordsRequest, {"text": "x"}, "count")

    async def answer(pipeline: Pipeline, text: str) -> Any:
        return await pipeline.next_words(
            text, language=options.language, model=options.model, prefer=options.prefer, count=options.count
        )

    def show(result: Any) -> str:
        return "\t".join(f"{word.text.strip()} {word.probability:.3f}" for word in result.words)

    return run_lines(options, answer, show)


def check_fields(options: argparse.Namespace, schema: type[BaseModel], fields: dict[str, Any], *names: str) -> None:
    """Raises UsageError for an option that the schema of the API refuses; `fields` are its others."""
    from pydantic import ValidationError

    from app.api.schema_words import words

    try:
        schema(**fields, **{name: getattr(options, name) for name in names})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise UsageError(f"--{str(wrong['loc'][0]).replace('_', '-')} {words(wrong)}") from error


def glossary_of(options: argparse.Namespace) -> Glossary | None:
    """Raises CommandError."""
    if options.glossary is None and not options.keep:
        return None
    from app.pipeline.glossaries import read_terms
    from app.text.glossary import Glossary, GlossaryError

    try:
        terms = read_terms(options.glossary) if options.glossary is not None else {}
        terms |= dict.fromkeys(options.keep)
        return Glossary(terms) if terms else None
    except GlossaryError as error:
        raise CommandError(f"cannot use the glossary{named(options.glossary)}: {error}") from error
    except OSError as error:
        raise CommandError(f"cannot read {options.glossary}: {error.strerror or error}") from error


def named(file: Path | None) -> str:
    return "" if file is None else f" {file}"


def run_lines(
    options: argparse.Namespace,
    answer: Answer,
    show: Callable[[Any], str],
    check: Callable[[Pipeline], None] = lambda pipeline: None,
    *,
    joined: bool = False,
) -> int:
    """Answer the texts, then all lines in order, each with its own line end. Empty lines stay empty, an empty text is
    an error; errors go to standard error. `check` raises the error that all would have; `joined` puts each text before
    its answer.

    Returns the exit status, 1 if a line failed.
    """
    ended = list(read_lines(options.file if options.file or options.texts else ["-"]))
    lines = [*options.texts, *(line.rstrip("\r\n") for line in ended)]
    ends = ["\n" if options.json or not line.endswith("\r\n") else "\r\n" for line in [*options.texts, *ended]]
    failed = 0

    async def run() -> None:
        nonlocal failed
        settings = settings_of(options)
        settings.cpu_engines = min(settings.cpu_engines, max(1, len(lines)))  # an engine takes longer than a text
        async with local_pipeline(settings) as pipeline:
            check(pipeline)
            limit = asyncio.Semaphore(LINES_IN_FLIGHT)

            async def one(number: int, line: str) -> Any:
                if not line.strip() and number >= len(options.texts):
                    return None
                async with limit:
                    try:
                        return await answer(pipeline, line)
                    except (PipelineError, EngineError) as error:
                        return error

            tasks = [asyncio.create_task(one(number, line)) for number, line in enumerate(lines)]
            pairs: Iterable[tuple[str, asyncio.Task[Any]]] = zip(lines, tasks, strict=True)
            if len(lines) >= LINES_IN_FLIGHT:
                from tqdm import tqdm

                pairs = tqdm(pairs, total=len(lines), unit="line", disable=None)
            for number, (line, task) in enumerate(pairs, start=1):
                result = await task
                if isinstance(result, PipelineError) and is_of_options(result, options):
                    raise result
                if isinstance(result, Exception):
                    failed += 1
                    print(f"undertone: line {number}: {told(result)}", file=sys.stderr)
                for warning in getattr(result, "warnings", None) or ():
                    print(f"undertone: line {number}: {warning.kind}: {warning.detail}", file=sys.stderr)
                before = line if joined and not options.json and not isinstance(result, Exception) else ""
                print(before + rendered(line, result, options.json, show), end=ends[number - 1])

    asyncio.run(run())
    return 1 if failed else 0


def is_of_options(error: PipelineError, options: argparse.Namespace) -> bool:
    """Whether an error would be that of every text, since an option names what there is not."""
    named = getattr(options, "language", "auto") != "auto"
    return error.kind in ("unknown-language", "unknown-model") or (named and error.kind == "unsupported-language")


def rendered(line: str, result: Any, as_json: bool, show: Callable[[Any], str]) -> str:
    """The output for a line; `result` is an answer, an error, or None for an empty line."""
    if as_json:
        error = {"error": told(result)} if isinstance(result, Exception) else {}
        from app.text.normalize import SURROGATE

        answer = {} if result is None or error else answered(result)
        given = "prompt" if "text" in answer else "text"  # as the API calls it
        output = json.dumps({given: line, **answer, **error}, ensure_ascii=False)
        return SURROGATE.sub("\ufffd", output)  # an argument that is no valid UTF-8 has surrogates
    if result is None or isinstance(result, Exception):
        return ""
    output = show(result)
    return output + line if output.endswith("\t") else output


def answered(result: Any) -> dict[str, Any]:
    """The fields of an answer, as the API has them."""
    from app.api import generation_schemas, schemas
    from app.pipeline.generation import Generation, NextWords
    from app.pipeline.sentiment import Sentiment

    answers: dict[type[Any], type[Any]] = {
        Sentiment: schemas.SentimentAnswer,
        Generation: generation_schemas.GenerateAnswer,
        NextWords: generation_schemas.NextWordsAnswer,
    }
    schema = answers.get(type(result), schemas.TranslateAnswer)
    fields: dict[str, Any] = schema.model_validate(result, from_attributes=True).model_dump(mode="json")
    return fields


def read_lines(names: Iterable[str]) -> Iterator[str]:
    """The lines of files, with their ends; `-` is standard input. Raises CommandError."""
    for name in names:
        if name == file_jobs.STANDARD and sys.stdin is None:
            raise CommandError("cannot read standard input: it is closed")
        try:
            with nullcontext(sys.stdin.buffer) if name == file_jobs.STANDARD else open(name, "rb") as opened:
                yield from (line.decode("utf-8") for line in opened)
        except OSError as error:
            raise CommandError(f"cannot read {name}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            from app.formats.files import conversion, is_binary

            byte = error.object[error.start]
            place, pipe = ("standard input", "") if name == file_jobs.STANDARD else (name, f" {name}")
            if is_binary(error.object):
                raise CommandError(f"cannot read {place}: it is no text, since it has null bytes") from error
            raise CommandError(
                f"cannot read {place}: byte 0x{byte:02x} is no UTF-8; convert it, such as with "
                f"{conversion(error.object)}{pipe}"
            ) from error
