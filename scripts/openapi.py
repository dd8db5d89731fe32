"""Writes `docs/openapi.json` from the code; with --check, fails when the file is not what the code says."""

import json
import sys
from pathlib import Path

from app.main import create_app

FILE = Path(__file__).parent.parent / "docs" / "openapi.json"


def main() -> int:
    text = json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, "utf-8")
    elif not FILE.is_file() or FILE.read_text("utf-8") != text:
        print(f"{FILE.name} is not what the code says; run make format", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
