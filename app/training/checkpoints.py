"""The checkpoints of a run: each process writes one and continues from it bit for bit."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from app.nets.weights import renamed, under
from app.training.errors import RecipeError


@dataclass(slots=True)
class Progress:
    """Where a run stands. A checkpoint holds it beside its tensors."""

    step: int = 0  # updates of the weights so far
    epoch: int = 0  # the current one, from 0
    position: int = 0  # batches of the current epoch so far
    best: float = -1.0  # highest dev metric
    stale: int = 0  # evaluations since the highest dev metric
    seconds: float = 0.0  # of training
    evaluated: int = 0  # step of the last evaluation
    spent: float = 0.0  # seconds of training and evaluation
    longest_evaluation: float = 0.0  # in seconds


class Checkpoints:
    """The checkpoints of a run in `folder`, one for each process. The checkpoint of the first process, `rank` 0, has
    the state that the processes share: the weights, their `average` and the optimizer's state. Every checkpoint has the
    state of its process's random number generators."""

    def __init__(
        self,
        folder: Path,
        model: nn.Module,
        average: dict[str, Tensor],
        optimizer: torch.optim.Optimizer,
        device: torch.device,
        rank: int,
    ) -> None:
        self.folder, self.model, self.average, self.optimizer = folder, model, average, optimizer
        self.device, self.rank = device, rank

    @property
    def exist(self) -> bool:
        return self.file(0).is_file()

    def file(self, rank: int) -> Path:
        return self.folder / f"checkpoint-{rank}.safetensors"

    def store(self, progress: Progress) -> None:
        """Write this process's checkpoint, whole or not at all."""
        tensors = {"rng": torch.get_rng_state()}
        if self.device.type == "cuda":
            tensors["rng.cuda"] = torch.cuda.get_rng_state(self.device)
        if self.rank == 0:
            tensors |= {f"model.{name}": p.detach() for name, p in self.model.named_parameters()}
            tensors |= {f"average.{name}": p for name, p in self.average.items()}
            for index, state in self.optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
        path = self.file(self.rank)
        partial = path.with_suffix(".partial")
        tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        save_file(tensors, partial, metadata={"progress": json.dumps(asdict(progress))})
        os.replace(partial, path)

    def restore(self) -> Progress:
        """Read the checkpoints; the number of processes may have changed since they were written. Raises RecipeError
        where they belong to another model."""
        tensors, progress = read_checkpoint(self.file(0))
        weights = renamed(under("model.", tensors))
        if shapes(weights) != shapes(dict(self.model.named_parameters())):
            raise RecipeError(
                f"{self.folder}: the run there is of another architecture or size; take another folder, or name the "
                "model that it began with (--begin)"
            )
        copy_weights(weights, dict(self.model.named_parameters()))
        copy_weights(renamed(under("average.", tensors)), self.average)
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in under("optimizer.", tensors).items():
            index, key = name.split(".")
            state.setdefault(int(index), {})[key] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        if self.rank > 0:
            own = self.file(self.rank)
            tensors, reached = read_checkpoint(own) if own.is_file() else ({}, Progress(step=-1))
            if reached.step != progress.step:
                # This process is new, or the last call ended between two files: its generators are freshly seeded.
                return progress
        torch.set_rng_state(tensors["rng"])
        if self.device.type == "cuda" and "rng.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["rng.cuda"], self.device)
        return progress


def shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in weights.items()}


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], Progress]:
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return tensors, Progress(**json.loads(file.metadata()["progress"]))


def copy_weights(source: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> None:
    """Write tensors over those of the same names."""
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(source[name])
