"""translate_documents.py --to CODE PATH...: documents through the shipped models, compared in structure.

Prints one line for each format: the number of documents whose translation has the same structure, and the differences
in the others. The format follows from the suffix, or from --format. With --out the translations are written there.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

from document_structure import difference

from app.cli.local import local_pipeline
from app.engine.errors import EngineError
from app.pipeline.file import opened
from app.pipeline.service import Pipeline, PipelineError
from app.settings import SHIPPED_MODELS, Settings

MOST_BYTES = 50_000_000
SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".srt": "srt",
    ".vtt": "vtt",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".po": "po",
    ".pot": "po",
    ".xlf": "xliff",
    ".xliff": "xliff",
    ".xml": "android",
    ".properties": "properties",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
    ".msg": "messages",
    ".txt": "text",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", help="files, or folders with files of these suffixes")
    parser.add_argument("--to", required=True, help="language to translate to")
    parser.add_argument("--from", dest="source", default="auto", help="language of the documents")
    parser.add_argument("--format", choices=sorted(set(SUFFIXES.values())), help="of every document")
    parser.add_argument("--out", type=Path, help="folder for the translations")
    parser.add_argument("--models", type=Path, default=SHIPPED_MODELS, help="folder of model folders")
    sys.exit(asyncio.run(run(parser.parse_args())))


async def run(options: argparse.Namespace) -> int:
    """The exit status: 1 if the structure of a document differs."""
    files = [file for path in options.paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    right, wrong = Counter[str](), Counter[str]()
    settings = Settings(models_dir=options.models, max_text_chars=10_000_000)
    async with local_pipeline(settings) as pipeline:
        for file in files:
            format = options.format or SUFFIXES.get(file.suffix)
            if format is None or not file.is_file() or not file.read_bytes().strip():
                continue
            begin = time.perf_counter()
            changed = await compared(pipeline, file, format, options)
            (wrong if changed else right)[format] += 1
            print(f"{'DIFFERS' if changed else 'same'} {time.perf_counter() - begin:.1f} s {file}", flush=True)
            if changed:
                print(f"    {changed}", flush=True)
    for format in sorted(right | wrong):
        print(f"{format}: {right[format]} of {right[format] + wrong[format]} documents have the same structure")
    return int(any(wrong.values()))


async def compared(pipeline: Pipeline, path: Path, format: str, options: argparse.Namespace) -> str:
    """The differences in structure between a file and its translation."""
    source = path.read_bytes()  # noqa: ASYNC240 - nobody waits beside it
    try:
        file = await opened(source, format, syntax="auto", charset="", most_bytes=MOST_BYTES)
        answer = await pipeline.translate_file(file, source=options.source, target=options.to)
        translation = b"".join([chunk async for chunk in answer.chunks])
    except (PipelineError, EngineError) as error:
        return f"{type(error).__name__}: {error}"
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / path.name).write_bytes(translation)
    return difference(source, translation, format)


if __name__ == "__main__":
    main()
