"""requirements.py EXTRA...: prints the requirements of pyproject.toml and of the extras, one per line. An extra may
name others, such as `undertone[torch]`."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
extras = project["optional-dependencies"]


def expanded(group: list[str]) -> list[str]:
    own = f"{project['name']}["
    named = [extra for one in group if one.startswith(own) for extra in one[len(own) : -1].split(",")]
    return [one for one in group if not one.startswith(own)] + [one for name in named for one in expanded(extras[name])]


for group in (project["dependencies"], *(extras[extra] for extra in sys.argv[1:])):
    print(*expanded(group), sep="\n")
