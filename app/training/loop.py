"""The training loop of every model: one process or several under `torchrun`, resumable bit for bit.

undertone train translation --config configs/translation-en-de.yaml --data DIR
torchrun --nproc-per-node 2 -m app.cli train translation --config ... --data DIR
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from app.training.checkpoints import Checkpoints, Progress, copy_weights
from app.training.processor import keep_memory, multiplies_bfloat16
from app.training.recipe import Optimisation

Forward = Callable[..., Tensor]
BEST = "best"  # folder of the weights that did best, in that of the run
CLOCK_STEPS = 5  # steps between two looks at the time
RECORD_STEPS = 50  # steps between two lines of the log, for which alone a GPU is waited for


class Learner(Protocol):
    """What the loop wants of a task: a model, its batches, a loss and a metric of which more is better."""

    @property
    def model(self) -> nn.Module: ...

    def batches(self, epoch: int) -> list[list[int]]: ...

    def loss(self, forward: Forward, batch: list[int]) -> Tensor: ...

    def evaluate(self) -> dict[str, float]:
        """Dev metrics of `self.model`; the one named `metric` decides."""

    def save(self, folder: Path) -> None: ...


class Trainer:
    """Runs a learner to its last step or until its dev metric stops rising. `folder` takes the checkpoint, the
    logs and, under `best/`, the model folder of the best weights."""

    def __init__(self, learner: Learner, optimisation: Optimisation, folder: Path, device: torch.device) -> None:
        self.learner, self.options, self.folder, self.device = learner, optimisation, folder, device
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world = dist.get_world_size() if dist.is_initialized() else 1
        self.model = learner.model.to(device)
        self.forward: nn.Module = self.model
        if self.world > 1:
            ids = [device.index] if device.type == "cuda" else None
            self.forward = DistributedDataParallel(self.model, device_ids=ids)
        decayed = [p for p in self.model.parameters() if p.dim() > 1]
        plain = [p for p in self.model.parameters() if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": optimisation.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=optimisation.learning_rate,
            fused=True,
        )
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.checkpoints = Checkpoints(folder, self.model, self.average, self.optimizer, device, self.rank)
        self.progress = Progress()
        self.clock = 0.0  # `progress.spent` of the first process, as all of them know it
        self.deadline: float | None = None
        self.out_of_time = False
        self.first = 0  # step of this call
        self.writer = tensorboard(folder) if self.rank == 0 else None
        torch.manual_seed(optimisation.seed + self.rank)

    @property
    def mixed(self) -> bool:
        """Whether forward passes run in bfloat16: where the recipe says so and the processor multiplies in it. A step
        of the recurrent models then takes half its time, one of a Transformer a third. On a GPU they do not: autocast
        lets cuDNN recur in float16 whatever it was asked for, in which the gradients of large batches vanish."""
        return self.options.precision == "bfloat16" and self.device.type == "cpu" and multiplies_bfloat16()

    def run(self, stop_after: int | None = None, deadline: float | None = None) -> bool:
        """Train, from the checkpoint if there is one; returns whether the run is complete. `stop_after` ends this call
        at that step, with a checkpoint, and `deadline` at that time of `time.monotonic`, leaving time to evaluate."""
        self.deadline = deadline
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoints.begun:
            self.progress = self.checkpoints.restore()
        else:
            self.checkpoints.store(self.progress)  # what the run begins with, which a later call may not be told
        self.first = self.progress.step
        self.tell_time()
        last = min(self.options.steps, stop_after or self.options.steps)
        with (
            (self.folder / "log.jsonl").open("a") as log,
            tqdm(
                total=self.options.steps,
                initial=self.progress.step,
                disable=self.rank > 0,
                unit="step",
                mininterval=5,
            ) as bar,
        ):
            while not self.complete and self.progress.step < last and not self.out_of_time:
                self.run_epoch(last, log, bar)
            if self.complete and self.progress.evaluated < self.progress.step:
                self.evaluate(log)  # `minutes` are over between two evaluations
        self.checkpoints.store(self.progress)
        return self.complete

    @property
    def complete(self) -> bool:
        options, progress = self.options, self.progress
        late = 0 < 60 * options.minutes <= self.clock
        return progress.step >= options.steps or progress.stale >= options.patience or late

    def run_epoch(self, last: int, log: TextIO, bar: tqdm[Any]) -> None:
        batches = self.learner.batches(self.progress.epoch)
        batches = batches[: len(batches) // self.world * self.world][self.rank :: self.world]
        for batch in batches[self.progress.position :]:
            started = time.perf_counter()
            losses = self.update(batch)
            progress = self.progress
            progress.step += 1
            progress.position += 1
            told = losses.tolist() if progress.step % RECORD_STEPS == 0 else None  # waits for the device
            progress.seconds += time.perf_counter() - started
            progress.spent += time.perf_counter() - started
            bar.update()
            if told:
                loss, norm = told
                self.record(log, {"train/loss": loss, "train/gradient_norm": norm, "train/lr": self.rate()})
                bar.set_postfix(loss=f"{loss:.3f}", norm=f"{norm:.2f}", best=f"{progress.best:.4f}", refresh=False)
            if progress.step % self.options.evaluate_every == 0 or progress.step == self.options.steps:
                self.evaluate(log)
            if progress.step % self.options.checkpoint_every == 0:
                self.checkpoints.store(self.progress)
            if progress.step % CLOCK_STEPS == 0:
                self.tell_time()
            if progress.step >= last or self.complete or self.out_of_time:
                return
        self.progress.epoch += 1
        self.progress.position = 0

    def rate(self) -> float:
        """The learning rate of the step to come."""
        step, options = self.progress.step, self.options
        warm = min(1.0, (step + 1) / max(options.warmup, 1))
        left = max(0.0, (options.steps - step) / max(options.steps - options.warmup, 1))
        if options.minutes:
            left = min(left, max(0.0, 1 - self.clock / (60 * options.minutes)))
        return options.learning_rate * min(warm, left)

    def update(self, batch: list[int]) -> Tensor:
        """One step; returns the loss and the gradient norm before clipping, on the device: reading waits for it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.forward.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            loss = self.learner.loss(self.forward, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        self.optimizer.step()
        # A young average forgets faster, so that it does not hang on to the first weights.
        decay = min(self.options.average, (1 + self.progress.step) / (10 + self.progress.step))
        with torch.no_grad():
            names, weights = zip(*self.model.named_parameters(), strict=True)
            torch._foreach_lerp_([self.average[name] for name in names], list(weights), 1 - decay)
        return torch.stack([loss.detach().float(), norm.float()])

    @property
    def begun(self) -> bool:
        """Whether this call has made a step: one that only reads its data would never end."""
        return self.progress.step > self.first

    def tell_time(self) -> None:
        """Agree on the time: processes that stopped at different steps would wait for each other for ever."""
        late = self.deadline is not None and time.monotonic() >= self.reserve
        told = [self.progress.spent, late and self.begun]
        if self.world > 1:
            dist.broadcast_object_list(told, src=0)
        self.clock, self.out_of_time = float(told[0]), bool(told[1])

    @property
    def reserve(self) -> float:
        """When to stop so that an evaluation and a checkpoint are done by the deadline."""
        return (self.deadline or 0.0) - 1.5 * self.progress.longest_evaluation

    def evaluate(self, log: TextIO) -> None:
        """Evaluate the averaged weights, keep them if they are the best, count how long they were not."""
        started = time.perf_counter()
        if self.rank == 0:
            weights = dict(self.model.named_parameters())
            trained = {name: p.detach().clone() for name, p in weights.items()}
            if self.options.average:
                copy_weights(self.average, weights)
            self.model.eval()
            with torch.random.fork_rng(), torch.inference_mode():
                metrics = self.learner.evaluate()
            better = metrics["metric"] > self.progress.best
            if better:
                self.learner.save(self.folder / BEST)
            copy_weights(trained, weights)
            self.record(log, {f"dev/{name}": value for name, value in metrics.items()})
            tqdm.write(f"step {self.progress.step}: " + " ".join(f"{k} {v:.4f}" for k, v in metrics.items()))
        outcome = [metrics["metric"]] if self.rank == 0 else [0.0]
        if self.world > 1:
            dist.broadcast_object_list(outcome, src=0)
        if outcome[0] > self.progress.best:
            self.progress.best, self.progress.stale = outcome[0], 0
        else:
            self.progress.stale += 1
        self.progress.evaluated = self.progress.step
        took = time.perf_counter() - started
        self.progress.spent += took
        self.progress.longest_evaluation = max(self.progress.longest_evaluation, took)

    def record(self, log: TextIO, values: dict[str, float]) -> None:
        """Append to `log.jsonl`, and to TensorBoard where it is installed."""
        if self.rank:
            return
        entry = {"step": self.progress.step, "seconds": round(self.progress.seconds, 1), **values}
        log.write(json.dumps(entry) + "\n")
        log.flush()
        if self.writer:
            for name, value in values.items():
                self.writer.add_scalar(name, value, self.progress.step)


def tensorboard(folder: Path) -> Any:
    """The TensorBoard writer of a folder, or None where the package is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


def start(seed: int) -> torch.device:
    """Seed everything, join the process group when `torchrun` started this process, and choose the device."""
    keep_memory()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)  # by which processes exchange objects
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    if cuda:
        torch.set_float32_matmul_precision("high")  # in TensorFloat-32
    random.seed(seed)
    torch.manual_seed(seed)
    return device
