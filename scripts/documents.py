"""Writes `docs/openapi.json` and `docs/settings.md` from the code. With --check it fails when one of them is out
of date."""

import json
import sys
from pathlib import Path

from app.main import create_app
from app.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
SETTINGS_HEAD = """# Settings

Environment variables of the service; `make format` writes this page from `app/settings.py`. A wrong value stops the
start with a message that names the variable.

| variable | default | meaning |
| --- | --- | --- |
"""


def openapi() -> str:
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n"


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
    for file, text in ((DOCS / "openapi.json", openapi()), (DOCS / "settings.md", settings())):
        if "--check" not in sys.argv:
            file.write_text(text, "utf-8")
        elif not file.is_file() or file.read_text("utf-8") != text:
            print(f"{file.name} is out of date; run make format", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
