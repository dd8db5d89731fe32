"""The training loop of every model: one process or several under `torchrun`, resumable bit for bit.

undertone train translation --config configs/translation-en-de.yaml --data DIR
torchrun --nproc-per-node 2 -m app.cli train translation --config ... --data DIR
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from app.training.checkpoints import Checkpoints, Progress, copy_weights
from app.training.data.batches import Indices
from app.training.processes import first_goes_ahead, from_first, rank, world_size
from app.training.processor import multiplies_bfloat16, return_memory
from app.training.recipe import Optimisation

Forward = Callable[..., Tensor]
BEST = "best"  # folder of the best weights, in the folder of the run
LOG = "log.jsonl"  # losses and metrics of a run, in its folder
MEMORY_STEPS = 20  # steps between two returns of unused memory
CLOCK_STEPS = 5  # steps between two looks at the clock, which all processes take together
RECORD_STEPS = 50  # steps between two lines of the log; only for these does the CPU wait for the GPU
CHECKPOINT_S = 600  # a run that dies loses at most so many seconds, however slow its steps are


class Learner(Protocol):
    """The interface of a task to the loop: a model, its batches, its loss, and a metric that rises with quality."""

    @property
    def model(self) -> nn.Module: ...

    def batches(self, epoch: int) -> list[Indices]:
        """The batches of an epoch, each the indices of its examples."""

    def loss(self, forward: Forward, batch: Indices) -> Tensor: ...

    def evaluate(self) -> dict[str, float]:
        """Metrics of `self.model` on the dev sets; the one named `metric` chooses the best weights."""

    def save(self, folder: Path) -> None:
        """Write `self.model` as a model folder."""


class Trainer:
    """Trains a learner to its last step, or until its dev metric has stopped rising. `folder` receives the checkpoints,
    the log and, under `best/`, the model folder of the best weights."""

    def __init__(self, learner: Learner, optimisation: Optimisation, folder: Path, device: torch.device) -> None:
        self.learner, self.options, self.folder, self.device = learner, optimisation, folder, device
        self.rank, self.world = rank(), world_size()
        self.model = learner.model.to(device)
        self.forward: nn.Module = self.model
        if self.world > 1:
            ids = [device.index] if device.type == "cuda" else None
            self.forward = DistributedDataParallel(self.model, device_ids=ids)
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        biases = [p for p in self.model.parameters() if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": optimisation.weight_decay},
                {"params": biases, "weight_decay": 0.0},
            ],
            lr=optimisation.learning_rate,
            fused=True,
        )
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.checkpoints = Checkpoints(folder, self.model, self.average, self.optimizer, device, self.rank)
        self.progress = Progress()
        self.clock = 0.0  # the first process's `progress.spent`, the same in all processes
        self.deadline: float | None = None  # end of this call, by `time.monotonic`
        self.out_of_time = False
        self.checkpoint_due = False
        self.stored_at = 0.0  # time of the last checkpoint, by `time.monotonic`
        self.first_step = 0  # of this call
        self.writer = tensorboard(folder) if self.rank == 0 else None
        torch.manual_seed(optimisation.seed + self.rank)

    @property
    def mixed(self) -> bool:
        """Whether forward passes run in bfloat16: where the recipe asks for it and the CPU multiplies in it. A step of
        a recurrent model then takes half the time, one of a Transformer a third. Never on a GPU: under autocast cuDNN
        runs recurrent layers in float16, where the gradients of large batches vanish."""
        return self.options.precision == "bfloat16" and self.device.type == "cpu" and multiplies_bfloat16()

    def run(self, stop_after: int | None = None, deadline: float | None = None) -> bool:
        """Train, from the checkpoint if there is one; returns whether the run is complete.

        `stop_after` ends this call at that step. `deadline` (`time.monotonic`) ends it early enough to evaluate and to
        write a checkpoint. Raises RecipeError for a checkpoint of another model.
        """
        self.deadline = deadline
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoints.exist:
            self.progress = self.checkpoints.restore()
            self.stored_at = time.monotonic()
        else:
            self.store()  # stores the initial weights: a later call may lack the option --begin
        self.first_step = self.progress.step
        self.look_at_clock()
        last = min(self.options.steps, stop_after or self.options.steps)
        with (
            (self.folder / LOG).open("a") as log,
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
                self.evaluate(log)  # the recipe's `minutes` ended between two evaluations
        self.store()
        return self.complete

    @property
    def complete(self) -> bool:
        options, progress = self.options, self.progress
        late = 0 < 60 * options.minutes <= self.clock
        return progress.step >= options.steps or progress.stale >= options.patience or late

    def run_epoch(self, last: int, log: TextIO, bar: tqdm[Any]) -> None:
        """Train on the rest of the current epoch, at most to the step `last`."""
        batches = self.learner.batches(self.progress.epoch)
        batches = batches[: len(batches) // self.world * self.world][self.rank :: self.world]
        for batch in batches[self.progress.position :]:
            started = time.perf_counter()
            losses = self.update(batch)
            progress = self.progress
            progress.step += 1
            progress.position += 1
            recorded = losses.tolist() if progress.step % RECORD_STEPS == 0 else None  # waits for the device
            progress.seconds += time.perf_counter() - started
            progress.spent += time.perf_counter() - started
            bar.update()
            if recorded:
                loss, norm = recorded
                self.record(log, {"train/loss": loss, "train/gradient_norm": norm, "train/lr": self.rate()})
                bar.set_postfix(loss=f"{loss:.3f}", norm=f"{norm:.2f}", best=f"{progress.best:.4f}", refresh=False)
            if progress.step % self.options.evaluate_every == 0 or progress.step == self.options.steps:
                self.evaluate(log)
            if progress.step % MEMORY_STEPS == 0:
                return_memory()
            if progress.step % CLOCK_STEPS == 0:
                self.look_at_clock()
            if progress.step % self.options.checkpoint_every == 0 or self.checkpoint_due:
                self.store()
            if progress.step >= last or self.complete or self.out_of_time:
                return
        self.progress.epoch += 1
        self.progress.position = 0

    def rate(self) -> float:
        """The learning rate of the next step."""
        step, options = self.progress.step, self.options
        warm = min(1.0, (step + 1) / max(options.warmup, 1))
        left = max(0.0, (options.steps - step) / max(options.steps - options.warmup, 1))
        if options.minutes:
            left = min(left, max(0.0, 1 - self.clock / (60 * options.minutes)))
        return options.learning_rate * min(warm, left)

    def update(self, batch: Indices) -> Tensor:
        """One step; returns the loss and the gradient norm before clipping, on the device, since reading them makes the
        CPU wait."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.forward.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed):
            loss = self.learner.loss(self.forward, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        self.optimizer.step()
        # A young average forgets faster, so that the initial weights leave it soon.
        decay = min(self.options.average, (1 + self.progress.step) / (10 + self.progress.step))
        with torch.no_grad():
            names, weights = zip(*self.model.named_parameters(), strict=True)
            torch._foreach_lerp_([self.average[name] for name in names], list(weights), 1 - decay)
        return torch.stack([loss.detach().float(), norm.float()])

    def look_at_clock(self) -> None:
        """Agree with the other processes on the time, on whether to stop and on whether a checkpoint is due: processes
        that stopped at different steps would wait for each other forever."""
        now = time.monotonic()
        # Each call makes at least one step. A call that only read the data would leave the same work to the next,
        # forever.
        begun = self.progress.step > self.first_step
        late = self.deadline is not None and begun and now >= self.deadline - self.time_to_finish
        due = now >= self.stored_at + CHECKPOINT_S
        self.clock, self.out_of_time, self.checkpoint_due = from_first((self.progress.spent, late, due))

    @property
    def time_to_finish(self) -> float:
        """Seconds that an evaluation and a checkpoint may take."""
        return 1.5 * self.progress.longest_evaluation

    def store(self) -> None:
        self.checkpoints.store(self.progress)
        self.stored_at, self.checkpoint_due = time.monotonic(), False

    def evaluate(self, log: TextIO) -> None:
        """Evaluate the averaged weights in the first process, save them if they are the best so far, and count the
        evaluations since."""
        started = time.perf_counter()
        metric = 0.0
        with first_goes_ahead():
            if self.rank == 0:
                metric = self.evaluate_average(log)
        metric = from_first(metric)
        if metric > self.progress.best:
            self.progress.best, self.progress.stale = metric, 0
        else:
            self.progress.stale += 1
        self.progress.evaluated = self.progress.step
        took = time.perf_counter() - started
        self.progress.spent += took
        self.progress.longest_evaluation = max(self.progress.longest_evaluation, took)

    def evaluate_average(self, log: TextIO) -> float:
        """The metric of the averaged weights; the trained ones are in place again afterwards."""
        weights = dict(self.model.named_parameters())
        trained = {name: p.detach().clone() for name, p in weights.items()}
        if self.options.average:
            copy_weights(self.average, weights)
        self.model.eval()
        with torch.random.fork_rng(), torch.inference_mode():
            metrics = self.learner.evaluate()
        if metrics["metric"] > self.progress.best:
            self.learner.save(self.folder / BEST)
        copy_weights(trained, weights)
        self.record(log, {f"dev/{name}": value for name, value in metrics.items()})
        tqdm.write(f"step {self.progress.step}: " + " ".join(f"{k} {v:.4f}" for k, v in metrics.items()))
        return metrics["metric"]

    def record(self, log: TextIO, values: dict[str, float]) -> None:
        """Append a line to the log, and write to TensorBoard where it is installed; in the first process alone."""
        if self.rank:
            return
        entry = {"step": self.progress.step, "seconds": round(self.progress.seconds, 1), **values}
        log.write(json.dumps(entry) + "\n")
        log.flush()
        if self.writer:
            for name, value in values.items():
                self.writer.add_scalar(name, value, self.progress.step)


def tensorboard(folder: Path) -> Any:
    """A TensorBoard writer to a folder, or None where the package is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))
