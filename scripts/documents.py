"""Writes `docs/openapi.json`, `docs/settings.md` and the types of `clients/js` from the code. With --check it fails
when one of them is out of date."""

import json
import sys
from pathlib import Path

from typescript import types

from app.main import create_app
from app.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SETTINGS_HEAD = """# Settings

Environment variables of the service; `make format` writes this page from `app/settings.py`. A wrong value stops the
start with a message that names the variable.

| variable | default | meaning |
| --- | --- | --- |
"""


def openapi() -> str:
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n"


def typescript() -> str:
    return types(create_app().openapi())


def settings() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = str(field.default) if field.default_factory is None else "by the machine"
        default = "none" if default in ("", "None") or field.default_factory is list else default
        default = {"models_dir": "the shipped `models/`", "cache_dir": "`undertone` in the user's caches"}.get(
            name, default
        )
        rows.append(f"| `UNDERTONE_{name.upper()}` | {default} | {field.description} |")
    return SETTINGS_HEAD + "\n".join(rows) + "\n"


def main() -> int:
    stale = 0
    files = {
        DOCS / "openapi.json": openapi(),
        DOCS / "settings.md": settings(),
        ROOT / "clients/js/src/types.ts": typescript(),
    }
    for file, text in files.items():
        if "--check" not in sys.argv:
            file.write_text(text, "utf-8")
        elif not file.is_file() or file.read_text("utf-8") != text:
            print(f"{file.name} is out of date; run make format", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
