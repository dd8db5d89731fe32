"""Graphs that a folder keeps answer as those that were just built, and no state of the folder stops a start."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.nets.folder import StoredModel, open_folder
from app.runtime.cache_folder import SUMS, UNFINISHED, UNUSED_S
from app.runtime.decoding import translate
from app.runtime.graph_cache import GraphCache
from app.runtime.onnx import OnnxClassifier, OnnxTranslator

ROWS = [[5, 6, 7, 3], [8, 3]]


def stored(models: Path, name: str = "tiny-sentiment", readable: bool = True) -> StoredModel:
    model = open_folder(models / name)
    if not readable:
        model.read = unreadable  # type: ignore[method-assign]
    return model


def unreadable() -> dict[str, object]:
    raise AssertionError("the weights were read, so the graphs were built")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_a_second_start_builds_nothing_and_answers_the_same(tiny_models: Path, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "cache"
    first = OnnxClassifier(stored(tiny_models), GraphCache(cache)).classify(ROWS)
    assert OnnxClassifier(stored(tiny_models, readable=False), GraphCache(cache)).classify(ROWS) == first
    assert OnnxClassifier(stored(tiny_models)).classify(ROWS) == first
    translations = [
        translate(OnnxTranslator(stored(tiny_models, "tiny-translation"), one), ROWS, beam=3, max_tokens=[9, 9])
        for one in (GraphCache(cache), GraphCache(cache), GraphCache(None))
    ]
    assert translations[0] == translations[1] == translations[2]
    assert len(list(cache.iterdir())) == 2


def test_other_weights_and_sizes_have_graphs_of_their_own(tiny_models: Path, tmp_path: Path) -> None:
    model = stored(tiny_models)
    OnnxClassifier(model, GraphCache(tmp_path))
    model.digest = "another"
    OnnxClassifier(model, GraphCache(tmp_path))
    model.sizes.dropout = 0.123
    OnnxClassifier(model, GraphCache(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3


def test_engines_that_start_at_once_share_one_entry(
    tiny_models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    late, read = stored(tiny_models), stored(tiny_models).read

    def another_is_first() -> object:
        OnnxClassifier(stored(tiny_models), GraphCache(tmp_path))
        return read()

    late.read = another_is_first  # type: ignore[assignment]
    found = OnnxClassifier(late, GraphCache(tmp_path)).classify(ROWS)
    assert found == OnnxClassifier(stored(tiny_models)).classify(ROWS)
    assert [path.name.startswith(UNFINISHED) for path in tmp_path.iterdir()] == [False]
    assert not warnings(caplog)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a bit of the weights": lambda entry: flip(entry / "classify.weights"),
    "the end of the weights": lambda entry: os.truncate(entry / "classify.weights", 1000),
    "the graph": lambda entry: (entry / "classify.onnx").write_bytes(b""),
    "no weights": lambda entry: (entry / "classify.weights").unlink(),
    "no checksums": lambda entry: (entry / SUMS).unlink(),
    "no valid checksums": lambda entry: (entry / SUMS).write_text("[1"),
    "checksums of nothing": lambda entry: (entry / SUMS).write_text("{}"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_entry_is_built_again(
    tiny_models: Path, tmp_path: Path, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    expected = OnnxClassifier(stored(tiny_models), GraphCache(tmp_path)).classify(ROWS)
    (entry,) = tmp_path.iterdir()
    DAMAGE[what](entry)
    assert OnnxClassifier(stored(tiny_models), GraphCache(tmp_path)).classify(ROWS) == expected
    assert [f"{entry} is damaged" in line for line in warnings(caplog)] == [True]
    caplog.clear()
    assert OnnxClassifier(stored(tiny_models, readable=False), GraphCache(tmp_path)).classify(ROWS) == expected
    assert not warnings(caplog)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk without room for more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("state", ["is a file", "cannot be made", "full"])
def test_a_folder_that_cannot_be_written_leaves_graphs_in_memory(
    tiny_models: Path, tmp_path: Path, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "cache"
    if state == "is a file":
        folder.write_text("")
    if state == "cannot be made":
        folder = Path("/proc/undertone")
    cache = GraphCache(folder)
    with files_of_at_most(2000 if state == "full" else resource.RLIM_INFINITY):
        classifier = OnnxClassifier(stored(tiny_models), cache)
        translator = OnnxTranslator(stored(tiny_models, "tiny-translation"), cache)
    assert classifier.classify(ROWS) == OnnxClassifier(stored(tiny_models)).classify(ROWS)
    assert translate(translator, ROWS, beam=1, max_tokens=[9, 9])
    (line,) = warnings(caplog)
    assert "UNDERTONE_CACHE_DIR" in line
    assert state != "full" or list(folder.iterdir()) == []


def test_entries_that_nobody_uses_go(tiny_models: Path, tmp_path: Path) -> None:
    OnnxClassifier(stored(tiny_models), GraphCache(tmp_path))
    (entry,) = tmp_path.iterdir()
    for name in ("old", f"{UNFINISHED}old", "recent", "of-somebody-else"):
        shutil.copytree(entry, tmp_path / name)
    (tmp_path / "of-somebody-else" / SUMS).unlink()
    then = time.time() - UNUSED_S - 1
    for path in (entry, *(tmp_path / name for name in ("old", f"{UNFINISHED}old", "of-somebody-else"))):
        os.utime(path, (then, then))
    OnnxClassifier(stored(tiny_models, readable=False), GraphCache(tmp_path))  # it is used
    OnnxTranslator(stored(tiny_models, "tiny-translation"), GraphCache(tmp_path))
    kept = {path.name for path in tmp_path.iterdir()}
    assert {entry.name, "recent", "of-somebody-else"} < kept
    assert len(kept) == 4
