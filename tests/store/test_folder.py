"""The folder of models: what a change of it leaves behind, and what sources are."""

from __future__ import annotations

import fcntl
import zipfile
from pathlib import Path

import pytest

from app.huggingface.selection import NOTHING, select
from app.nets.folder import ModelFolderError
from app.store.folder import changing, entries, remove
from app.store.layout import needed_files
from app.store.source import Source, fetch


def refuse(question: str) -> None:
    raise AssertionError(question)


def source(folder: Path, shared: bool = False) -> Source:
    return Source(folder, sorted(path.name for path in folder.iterdir()), folder.name, "here", "mit", shared)


def test_what_a_killed_change_left_stops_no_start_and_goes_with_the_next(tiny_models: Path, tmp_path: Path) -> None:
    abandoned, running = tmp_path / ".change-old", tmp_path / ".change-running"
    for hidden in (abandoned, running):
        (hidden / "models" / "half").mkdir(parents=True)
        (hidden / "models" / "half" / "config.json").write_text("{")
        (hidden / ".lock").touch()
    (tmp_path / "tiny-sentiment").symlink_to(tiny_models / "tiny-sentiment")
    assert [wanted.name for _, wanted in select(tmp_path, NOTHING)] == ["tiny-sentiment"]
    assert [entry.name for entry in entries(tmp_path)] == ["tiny-sentiment"]
    with (running / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with changing(tmp_path):
            pass
    assert running.exists()
    assert not abandoned.exists()


def test_a_change_that_fails_leaves_nothing(tiny_models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clean" / "models"
    with pytest.raises(RuntimeError), changing(folder) as change:  # noqa: PT012
        change.copy(source(tiny_models / "tiny-sentiment"), "half")
        raise RuntimeError
    assert not list(folder.iterdir())


def test_a_replaced_model_is_the_new_one_or_the_old_one(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "name"
    old.mkdir()
    (old / "old").touch()
    rename = Path.rename

    def full(path: Path, target: Path) -> Path:
        if path.parent.name == "models":
            raise OSError("no space left on device")
        return rename(path, target)

    with pytest.raises(OSError, match="no space"), changing(tmp_path) as change:  # noqa: PT012
        change.copy(source(tiny_models / "tiny-sentiment"), "name")
        monkeypatch.setattr(Path, "rename", full)
        change.publish("name", old)
    monkeypatch.undo()
    assert (old / "old").exists()
    with changing(tmp_path) as change:
        change.copy(source(tiny_models / "tiny-sentiment"), "name")
        change.publish("name", old)
    assert (tmp_path / "name" / "config.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["name"]


def test_weights_of_the_hubs_cache_take_no_room_and_its_other_files_stay_as_they_are(
    tiny_models: Path, tmp_path: Path
) -> None:
    cached = tmp_path / "cache" / "tiny-sentiment"
    cached.mkdir(parents=True)
    for path in (tiny_models / "tiny-sentiment").iterdir():
        (cached / path.name).write_bytes(path.read_bytes())
    with changing(tmp_path / "models") as change:
        folder = change.copy(source(cached, shared=True), "name")
        assert (folder / "model.safetensors").samefile(cached / "model.safetensors")
        assert not (folder / "config.json").samefile(cached / "config.json")


def test_a_link_is_removed_and_not_what_it_leads_to(tiny_models: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny-sentiment").symlink_to(tiny_models / "tiny-sentiment")
    remove(entries(tmp_path)[0])
    assert not list(tmp_path.iterdir())
    assert (tiny_models / "tiny-sentiment" / "config.json").exists()


def test_damaged_models_are_listed_with_the_reason(tmp_path: Path) -> None:
    for name, text in {"half": "{", "other": "{}", "list": "[]", "deep": "[" * 100_000}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(text)
    (tmp_path / "no-model").mkdir()
    assert [(entry.name, entry.task) for entry in entries(tmp_path)] == [
        (name, "damaged") for name in ("deep", "half", "list", "other")
    ]


def test_which_files_a_model_needs() -> None:
    plain = ["config.json", "tokenizer.json", "README.md", "LICENSE", "modeling.py", "onnx/model.onnx", "tf_model.h5"]
    both = [*plain, "model.safetensors", "pytorch_model.bin"]
    assert needed_files(both) == ["LICENSE", "README.md", "config.json", "model.safetensors", "tokenizer.json"]
    shards = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json"]
    assert set(shards) < set(needed_files([*plain, *shards, "training_args.bin", "optimizer.pt"]))
    assert "training_args.bin" not in needed_files([*plain, *shards, "training_args.bin"])
    argos = ["metadata.json", "sentencepiece.model", "model/config.json", "model/model.bin"]
    argos += ["model/shared_vocabulary.json", "README.md"]
    assert needed_files([*argos, "stanza/en.pt"]) == sorted(argos, key=lambda name: (name.startswith("model/"), name))
    with pytest.raises(ModelFolderError, match=r"only onnx/model.onnx, tf_model.h5"):
        needed_files(plain)


def test_an_argos_package_is_a_model_of_ctranslate2(tmp_path: Path) -> None:
    package = tmp_path / "translate-en_de-1_0.argosmodel"
    with zipfile.ZipFile(package, "w") as archive:
        for name in ("metadata.json", "sentencepiece.model", "model/model.bin", "model/shared_vocabulary.txt"):
            archive.writestr(f"translate-en_de-1_0/{name}", "{}")
        archive.writestr("translate-en_de-1_0/stanza/x.pt", "")
    found = fetch(str(package), tmp_path / "work", refuse)
    assert (found.name, found.layout) == ("translate-en_de-1_0", "ctranslate2")
    assert found.files == ["metadata.json", "sentencepiece.model", "model/model.bin", "model/shared_vocabulary.txt"]


@pytest.mark.parametrize("name", ["/absent", "./absent", "absent.zip", "a/absent.argosmodel", "a/b/c", "what is this"])
def test_sources_that_are_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="no such file or folder, and no hub id"):
        fetch(name, tmp_path, refuse)
