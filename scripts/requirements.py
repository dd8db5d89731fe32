"""requirements.py EXTRA...: prints the requirements of pyproject.toml and of the extras, one per line."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
for group in (project["dependencies"], *(project["optional-dependencies"][extra] for extra in sys.argv[1:])):
    print(*group, sep="\n")
