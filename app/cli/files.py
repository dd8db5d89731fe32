"""`undertone translate` on files: documents of any format, each into a file of the same kind.

A translation appears under its name only when it is whole. What is done stays done: a translation that is there already
is left alone, and the texts of one that was broken off are kept beside it until it is whole.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from tqdm import tqdm

from app.cli.file_jobs import Job
from app.cli.local import CommandError, local_pipeline, settings_of, told
from app.engine.errors import EngineError
from app.extras import needed
from app.pipeline.file import opened, told_format
from app.pipeline.marked import Marked
from app.pipeline.routing import check_target
from app.pipeline.service import Pipeline, PipelineError
from app.text.glossary import Glossary
from app.text.projection import Stretch

if TYPE_CHECKING:
    from app.cli.nodes import ClusterPipeline

FILES_AT_ONCE = 4  # so that engines have work where a file ends
LARGEST_BYTES = 1 << 30  # of what a package unpacks to: whoever translates files here has chosen them


class Journal:
    """The texts of a file that are translated already, in a file beside it, a line each."""

    def __init__(self, path: Path, asked: str) -> None:
        """`asked` names all that a translation depends on beside its text."""
        self.asked = asked
        self.known: dict[str, Marked] = {}
        with suppress(FileNotFoundError):
            for line in path.read_text("utf-8", "replace").splitlines():
                with suppress(ValueError, TypeError):  # a line that was broken off
                    key, text, elements = json.loads(line)
                    self.known[key] = Marked(text, tuple(Stretch(*element) for element in elements))
        self.count = len(self.known)
        self.file = path.open("a", buffering=1, encoding="utf-8")
        self.file.write("\n" if self.count else "")

    def key(self, text: Marked) -> str:
        elements = [(one.start, one.end) for one in text.elements]
        return hashlib.sha256(json.dumps([self.asked, text.text, elements]).encode()).hexdigest()[:32]

    def get(self, text: Marked) -> Marked | None:
        return self.known.get(self.key(text))

    def put(self, text: Marked, translation: Marked) -> None:
        elements = [(one.start, one.end) for one in translation.elements]
        self.file.write(json.dumps([self.key(text), translation.text, elements]) + "\n")


def translate_files(
    jobs: Sequence[Job], options: argparse.Namespace, format_options: Mapping[str, Any], glossary: Glossary | None
) -> int:
    """Returns the exit status, 1 if a file failed: the others are translated all the same."""
    failed = 0
    waiting = [job for job in jobs if options.force or not job.is_done]
    for job in jobs:
        if job not in waiting:
            print(f"undertone: {job.target} is there already; --force translates it again", file=sys.stderr)
    if not waiting:
        return 0

    async def run() -> None:
        nonlocal failed
        async with pipeline_of(options) as pipeline:
            check_target(pipeline.models, options.to, options.model)
            limit = asyncio.Semaphore(FILES_AT_ONCE)
            with tqdm(total=0, unit="text", disable=None) as bar:

                async def one(job: Job) -> bool:
                    async with limit:
                        try:
                            await translate_file(job, pipeline, options, format_options, glossary, bar)
                            return True
                        except (PipelineError, EngineError, OSError) as error:
                            if isinstance(error, BrokenPipeError):
                                raise
                            where, reason = str(job), told(error)
                            if isinstance(error, OSError):  # of the file, or of the place of its translation
                                where, reason = str(error.filename or job), error.strerror or reason
                            bar.write(f"undertone: {where}: {reason}", file=sys.stderr)
                            return False

                failed = (await asyncio.gather(*map(one, waiting))).count(False)

    asyncio.run(run())
    return 1 if failed else 0


def pipeline_of(options: argparse.Namespace) -> AbstractAsyncContextManager[Pipeline | ClusterPipeline]:
    """Raises CommandError."""
    if options.ray is None:
        return local_pipeline(settings_of(options))
    try:
        from app.cli.nodes import cluster_pipeline
    except ImportError as error:
        raise CommandError(f"--ray needs {needed('ray')} ({error})") from error
    return cluster_pipeline(options.ray, settings_of(options))


async def translate_file(
    job: Job,
    pipeline: Pipeline | ClusterPipeline,
    options: argparse.Namespace,
    format_options: Mapping[str, Any],
    glossary: Glossary | None,
    bar: tqdm[NoReturn],
) -> None:
    """Raises PipelineError, EngineError and OSError."""
    data = await asyncio.to_thread(read, job)
    format = options.format or told_format("" if job.source is None else job.source.name, "", data)
    file = await opened(
        data, format, syntax=options.syntax, options=format_options, charset="", most_bytes=LARGEST_BYTES
    )
    bar.total = (bar.total or 0) + sum(len(part.texts) for part in file.parts)
    bar.refresh()
    journal = None
    if job.target is not None:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        if options.force:
            job.partial.unlink(missing_ok=True)
        journal = Journal(job.partial, asked_of(pipeline, options, glossary))
        if journal.count:
            bar.write(f"undertone: {job}: going on behind {journal.count} texts of an earlier run", file=sys.stderr)
    try:
        translation = await pipeline.translate_file(
            file,
            source=options.source,
            target=options.to,
            model=options.model,
            prefer=options.prefer,
            options=options,
            glossary=glossary,
            memory=journal,
            on_text=bar.update,
        )
        async with aclosing(translation.chunks) as chunks:
            await write(job, chunks)
    finally:
        if journal is not None:
            journal.file.close()
            if not job.partial.stat().st_size:
                job.partial.unlink()
    if journal is not None:
        job.partial.unlink(missing_ok=True)


def asked_of(pipeline: Pipeline | ClusterPipeline, options: argparse.Namespace, glossary: Glossary | None) -> str:
    models = sorted(str(info.key) for info in pipeline.models)
    terms = sorted((term, str(kept)) for term, kept in glossary.terms.items()) if glossary is not None else []
    return json.dumps(
        [options.source, options.to, options.model, settings_of(options).prefer, options.beam, terms, models]
    )


def read(job: Job) -> bytes:
    return sys.stdin.buffer.read() if job.source is None else job.source.read_bytes()


async def write(job: Job, chunks: AsyncIterator[bytes]) -> None:
    """A file gets its name when it is whole."""
    if job.target is None:
        async for chunk in chunks:
            put(sys.stdout.buffer, chunk)
        return
    whole = job.target.with_name(f".{job.target.name}.whole")
    try:
        with whole.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
        os.replace(whole, job.target)
    finally:
        whole.unlink(missing_ok=True)


def put(file: BinaryIO, chunk: bytes) -> None:
    file.write(chunk)
    file.flush()
