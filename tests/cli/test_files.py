"""`undertone translate` on files, as a user runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import files, main
from app.pipeline.marked import Marked
from app.text.projection import Stretch
from tests.cli.test_lines import undertone

PAGE, TRANSLATED = "<p>My <b>friend</b> is here.</p>\n", "<p>Mein <b>Freund</b> ist hier.</p>\n"
CATALOGUE = 'msgid "Open the file"\nmsgstr ""\n'


def test_one_file_into_another(tmp_path: Path) -> None:
    page, target = tmp_path / "page.html", tmp_path / "new" / "seite.html"
    target.parent.mkdir()
    page.write_text(PAGE, "utf-8")
    arguments = ["translate", "--to", "de", str(page), "-o", str(target)]
    done = undertone(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "no progress bar where nobody sees it"
    assert target.read_text("utf-8") == TRANSLATED
    assert [path.name for path in target.parent.iterdir()] == ["seite.html"]
    target.write_text("mine", "utf-8")
    done = undertone(*arguments)
    assert done.returncode == 0
    assert "seite.html is there already; --force" in done.stderr
    assert target.read_text("utf-8") == "mine"
    os.utime(page, (time.time() + 10,) * 2)  # the page has changed since
    assert undertone(*arguments).returncode == 0
    assert target.read_text("utf-8") == TRANSLATED
    target.write_text("mine", "utf-8")
    assert undertone(*arguments, "--force").returncode == 0
    assert target.read_text("utf-8") == TRANSLATED


def test_many_files_of_which_some_fail(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "words.po").write_text(CATALOGUE, "utf-8")
    (tmp_path / "latin.txt").write_bytes(b"Caf\xe9")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    names = ["page.html", "latin.txt", "absent.md", "picture.png", "words.po"]
    paths = [str(tmp_path / name) for name in names]
    done = undertone("translate", "--to", "de", "--output-dir", str(tmp_path / "out"), *paths)
    assert done.returncode == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["page.html", "words.po"]
    assert "Datei" in (tmp_path / "out" / "words.po").read_text("utf-8")
    errors = sorted(done.stderr.splitlines())
    assert [error.split(": ")[1] for error in errors] == sorted(paths[1:4])
    assert all(word in done.stderr for word in ("iconv -f", "No such file", "Or set --format to its format"))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "out").write_text("a file, no folder", "utf-8")
    done = undertone("translate", "--to", "de", str(tmp_path / "page.html"), "--output-dir", str(tmp_path / "out/sub"))
    assert done.returncode == 1
    assert str(tmp_path / "out") in done.stderr.replace(str(tmp_path / "page.html"), "")


def test_standard_input_and_output() -> None:
    done = undertone("translate", "--to", "de", "--format", "html", stdin=PAGE)
    assert (done.returncode, done.stdout, done.stderr) == (0, TRANSLATED, "")
    done = undertone("translate", "--to", "de", "--format", "html", "-o", "-", "-", stdin=PAGE)
    assert (done.returncode, done.stdout, done.stderr) == (0, TRANSLATED, "")


def test_a_text_of_a_format() -> None:
    done = undertone("translate", "--to", "de", "--format", "html", "<p>My <b>friend</b></p>")
    assert (done.returncode, done.stdout) == (0, "<p>Mein <b>Freund</b></p>\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["page.html"], "page.html is a file: say where"),
        (["page.html", "-o", "page.html"], "overwritten by its own translation"),
        (["page.html", "b.md", "-o", "x"], "-o takes one file"),
        (["page.html", "-o", "x", "--output-dir", "out"], "leave one of the two out"),
        (["page.html", "--output-dir", "page.html"], "page.html is no folder: name another one, or give -o FILE"),
        (["page.html", "./page.html", "--output-dir", "out"], "two files would be"),
        (["-", "--output-dir", "out"], "standard input has no name"),
        (["page.html", "-o", "x", "--file", "b.md"], "--file reads lines"),
        (["page.html", "-o", "x", "--json"], "--json and --check are for texts"),
        (["a text", "--ray", "auto"], "--ray translates files"),
        (["page.html", "-o", "x", "--format-option", "columns"], "--format-option columns: give NAME=VALUE"),
        (["page.html", "-o", "x", "--format-option", "column=a"], "--format-option column: is no field; did you mean"),
        (["page.html", "-o", "x", "--format-option", "header=a"], "--format-option header: must be 'auto', 'keep' or"),
        (["hi", "--format-option", "columns=1"], "--format-option: columns is no option of text, which has none."),
        (["page.html", "-o", "absent/x.html"], "there is no folder absent for absent/x.html: make it"),
        (["page.html", "-o", "page.html/x.html"], "there is no folder page.html for"),
        (["page.html", "-o", "."], ". is a folder: name a file in it, or give --output-dir ."),
        (["page.html", "-o", "x", "--format", "htm"], "--format must be 'text', 'html', "),
        (["page.html", "-o", "x", "--syntax", "printg"], "--syntax must be 'auto', 'icu', 'printf', "),
        (["hi", "--format", "docx"], "--format must be 'text', 'html', "),
        (["hi", "--syntax", "java"], "--syntax must be 'auto', 'icu', 'printf', "),
        (["page.html", "-o", "x", "--to", "xx"], "--to: 'xx'"),
        (["page.html", "-o", "x", "--beam", "99"], "--beam: "),
    ],
)
def test_mistakes_are_told_before_anything_starts(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE, "utf-8")
    assert main(["translate", "--to", "de", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


def test_a_language_that_no_model_writes_stops_at_once(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, "utf-8")
    done = undertone("translate", "--to", "es", str(page), "-o", str(tmp_path / "x.html"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("undertone: Nothing translates to Spanish; targets are Chinese (Simplified), Chinese")
    assert done.stderr.count("\n") == 1


def test_a_file_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    """What an earlier run has translated is taken from its journal: here a word that no model would write."""
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    lines = "".join(f"A man is reading book number {number} in the garden.\n" for number in range(2000))
    source.write_text(lines, "utf-8")
    command = ["translate", "--from", "en", "--to", "de", str(source), "-o", str(target)]
    started = subprocess.Popen([sys.executable, "-m", "app.cli", *command], stderr=subprocess.DEVNULL)
    partial = tmp_path / ".b.txt.partial"
    deadline = time.monotonic() + 90
    while not partial.exists() or partial.read_text("utf-8").count("\n") < 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    started.kill()
    started.wait()
    assert not target.exists(), "only whole translations have the name"
    key, translation, _ = json.loads(partial.read_text("utf-8").splitlines()[0])
    number = re.findall(r"\d+", translation)[0]  # texts are done in any order
    source.write_text(f"A man is reading book number {number} in the garden.\n", "utf-8")
    with partial.open("a", encoding="utf-8") as file:
        file.write(f'["{key}", "Zwiebelfisch", []]\n["broken off')
    done = undertone(*command)
    assert done.returncode == 0, done.stderr
    assert "texts of an earlier run" in done.stderr
    assert target.read_text("utf-8") == "Zwiebelfisch\n"
    assert not partial.exists()


def test_a_journal_knows_what_it_was_asked(tmp_path: Path) -> None:
    text, translation = Marked("a b", (Stretch(0, 1),)), Marked("c d", (Stretch(2, 3),))
    path = tmp_path / "journal"
    journal = files.Journal(path, "to German")
    journal.put(text, translation)
    journal.file.close()
    again, other = files.Journal(path, "to German"), files.Journal(path, "to French")
    assert (again.get(text), again.get(Marked("a b")), other.get(text)) == (translation, None, None)
    for one in (again, other):
        one.file.close()


def test_options_of_a_format(tmp_path: Path) -> None:
    table, target = tmp_path / "shop.csv", tmp_path / "laden.csv"
    table.write_text("id,title,note\n7,Good night,Good morning\n", "utf-8")
    columns = ["--format-option", "columns=title", "--format-option", "columns=3", "--format-option", "header=keep"]
    done = undertone("translate", "--from", "en", "--to", "de", str(table), "-o", str(target), *columns)
    assert done.returncode == 0, done.stderr
    assert target.read_text("utf-8") == "id,title,note\n7,Gute Nacht,Guten Morgen\n"
