"""`undertone sentiment` and `undertone translate`, as a user runs them."""

from __future__ import annotations

import codecs
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main


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


def test_lines_keep_their_ends(tmp_path: Path) -> None:
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_bytes(b"Good morning\r\n\r\nGood night\nGood morning\r\n")
    with target.open("wb") as output:
        command = [sys.executable, "-m", "app.cli", "translate", "--from", "en", "--to", "de", "--file", str(source)]
        subprocess.run(command, stdout=output, check=True, timeout=120)
    assert target.read_bytes() == b"Guten Morgen\r\n\r\nGute Nacht\nGuten Morgen\r\n"


def test_translation_by_way_of_english_and_between_scripts() -> None:
    done = undertone("translate", "--to", "fr", "--json", "Guten Morgen", "Good morning", "Bonjour")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["translation"] for row in rows] == ["Bonjour", "Bonjour", "Bonjour"]
    assert [(row["source"], row.get("via")) for row in rows] == [("de", "en"), ("en", None), ("fr", None)]
    done = undertone("translate", "--to", "zh-TW", "软件")
    assert done.stdout == "軟體\n"


def test_json_lines_of_files(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("I love this phone\n" * 150, "utf-8")
    done = undertone("sentiment", "--json", "--file", str(file), "--file", str(file))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 300
    assert all(row["label"] == "positive" and row["text"] == "I love this phone" for row in rows)
    assert done.stderr == "", "no progress bar where nobody sees it"
    assert rows[0].keys() == {"text", "label", "scores", "model", "language", "detected", "truncated"}
    assert rows[0]["detected"].keys() == {"language", "confidence"}, "as the API has it"


def test_texts_come_before_the_lines_of_files_and_stdin(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("My friend\n", "utf-8")
    arguments = ["--to", "de", "--file", str(file), "--file", "-", "Good night"]
    done = undertone("translate", *arguments, stdin="\nA house\n")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["Gute Nacht", "Mein Freund", "", "ein Haus"]), (
        done.stderr
    )


def test_an_empty_text_is_an_error_as_for_the_service() -> None:
    done = undertone("translate", "--to", "de", "", "Good night")
    assert (done.returncode, done.stdout) == (1, "\nGute Nacht\n")
    assert "line 1: The text has nothing to read" in done.stderr


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"Caf\xe9\n", "byte 0xe9 is no UTF-8; convert it, such as with iconv -f LATIN1 -t UTF-8 "),
        ("Caf\xe9\n".encode("utf-16"), "convert it, such as with iconv -f UTF-16 -t UTF-8 "),
        (codecs.BOM_UTF16_BE + "好\n".encode("utf-16-be"), "convert it, such as with iconv -f UTF-16 -t UTF-8 "),
        ("Caf\xe9\n".encode("utf-32"), "convert it, such as with iconv -f UTF-32 -t UTF-8 "),
    ],
)
def test_what_is_no_utf_8_is_told_with_the_file(
    data: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.txt"
    file.write_bytes(data)
    for option, reason in (("--file", f"cannot read {file}: "), ("--glossary", f"cannot use the glossary {file}: ")):
        assert main(["translate", "--to", "de", option, str(file), "hi"]) == 1
        error = capsys.readouterr().err
        assert reason in error
        assert told in error if option == "--file" else told.rpartition("such as")[2].strip() in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("terms.json", '{"a": "b",}', "The glossary is no JSON: line 1, column 11: take out the comma"),
        ("terms.json", "[1]", "The file is no JSON object such as"),
        ("terms.json", "[" * 100_000, "The file is no JSON object such as"),
        ("terms.tsv", "a\tb\tc\n", "Line 1 is no term with a tab and its translation behind it."),
    ],
)
def test_a_glossary_that_cannot_be_used_is_told_in_a_line(
    name: str, content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    file.write_text(content, "utf-8")
    assert main(["translate", "--to", "de", "--glossary", str(file), "hi"]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"undertone: cannot use the glossary {file}: {told}")
    assert error.count("\n") == 1


def test_a_reader_that_leaves_ends_the_command() -> None:
    command = [sys.executable, "-m", "app.cli", "sentiment"]
    lines = b"I love this phone\n" * 400
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.write(lines)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("translate", "--to", "de", "--from", "xx"), "xx"),
        (("sentiment", "--language", "xx"), "xx"),
        (("sentiment", "--language", "es"), "The text is in Spanish"),
        (("sentiment", "--model", "nope"), "nope"),
    ],
)
def test_what_is_wrong_with_every_line_is_told_once(arguments: tuple[str, ...], told: str) -> None:
    done = undertone(*arguments, "I love this phone", "So do I")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("undertone: ")
    assert told in done.stderr


@pytest.mark.parametrize(
    ("redirections", "told"),
    [
        ("<&-", "cannot read standard input: it is closed"),
        (">&-", "standard output is closed: the answer would be lost"),
    ],
)
def test_closed_streams_are_told(redirections: str, told: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m app.cli sentiment --language en {redirections}"
    done = subprocess.run(["sh", "-c", command], input="", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, f"undertone: {told}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "app.cli", "models", "list"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "undertone: cannot write the output: No space left on device\n")


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


def test_beginnings_are_written_on(tiny_writers: Path) -> None:
    models = ("--models-dir", str(tiny_writers))
    done = undertone(
        "generate", "--seed", "3", "--temperature", "2", "--length", "9", *models, stdin="A man\n\nI love\n"
    )
    assert done.returncode == 0, done.stderr
    first, empty, second = done.stdout.splitlines()
    assert first.startswith("A man")
    assert empty == ""
    assert second.startswith("I love")
    again = undertone("generate", "A man", "--seed", "3", "--temperature", "2", "--length", "9", "--json", *models)
    row = json.loads(again.stdout)
    assert (row["prompt"], row["seed"]) == ("A man", 3)
    assert first == "A man" + row["text"]
    done = undertone("next", "A man", "--count", "3", *models)
    assert len(done.stdout.strip().split("\t")) == 3
    done = undertone("next", "Ein Mann", "--language", "de", *models)
    assert done.returncode == 2
    assert "texts are written in English, Chinese" in done.stderr


def test_options_that_no_service_takes_stop_at_once(tiny_writers: Path) -> None:
    for arguments, message in (
        (("generate", "A", "--length", "1000"), "--length must be 256 or less"),
        (("generate", "A", "--top-p", "0"), "--top-p must be more than 0"),
        (("next", "A", "--count", "0"), "--count must be 1 or more"),
    ):
        done = undertone(*arguments, "--models-dir", str(tiny_writers))
        assert done.returncode == 2
        assert message in done.stderr
