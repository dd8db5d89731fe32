"""Writes `docs/settings.md` from `app/settings.py`; with --check, fails when the file is not what the code says."""

import sys
from pathlib import Path

from app.settings import Settings

FILE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Environment variables of the service, written by `make format` from `app/settings.py`. A wrong value stops the start and
is named.

| variable | default | meaning |
| --- | --- | --- |
"""


def main() -> int:
    rows = []
    for name, field in Settings.model_fields.items():
        default = str(field.default) if field.default_factory is None else "by the machine"
        default = {"models_dir": "the shipped `models/`", "engine_endpoints": "none"}.get(name, default)
        rows.append(f"| `UNDERTONE_{name.upper()}` | {default} | {field.description} |")
    text = HEAD + "\n".join(rows) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, "utf-8")
    elif not FILE.is_file() or FILE.read_text("utf-8") != text:
        print(f"{FILE.name} is not what the code says; run make format", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
