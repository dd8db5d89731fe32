"""The command `undertone`: serve, models, reload, keys, sentiment, translate, train, data, teach, evaluate, compare.

Each module adds the parsers of its commands; a command's function returns the exit status.
"""

from __future__ import annotations

import argparse
import re
import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.cli import compare, lines, operate, training
from app.cli.local import CommandError


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
    except SettingsError as error:  # a value that is no valid JSON; only the message names the field
        field = re.search(r'field "(\w+)"', str(error))
        message = f"setting UNDERTONE_{field[1].upper()}: {error.__cause__}" if field else error
        print(f"undertone: {message}", file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"undertone: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="undertone", description="Sentiment and translation of texts.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (operate, lines, training, compare):
        module.add(commands)
    return parser
