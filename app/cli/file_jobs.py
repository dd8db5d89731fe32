"""Which files `undertone translate` translates, and where their translations go. Imports nothing that takes long."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from app.cli.local import UsageError

STANDARD = "-"  # standard input or output


@dataclass(slots=True, frozen=True)
class Job:
    """A file to translate, and where its translation goes; None for standard input and output."""

    source: Path | None
    target: Path | None

    def __str__(self) -> str:
        return "standard input" if self.source is None else str(self.source)

    @property
    def partial(self) -> Path:
        assert self.target is not None
        return self.target.with_name(f".{self.target.name}.partial")

    @property
    def is_done(self) -> bool:
        """Whether its translation is there, and no older than the file."""
        if self.target is None or self.source is None or not self.target.exists():
            return False
        return not self.source.exists() or self.target.stat().st_mtime >= self.source.stat().st_mtime


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o", "--output", metavar="FILE", help="translate the file named as TEXT into this one; - is standard output"
    )
    command.add_argument(
        "--output-dir", metavar="DIR", type=Path, help="translate the files named as TEXT into this folder"
    )
    command.add_argument("--format", help="format of files or texts, such as html; default: by the name of the file")
    command.add_argument("--syntax", default="auto", help="of placeholders in messages, such as icu or printf")
    command.add_argument(
        "--format-option",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="of the format: columns, delimiter, header (csv); keys, skip (json); overwrite (po, xliff). Columns, keys "
        "and skip are repeatable",
    )
    command.add_argument("--force", action="store_true", help="translate files again whose translation is there")
    command.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="translate files on the nodes of the Ray cluster there; auto is the one at hand",
    )


def jobs_of(options: argparse.Namespace) -> list[Job] | None:
    """The files to translate; None where the command names texts. Raises UsageError."""
    names: list[str] = options.texts
    if options.output is None and options.output_dir is None:
        for name in names:
            if Path(name).suffix and Path(name).is_file():
                raise UsageError(f"{name} is a file: say where its translation goes, by -o FILE or --output-dir DIR")
        if options.ray is not None:
            raise UsageError("--ray translates files: name them, and say where they go, by -o FILE or --output-dir DIR")
        return [Job(None, None)] if options.format is not None and not names and not options.file else None
    if options.file:
        raise UsageError("--file reads lines to print; name files without it where there is -o or --output-dir")
    if options.json or options.check:
        raise UsageError("--json and --check are for texts; a file has no place for more than its translation")
    names = names or [STANDARD]
    if options.output is not None and options.output_dir is not None:
        raise UsageError("-o FILE and --output-dir DIR both say where a translation goes: leave one of the two out")
    if options.output is not None and len(names) > 1:
        raise UsageError("-o takes one file; give --output-dir DIR for many")
    if options.output_dir is not None and options.output_dir.exists() and not options.output_dir.is_dir():
        raise UsageError(f"{options.output_dir} is no folder: name another one, or give -o FILE")
    jobs = [Job(None if name == STANDARD else Path(name), target_of(options, name)) for name in names]
    targets = [job.target for job in jobs if job.target is not None]
    for job in jobs:
        if job.target is not None and targets.count(job.target) > 1:
            raise UsageError(f"two files would be {job.target}: translate them into two folders")
        if job.source is not None and job.target is not None and job.source.resolve() == job.target.resolve():
            raise UsageError(f"{job.source} would be overwritten by its own translation: choose another place")
    return jobs


def target_of(options: argparse.Namespace, name: str) -> Path | None:
    if options.output_dir is None:
        return None if options.output == STANDARD else checked(Path(options.output))
    if name == STANDARD:
        raise UsageError("standard input has no name for a file in a folder: give -o FILE")
    return Path(options.output_dir) / Path(name).name


def checked(target: Path) -> Path:
    """A file to write. A misspelt folder must not come into being: only `--output-dir` names one to make."""
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} for {target}: make it, or name another place")
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file in it, or give --output-dir {target}")
    return target


def format_options_of(options: argparse.Namespace) -> dict[str, Any]:
    """Raises UsageError."""
    if not options.format_option:
        return {}
    from pydantic import ValidationError

    from app.api.schema_words import explained
    from app.api.schemas import FormatOptions

    given: dict[str, Any] = {}
    for pair in options.format_option:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--format-option {pair}: give NAME=VALUE, such as columns=title")
        field = FormatOptions.model_fields.get(name)
        if field is not None and any(get_origin(kind) is list for kind in get_args(field.annotation)):
            given.setdefault(name, []).append(value)
        elif name in given:
            raise UsageError(f"--format-option {name}: is there twice; leave one of the two out")
        else:
            given[name] = value
    try:
        return FormatOptions.model_validate(given, strict=False).given
    except ValidationError as error:
        name, message = explained(error.errors(), FormatOptions)[0]
        raise UsageError(f"--format-option {name}: {message}") from error
