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


def test_what_is_listed_is_what_a_start_would_load(tiny_models: Path, tmp_path: Path) -> None:
    """Also what is damaged, which stops the start, and packages and folders of CTranslate2 of either form."""
    (tmp_path / "tiny-sentiment").symlink_to(tiny_models / "tiny-sentiment")
    for name, files in {
        "converted": ["model.bin", "shared_vocabulary.json"],
        "argos": ["metadata.json", "model/model.bin", "model/shared_vocabulary.txt"],
        "inside": ["model/model.bin", "model/shared_vocabulary.txt"],
        "damaged": ["config.json"],
        "half": ["model.bin"],
        "notes": ["README.md"],
        ".hidden": ["config.json"],
    }.items():
        for file in files:
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text('{"from_code": "en", "to_code": "pb"}' if "meta" in file else "")
    for name, metadata in {"package": '{"from_code": "de", "to_code": "en"}', "argos": "{}", "broken": "["}.items():
        with zipfile.ZipFile(tmp_path / f"{name}.argosmodel", "w") as package:
            package.writestr("x/metadata.json", metadata)
            package.writestr("x/model/model.bin", "")
    (tmp_path / "empty.argosmodel").touch()
    listed = {entry.name: (entry.task, entry.speaks) for entry in entries(tmp_path)}
    assert listed.keys() == {wanted.name for _, wanted in select(tmp_path, NOTHING)}
    damaged = {name for name, (task, _) in listed.items() if task == "damaged"}
    assert damaged == {"damaged", "half", "broken", "empty"}
    assert {name: facts for name, facts in listed.items() if name not in damaged} == {
        "tiny-sentiment": ("sentiment", "en"),
        "converted": ("translation", ""),
        "argos": ("translation", "en to pt"),
        "argos.argosmodel": ("translation", ""),  # a folder has the name without the suffix
        "inside": ("translation", ""),
        "package": ("translation", "de to en"),
    }
    package = next(entry for entry in entries(tmp_path) if entry.name == "package")
    assert (package.size, package.backend) == ((tmp_path / "package.argosmodel").stat().st_size, "ctranslate2")
    remove(package)
    assert not (tmp_path / "package.argosmodel").exists()


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
