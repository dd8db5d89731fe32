from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.cli import main
from app.nets.folder import load_model
from app.settings import SHIPPED_MODELS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("sentiment-en", {"label\ttext\npositive\tI love this phone\nneutral\tThe train leaves at nine\n": ".train"}),
        ("translation-en-de", {"A man is running.\tEin Mann rennt.\n": ".en-de"}),
    ],
)
def test_the_card_is_written_from_what_was_measured(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    """`undertone evaluate --config` scores the recipe's report sets and writes what the folder's README says."""
    model = Path(shutil.copytree(SHIPPED_MODELS / name, tmp_path / name))
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        assert (model / file).is_file()
    (model / "README.md").unlink(missing_ok=True)
    recipe = (ROOT / "configs" / f"{name}.yaml").read_text()
    report = [line.strip("- \n") for line in recipe.partition("report:")[2].partition("optimisation:")[0].splitlines()]
    for file in filter(None, report):
        path = tmp_path / "data" / f"{file}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(next(iter(files)))
    run = tmp_path / "run"
    run.mkdir()
    entries = [{"step": 10, "seconds": 60, "dev/metric": 0.25}, {"step": 20, "seconds": 120, "dev/metric": 0.5}]
    (run / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    config = str(ROOT / "configs" / f"{name}.yaml")
    arguments = ["evaluate", str(model), "--config", config, "--data", str(tmp_path / "data")]
    assert main([*arguments, "--run-dir", str(run)]) == 0
    card = (model / "README.md").read_text()
    assert f"# {name}" in card
    parameters = sum(parameter.numel() for parameter in load_model(model).parameters())
    assert f"{parameters:,} parameters" in card
    assert "Chosen: step 20, dev metric 0.5000" in card
    assert "tok:13a" in card if "translation" in name else "<- predicted" in card
    assert "| licence |" in card
    assert "undertone train" in card
