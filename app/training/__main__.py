"""`python -m app.training`: the commands `train` and `data` on a machine without the service, such as a GPU machine."""

from __future__ import annotations

import argparse
import sys

from app.nets.folder import ModelFolderError
from app.training.command import add_data, add_train, data, train
from app.training.errors import TrainingError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.training", description="Training without the service.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_train(commands).set_defaults(run=train)
    add_data(commands).set_defaults(run=data)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except (TrainingError, ModelFolderError) as error:
        sys.stderr.write(f"undertone: {error}\n")
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
