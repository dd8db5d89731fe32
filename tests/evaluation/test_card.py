from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from app.cli import main
from app.evaluation.evaluate_all import is_sentiment
from app.evaluation.report import BEGIN, END
from app.huggingface.card import head_of
from app.huggingface.scores import scores_of
from app.nets.folder import read_config
from app.nets.modules import load_model
from app.settings import SHIPPED_MODELS
from app.training.data.corpora import LABELS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("sentiment-en", {"label\ttext\npositive\tI love this phone\nneutral\tThe train leaves at nine\n": ".train"}),
        ("translation-en-de", {"A man is running.\tEin Mann rennt.\n": ".en-de"}),
    ],
)
def test_the_card_shows_the_scores(tmp_path: Path, name: str, files: dict[str, str]) -> None:
    """`undertone evaluate --config` scores the report sets of the recipe and writes the card of the model."""
    model = Path(shutil.copytree(SHIPPED_MODELS / name, tmp_path / name))
    for file in ("config.json", "tokenizer.json"):
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
    entries = [{"step": step, "seconds": step, "train/loss": 1 / step} for step in range(1, 400)]
    entries += [{"step": 410, "seconds": 480, "dev/metric": 0.5}, {"step": 400, "seconds": 470, "dev/metric": 0.25}]
    entries += [{"step": 420, "seconds": 490, "dev/metric": 0.5}]  # step 410 was lost in an interruption
    (run / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    config = str(ROOT / "configs" / f"{name}.yaml")
    arguments = ["evaluate", str(model), "--config", config, "--data", str(tmp_path / "data")]
    (run / "best").symlink_to(SHIPPED_MODELS / name)
    seeds = [str(run)] * 2 if "sentiment" in name else []
    assert main([*arguments, "--run-dir", str(run), *(["--seeds", *seeds] if seeds else [])]) == 0
    card = (model / "README.md").read_text()
    assert f"\n# {name}" in card
    shown = re.search(r"\| (?:en/sst.dev \| 2|dev/tatoeba_dev.en-de) \| ([\d.]+) \|", card)
    assert shown
    scores = {
        one.metric: one.value
        for one in scores_of(head_of(model), read_config(model)[0])
        if "tatoeba" in one.set or "sst" in one.set
    }
    metric = "bleu" if "translation" in name else "recall"
    assert (len(scores), round(scores[metric], 1)) == (2 + ("sentiment" in name), float(shown[1]))
    parameters = sum(parameter.numel() for parameter in load_model(model).parameters())
    assert f"{parameters:,} parameters" in card
    assert "Chosen: step 420, dev metric 0.5000" in card
    assert "tok:13a" in card if "translation" in name else "<- predicted" in card
    assert ("| this model | run 1 | run 2 | mean | spread |" in card) == bool(seeds)
    assert ("of the recipe from nothing, 420 steps each, with other seeds" in card) == bool(seeds)
    assert not seeds or re.search(r"\| en/sst.dev \| ([\d.]+) \| \1 \| \1 \| \1 \| 0.0 \|", card)
    assert ("## Calibration" in card and "| all |" in card) == ("sentiment" in name)
    assert "| licence |" in card
    assert "(training.svg)" in card
    assert 5_000 < (model / "training.svg").stat().st_size < 60_000
    assert "undertone train" in card
    assert (
        "| junk comes back | 13 of 13 |" in card
        if "translation" in name
        else "| plain praise | MFT | 66 | 100.0 |" in card
    )


DEV = {
    "sentiment/en/posts.dev.tsv": "label\ttext\npositive\tI love it\nnegative\tI hate it\nneutral\tThe train is here\n",
    "sentiment/zh/posts.dev.tsv": "label\ttext\npositive\t很好\n",
    "translation/dev/small.en-de.tsv": "A man is running.\tEin Mann rennt.\n",
    "translation/dev/small.en-fr.tsv": "A man is running.\tUn homme court.\n",
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_all_models_are_scored_on_all_sets_that_they_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The region of a page is filled, with the baseline of the recipe's training data and the plots of the models."""
    models = tmp_path / "models"
    for name in ("sentiment-en", "translation-en-de"):
        shutil.copytree(SHIPPED_MODELS / name, models / name)
    data = written(tmp_path / "data", DEV)
    posts = [
        f"{label}\tthe {word} thing {n}"
        for label, word in zip(LABELS, ("bad", "wooden", "good"), strict=True)
        for n in "abc"
    ]
    written(data, {"sentiment/en/posts.train.tsv": "\n".join(["label\ttext", *posts]) + "\n"})
    recipe = {
        **yaml.safe_load((ROOT / "configs" / "sentiment-en.yaml").read_text()),
        "data": [{"file": "en/posts.train"}],
    }
    configs = written(tmp_path / "configs", {"sentiment-en.yaml": yaml.safe_dump(recipe)})
    shutil.copytree(ROOT / "configs" / "behaviour", configs / "behaviour")
    shutil.copy(ROOT / "configs" / "published.yaml", configs)
    written(models, {"sentiment-en/training.svg": "a plot"})
    (models / "translation-en-de" / "training.svg").unlink(missing_ok=True)
    page = tmp_path / "docs" / "models.md"
    written(tmp_path / "docs", {"models.md": f"before\n{BEGIN}\nstale page\n{END}\nafter\n"})
    folders = [
        "--models",
        str(models),
        "--configs",
        str(configs),
        "--runs",
        str(tmp_path / "runs"),
        "--data",
        str(data),
    ]
    assert main(["evaluate", "--all", *folders, "--output", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale page" not in text
    assert "| en/posts.dev | 3 | 100.0 | " in text
    assert "logistic regression, 9 training texts" in text
    assert "| plain praise | MFT | 66 |" in text
    assert "| dev/small.en-de | en to de | 1 |" in text
    assert "| junk comes back | 13 of 13 |" in text
    assert "small.en-fr" not in text
    assert "zh/posts" not in text
    assert "nrefs:1|case:mixed|eff:no|tok:13a" in text
    assert "![training of sentiment-en](../models/sentiment-en/training.svg)" in text
    assert "training of translation-en-de" not in text
    assert "| en/posts.dev | 3 | 100.0 | " in capsys.readouterr().out


def test_files_of_any_folder_instead(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(SHIPPED_MODELS / "sentiment-en", models / "sentiment-en")
    (tmp_path / "mine.tsv").write_text(DEV["sentiment/en/posts.dev.tsv"])
    output = tmp_path / "report.json"
    arguments = ["evaluate", "--all", str(tmp_path / "mine.tsv"), "--models", str(models), "--runs", str(tmp_path)]
    assert main([*arguments, "--output", str(output)]) == 0
    (entry,) = json.loads(output.read_text())["sentiment"]
    (row,) = entry["sets"]
    assert row["texts"] == 3
    assert row["confusion"] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert row["recall"] == [100.0, 100.0, 100.0]
    (tmp_path / "theirs.tsv").write_bytes(DEV["sentiment/en/posts.dev.tsv"].replace("\n", "\r\n").encode())
    assert is_sentiment(tmp_path / "theirs.tsv")
