"""The processes of a training run: one alone, or several that `torchrun` started and that train one model together."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist

from app.nets.folder import ModelFolderError
from app.training.errors import TrainingError
from app.training.processor import bound_primitives, keep_memory

T = TypeVar("T")

TIMEOUT = timedelta(hours=6)  # of an exchange: others wait while the first prepares examples, or all are paused


def start(seed: int) -> torch.device:
    """Seed everything, join the process group where `torchrun` started this process, and choose the device."""
    keep_memory()
    bound_primitives()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)  # NCCL exchanges objects through the current device
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        dist.init_process_group("nccl" if cuda else "gloo", timeout=TIMEOUT)
    if cuda:
        torch.set_float32_matmul_precision("high")  # in TensorFloat-32
    random.seed(seed)
    torch.manual_seed(seed)
    return device


def end() -> None:
    """Leave the process group once all processes are done."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def from_first(value: T) -> T:
    """The first process's value, in all processes."""
    values = [value]
    if dist.is_initialized():
        dist.broadcast_object_list(values, src=0)
    return values[0]


@contextmanager
def first_goes_ahead() -> Iterator[None]:
    """Hold the other processes before the block until the first one has left it.

    If the first one fails there, the others raise TrainingError with its message. Otherwise they would wait for it at
    the next exchange, until its connection breaks or times out.
    """
    if rank() > 0:
        failure = from_first("")
        if failure:
            end()
            raise TrainingError(failure)
        yield
        return
    try:
        yield
    except Exception as error:
        expected = isinstance(error, TrainingError | ModelFolderError)
        from_first(str(error) if expected else f"the first process failed: {type(error).__name__}: {error}")
        end()  # together: a process that exits while another is in the group can abort it
        raise
    from_first("")
