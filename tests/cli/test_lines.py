"""`undertone sentiment` and `undertone translate`, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def undertone(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *arguments]
    environment = {**os.environ, "UNDERTONE_CPU_ENGINES": "1"}
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=120)


def test_sentiment_of_texts() -> None:
    done = undertone("sentiment", "I love this phone", "Terrible service, never again")
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(row[0], row[2]) for row in rows] == [
        ("positive", "I love this phone"),
        ("negative", "Terrible service, never again"),
    ]


def test_translation_of_stdin_line_by_line() -> None:
    done = undertone("translate", "--to", "de", stdin="A man is running.\n\nToto je úplně normální česká věta.\n")
    assert done.returncode == 1, "one line could not be translated"
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Ein Mann")
    assert lines[1:] == ["", ""]
    assert "line 3: The text appears to be in Czech, and nothing translates from there" in done.stderr


def test_translation_by_way_of_english_and_between_scripts() -> None:
    done = undertone("translate", "--to", "fr", "--json", "Guten Morgen", "Good morning", "Bonjour")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["translation"] for row in rows] == ["Bonjour", "Bonjour", "Bonjour"]
    assert [(row["source"], row["via"]) for row in rows] == [("de", "en"), ("en", None), ("fr", None)]
    done = undertone("translate", "--to", "zh-TW", "软件")
    assert done.stdout == "軟體\n"


def test_json_lines_of_files_with_progress(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("I love this phone\n" * 150, "utf-8")
    done = undertone("sentiment", "--json", "--file", str(file), "--file", str(file))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 300
    assert all(row["label"] == "positive" and row["text"] == "I love this phone" for row in rows)
    assert "300/300" in done.stderr


def test_json_lines_stay_utf_8_where_an_argument_is_none() -> None:
    done = undertone("sentiment", "--json", os.fsdecode(b"\xff"), "I love this phone")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    broken, fine = [json.loads(line) for line in done.stdout.splitlines()]
    assert broken["text"] == "\ufffd"
    assert "lone surrogate" in broken["error"]
    assert fine["label"] == "positive"


def test_a_glossary_and_words_to_keep(tmp_path: Path) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text("shopping cart\tWarenkorb\n", "utf-8")
    arguments = ["translate", "--from", "en", "--to", "de", "--glossary", str(file), "--keep", "Blue Ladder"]
    done = undertone(*arguments, "Your shopping cart is empty.", "A man reads Blue Ladder.")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "Warenkorb" in first
    assert "Blue Ladder" in second
    file.write_text("a\tb\tc\n", "utf-8")
    broken = undertone(*arguments, "A man.")
    assert broken.returncode == 1
    assert "cannot use the glossary: Line 1" in broken.stderr
    assert "Traceback" not in broken.stderr
