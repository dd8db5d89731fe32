"""requirements.py EXTRA...: the packages that pyproject.toml asks for, and those of extras, one a line."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
for group in (project["dependencies"], *(project["optional-dependencies"][extra] for extra in sys.argv[1:])):
    print(*group, sep="\n")
