"""Several processes train one model, and all of them end where one of them fails."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.nets.modules import load_model
from app.training.checkpoints import read_checkpoint
from app.training.run import train
from tests.training.test_loop import assert_same_tensors, data, sentiment_recipe

__all__ = ["data"]

SINGLE_THREADED = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
KEEP_WEIGHTS = """
import sys

from safetensors.torch import save_file

from app.cli import main
from app.training.loop import Trainer

run = Trainer.run


def run_and_keep(self, *arguments):
    complete = run(self, *arguments)
    save_file(dict(self.model.named_parameters()), self.folder / f"weights-{self.rank}.safetensors")
    return complete


Trainer.run = run_and_keep
sys.exit(main(sys.argv[1:]))
"""
FAIL_TO_SAVE = """
import sys

from app.cli import main
from app.training.sentiment import SentimentLearner


def save(self, folder):
    raise OSError("no space left on device")


SentimentLearner.save = save
sys.exit(main(sys.argv[1:]))
"""


def arguments_of(tmp_path: Path, data: Path) -> list[str]:
    folders = ["--config", str(tmp_path / "recipe.yaml"), "--data", str(data), "--run-dir", str(tmp_path / "run")]
    return ["train", "sentiment", *folders]


def run_two(command: list[str]) -> list[tuple[int, str]]:
    """Status and standard error of two processes of one group, without a launcher that would end the second when the
    first one fails."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    processes = [
        subprocess.Popen(
            command, env={**SINGLE_THREADED, **group, "RANK": str(rank)}, stderr=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    return [(process.returncode, error) for process, error in zip(processes, errors, strict=True)]


def test_two_processes_train_one_model(tmp_path: Path, data: Path) -> None:
    """Under `torchrun` with gloo, after a call of one process: both end with the same weights."""
    recipe = sentiment_recipe(tmp_path, steps=12, checkpoint_every=12)
    train(recipe, data, tmp_path / "run", stop_after=4)
    script = tmp_path / "script.py"  # keeps the weights of each process; a checkpoint has those of the first alone
    script.write_text(KEEP_WEIGHTS)
    command = [*TORCHRUN, str(script), *arguments_of(tmp_path, data)]
    command += ["--output", str(tmp_path / "model"), "--stop-after-s", "100"]
    done = subprocess.run(command, env=SINGLE_THREADED, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert_same_tensors(*(tmp_path / "run" / f"weights-{rank}.safetensors" for rank in (0, 1)))
    for rank in (0, 1):
        assert read_checkpoint(tmp_path / "run" / f"checkpoint-{rank}.safetensors")[1].step == 12
    assert load_model(tmp_path / "model").config.name == "small-sentiment"


@pytest.mark.timeout(600)  # four processes that load torch, twice
def test_two_nodes_train_one_model(tmp_path: Path, data: Path) -> None:
    """Two launchers of one process each, which meet at the address of the first as on two machines that share a folder:
    both processes end with the same weights, after a call that was broken off."""
    sentiment_recipe(tmp_path, steps=8, checkpoint_every=8)
    script = tmp_path / "script.py"
    script.write_text(KEEP_WEIGHTS)
    with socket.create_server(("127.0.0.1", 0)) as server:
        meeting = f"127.0.0.1:{server.getsockname()[1]}"

    def train_on_both(*options: str) -> None:
        launchers = []
        for node in (0, 1):
            command = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1"]
            command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", meeting, "--rdzv-id", "test"]
            command += ["--local-addr", "127.0.0.1", "--rdzv-conf", f"is_host={1 - node}", str(script)]
            command += [*arguments_of(tmp_path, data), *options]
            launchers.append(subprocess.Popen(command, env=SINGLE_THREADED, stderr=subprocess.PIPE, text=True))
        errors = [launcher.communicate(timeout=280)[1] for launcher in launchers]
        assert [launcher.returncode for launcher in launchers] == [0, 0], errors

    train_on_both("--stop-after-s", "0.01")
    steps = [read_checkpoint(file)[1].step for file in (tmp_path / "run").glob("checkpoint-*.safetensors")]
    assert len(steps) == 2
    assert max(steps) < 8
    train_on_both("--output", str(tmp_path / "model"))
    assert_same_tensors(*(tmp_path / "run" / f"weights-{rank}.safetensors" for rank in (0, 1)))
    assert load_model(tmp_path / "model").config.name == "small-sentiment"


@pytest.mark.parametrize("module", ["app.cli", "app.training"])
def test_all_processes_end_with_the_error_of_the_first(tmp_path: Path, data: Path, module: str) -> None:
    sentiment_recipe(tmp_path)
    (data / "posts.train.tsv").unlink()
    for status, error in run_two([sys.executable, "-m", module, *arguments_of(tmp_path, data)]):
        assert status == 1
        assert "posts.train: no such corpus" in error
        assert "Traceback" not in error


def test_a_missing_corpus_ends_torchrun(tmp_path: Path, data: Path) -> None:
    sentiment_recipe(tmp_path)
    (data / "posts.train.tsv").unlink()
    command = [*TORCHRUN, "-m", "app.training", *arguments_of(tmp_path, data)]
    done = subprocess.run(command, env=SINGLE_THREADED, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "posts.train: no such corpus" in done.stderr
    assert "Connection closed by peer" not in done.stderr


def test_all_processes_end_where_the_first_cannot_save(tmp_path: Path, data: Path) -> None:
    sentiment_recipe(tmp_path, steps=4, evaluate_every=2)
    script = tmp_path / "script.py"
    script.write_text(FAIL_TO_SAVE)
    (first, error), (second, message) = run_two([sys.executable, str(script), *arguments_of(tmp_path, data)])
    assert first == 1
    assert second != 0  # gloo has aborted it once while it left the group
    assert "OSError: no space left on device" in error
    assert "undertone: the first process failed: OSError: no space left on device" in message
