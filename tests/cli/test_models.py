"""`undertone models`: adding from folders, archives and a hub, what is refused, listing and removing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")

from app.cli import main
from app.huggingface.selection import NOTHING, select
from tests.huggingface import models as hf_models
from tests.store.mirror import SHA, Mirror, mirror

pytestmark = pytest.mark.transformer


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hf_models.make(tmp_path_factory.mktemp("sources"), ["bert", "opus-mt-en-de", "nllb"])


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of models that does not exist yet."""
    return tmp_path / "data" / "models"


def test_a_life_of_a_model(folders: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--models-dir", str(models)]
    assert main(["models", *place]) == 0
    assert capsys.readouterr().out == ""
    archive = shutil.make_archive(str(models.parent.parent / "packed"), "gztar", folders, "bert")
    assert main(["models", "add", archive, str(folders / "opus-mt-en-de"), *place]) == 0
    added = capsys.readouterr().out.splitlines()
    assert added[0].startswith("bert\tsentiment\ten\t")
    assert added[0].endswith("licence unknown")
    assert added[1].startswith("  I love this phone -> ")
    assert added[2].startswith("opus-mt-en-de\ttranslation\ten to de\t")
    assert added[3].startswith("  A man is standing on a ladder. -> ")
    assert sorted(path.name for path in models.iterdir()) == ["bert", "opus-mt-en-de"]
    assert main(["models", "list", *place]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [[*row[:3], *row[4:]] for row in rows] == [
        ["bert", "sentiment", "en", "unknown", "transformers"],
        ["opus-mt-en-de", "translation", "en to de", "unknown", "transformers"],
    ]
    assert main(["models", "add", str(folders / "bert"), *place]) == 1
    assert "has a model bert already: --force replaces it" in capsys.readouterr().err
    (models / "bert" / "mine").touch()
    assert main(["models", "add", str(folders / "bert"), "--force", *place]) == 0
    assert not (models / "bert" / "mine").exists()
    capsys.readouterr()
    assert main(["models", "remove", "bert", *place]) == 1  # nobody to ask
    assert "With --yes" in capsys.readouterr().err
    assert main(["models", "remove", "bert", "--yes", *place]) == 0
    assert main(["models", "remove", "bert", "--yes", *place]) == 1
    assert "has no model 'bert'; there is opus-mt-en-de" in capsys.readouterr().err
    assert [path.name for path in models.iterdir()] == ["opus-mt-en-de"]


def test_our_own_model_under_another_name(tiny_models: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--models-dir", str(models)]
    assert main(["models", "add", str(tiny_models / "tiny-sentiment"), "--name", "mine", *place]) == 0
    assert main(["models", *place]) == 0
    assert "mine\tsentiment\ten\t" in capsys.readouterr().out
    assert main(["models", "add", str(tiny_models / "tiny-sentiment"), "--labels", "negative", *place]) == 1
    assert "its config.json states" in capsys.readouterr().err
    for name, said in (("third", "mine answers before third"), ("first", "first answers before mine, third")):
        assert main(["models", "add", str(tiny_models / "tiny-sentiment"), "--name", name, *place]) == 0
        assert said in capsys.readouterr().err


def pickled(folder: Path, source: Path, weights: Any = None) -> Path:
    shutil.copytree(source, folder)
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors if weights is None else weights, folder / "pytorch_model.bin")
    return folder


def test_pickles_become_safetensors(
    folders: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("bert", "opus-mt-en-de"):  # the second has weights that are tied
        source = pickled(tmp_path / name, folders / name)
        assert main(["models", "add", str(source), "--models-dir", str(models)]) == 0, capsys.readouterr().err
        assert not list(models.rglob("*.bin"))
        old, new = load_file(folders / name / "model.safetensors"), load_file(models / name / "model.safetensors")
        assert new.keys() == old.keys()
        assert all(torch.equal(old[key], new[key]) for key in old)
        assert (models / name / "config.json").read_bytes() == (folders / name / "config.json").read_bytes()


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_pickle_with_code_is_refused_and_does_not_run(
    folders: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = pickled(tmp_path / "bert", folders / "bert", {"weight": Evil(tmp_path / "ran")})
    assert main(["models", "add", str(source), "--models-dir", str(models)]) == 1
    assert "cannot be converted to safetensors" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()
    assert not list(models.iterdir())


def test_what_cannot_be_served_is_not_added_unless_options_say_what_is_missing(
    models: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = {"id2label": {0: "up", 1: "down"}, "label2id": {"up": 0, "down": 1}}
    hf_models.bert(tmp_path / "moods", **names)
    command = ["models", "add", str(tmp_path / "moods"), "--models-dir", str(models)]
    assert main(command) == 1
    told = capfd.readouterr().err
    assert "nothing tells which of its classes (up, down) are" in told
    assert "moods cannot be served, for the reason above; nothing was added" in told
    assert not list(models.iterdir())
    assert main([*command, "--labels", "good,bad"]) == 2
    assert "--labels has bad, good; labels are" in capfd.readouterr().err
    assert main([*command, "--labels", "positive,negative", "--languages", "de"]) == 0
    [(_, wanted)] = select(models, NOTHING)
    assert (wanted.labels, wanted.languages) == (["positive", "negative"], ["de"])


def test_a_model_of_many_languages_for_two_directions(
    folders: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["models", "add", str(folders / "nllb"), "--models-dir", str(models)]
    assert main([*command, "--directions", "en-klingon"]) == 2
    assert "no language code known here" in capsys.readouterr().err
    assert main([*command, "--directions", "en-de+fr-zh_Hant", "--name", "two"]) == 0
    assert capsys.readouterr().out.startswith("two\ttranslation\ten to de, fr to zh-Hant\t")
    [(_, wanted)] = select(models, NOTHING)
    assert wanted.directions == [("en", "de"), ("fr", "zh-Hant")]


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../up", "a b", "x" * 101])
def test_names_that_are_none(folders: Path, models: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "add", str(folders / "bert"), "--name", name, "--models-dir", str(models)]) == 1
    assert "is no name for a model" in capsys.readouterr().err
    assert not list(models.iterdir())


@pytest.fixture(scope="module")
def hub(folders: Path) -> Iterator[Mirror]:
    with mirror() as served:
        (folders / "bert" / "modeling_evil.py").write_text("raise SystemExit")
        (folders / "bert" / "onnx").mkdir()
        (folders / "bert" / "onnx" / "model.onnx").write_text("other runtime")
        served.repositories["owner/bert"] = (folders / "bert", {"license": "apache-2.0"})
        served.repositories["owner/restricted"] = (folders / "bert", {"license": "cc-by-nc-4.0"})
        served.repositories["owner/silent"] = (folders / "bert", {})
        yield served


def from_hub(home: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    environment |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-m", "app.cli", "models", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL
    )


def test_by_id_and_again_without_a_network(hub: Mirror, models: Path, tmp_path: Path) -> None:
    place = ["--models-dir", str(models)]
    done = from_hub(tmp_path / "home", hub.url, "add", "owner/bert@v2", *place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("bert\tsentiment\ten\t")
    assert "licence apache-2.0" in done.stdout
    notes = json.loads((models / "bert" / "undertone.json").read_text())
    assert (notes["source"], notes["licence"]) == (f"owner/bert@{SHA}", "apache-2.0")
    assert not any("modeling_evil.py" in path or "onnx" in path for path in hub.asked)
    nowhere = "http://127.0.0.1:9"
    again = from_hub(tmp_path / "home", nowhere, "add", "owner/bert@v2", "--name", "again", "--yes", *place)
    assert again.returncode == 0, again.stderr
    assert sorted(path.name for path in models.iterdir()) == ["again", "bert"]
    other = from_hub(tmp_path / "home", nowhere, "add", "owner/other", *place)
    assert other.returncode == 1
    assert len(other.stderr.splitlines()) == 1
    assert "owner/other: no such folder here, and the hub cannot be reached" in other.stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "owner/restricted",
            "has the licence cc-by-nc-4.0, which may not allow what you plan: read its card. With --yes",
        ),
        ("owner/silent", "names no licence"),
        ("owner/absent", "neither a folder here nor a model of the hub"),
        ("owner/bert@v3", "has no revision v3"),
    ],
)
def test_what_a_hub_has_but_should_be_asked_about(
    hub: Mirror, models: Path, tmp_path: Path, source: str, message: str
) -> None:
    hub.asked.clear()
    done = from_hub(tmp_path / "home", hub.url, "add", source, "--models-dir", str(models))
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not any("/resolve/" in path for path in hub.asked)
    assert not list(models.iterdir())


def test_the_other_commands_start_without_what_this_one_needs() -> None:
    script = (
        "import sys, app.cli; app.cli.build_parser(); print({'torch', 'transformers', 'huggingface_hub', 'tqdm'} & "
    )
    script += "set(sys.modules) | {name for name in sys.modules if name.startswith('app.store')})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
