"""The command `undertone`: serve, models, reload, keys, sentiment, translate, train, data, teach, evaluate, compare.

Each module adds the parsers of its commands; a command's function returns the exit status.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app import __version__
from app.api.schema_words import words
from app.cli import compare, lines, models, operate, training
from app.cli.local import CommandError
from app.pipeline.errors import PipelineError


def main(arguments: list[str] | None = None) -> int:
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except ValidationError as error:
        for entry in error.errors():
            name = "_".join(str(part) for part in entry["loc"])
            given = getattr(options, name, None) is not None
            place = f"--{name.replace('_', '-')}" if given else f"setting UNDERTONE_{name.upper()}"
            print(f"undertone: {place}: {words(entry)}", file=sys.stderr)
        return 2
    except SettingsError as error:  # a value that is no valid JSON; only the message names the field
        field = re.search(r'field "(\w+)"', str(error))
        message = f"setting UNDERTONE_{field[1].upper()}: {error.__cause__}" if field else error
        print(f"undertone: {message}", file=sys.stderr)
        return 2
    except (CommandError, PipelineError) as error:
        print(f"undertone: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # nobody reads the output any more, as in `undertone ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere at the exit
        return 128 + signal.SIGPIPE


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="undertone", description="Sentiment and translation of texts.")
    parser.add_argument("--version", action="version", version=f"undertone {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (operate, models, lines, training, compare):
        module.add(commands)
    return parser
