"""The command `undertone`: serve, models, reload, keys, sentiment, translate, train, data, teach, evaluate, compare.

Each module adds the parsers of its commands; a command's function returns the exit status.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app import __version__
from app.api.schema_words import words
from app.cli import compare, lines, models, operate, training
from app.cli.local import FAILED, WRONG_USAGE, CommandError, told
from app.pipeline.errors import PipelineError
from app.settings import Settings

STATUSES = "Exit status: 0 done, 1 something failed, 2 wrong options, arguments or settings."


def main(arguments: list[str] | None = None) -> int:
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        if sys.stdout is None:
            raise CommandError("standard output is closed: the answer would be lost")
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except ValidationError as error:
        for entry in error.errors():
            name = "_".join(part for part in entry["loc"] if isinstance(part, str))
            given = getattr(options, name, None) is not None
            place = f"--{name.replace('_', '-')}" if given else f"setting UNDERTONE_{name.upper()}"
            print(f"undertone: {place}: {words(entry, [name], Settings)}", file=sys.stderr)
        return WRONG_USAGE
    except SettingsError as error:  # a value that is no valid JSON; only the message names the field
        field = re.search(r'field "(\w+)"', str(error))
        message = f"setting UNDERTONE_{field[1].upper()}: {error.__cause__}" if field else error
        print(f"undertone: {message}", file=sys.stderr)
        return WRONG_USAGE
    except (CommandError, PipelineError) as error:
        print(f"undertone: {told(error)}", file=sys.stderr)
        # The pipeline refuses an option for all texts alike.
        return error.status if isinstance(error, CommandError) else WRONG_USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # nobody reads the output any more, as in `undertone ... | head`
        drop_output()
        return 128 + signal.SIGPIPE
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        drop_output()
        print(f"undertone: cannot write the output: {error.strerror}", file=sys.stderr)
        return FAILED


def drop_output() -> None:
    """Lead what is left of the output nowhere at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="undertone", description="Sentiment and translation of texts.", epilog=STATUSES
    )
    parser.add_argument("--version", action="version", version=f"undertone {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (operate, models, lines, training, compare):
        module.add(commands)
    for command in commands.choices.values():
        command.epilog = STATUSES
    return parser
