"""Decode steps as CUDA graphs. A step of a recurrent decoder is dozens of small kernels, and launching them costs more
than running them. A graph is launched as one, but it has one shape, and it reads and writes fixed addresses. So steps
run in buffers of a ladder of shapes: the number of sentences is padded to the next rung, their memory to the next
length.

Knows neither queue nor search. Tests run the same buffers on a CPU, without graphs.
"""

from __future__ import annotations

import logging
import weakref
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from app.nets.translator import GruTranslator, Memory
from app.runtime.base import Slots
from app.runtime.beam_search import Floats, Ints
from app.runtime.device import raise_if_lost

log = logging.getLogger(__name__)

# Numbers of sentences; above the smallest, at most a third of a rung is padding.
RUNGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
LENGTHS = (16, 32, 48, 64, 96, 128, 192, 256)  # tokens of a memory; multiples of 8 suit the attention kernels
# Each combination of a rung, a length and a beam is a graph; traffic uses few of them. This bounds their memory.
MOST_GRAPHS = 96
# As in torch.cuda.make_graphed_callables: cuDNN, cuBLAS and the allocator initialise themselves in the first runs,
# which must not happen during a capture.
WARM_UPS = 3

Kernels = Callable[[], None]  # launches the kernels of a step
Capture = Callable[[Kernels], Kernels]  # runs kernels once and returns a function that repeats them


@dataclass(slots=True, frozen=True)
class Shape:
    sentences: int
    beam: int
    time: int
    candidates: int


def rung(least: int, ladder: tuple[int, ...]) -> int | None:
    """The lowest rung that is at least `least`; None above the top."""
    place = bisect_left(ladder, least)
    return ladder[place] if place < len(ladder) else None


class CudaCapture:
    """Warms up and captures on a side stream of its own: handles and workspaces belong to a stream, and must exist
    before the capture (pytorch#187745). All graphs share one memory pool, since a step leaves nothing in it: results
    that outlive a step are in the buffers of its graph."""

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.pool = torch.cuda.graph_pool_handle()

    def __call__(self, kernels: Kernels) -> Kernels:
        current = torch.cuda.current_stream(self.stream.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS):
                kernels()
        current.wait_stream(self.stream)
        graph = torch.cuda.CUDAGraph()
        # thread_local: CUDA calls of other threads must not end the capture.
        with torch.cuda.graph(graph, pool=self.pool, stream=self.stream, capture_error_mode="thread_local"):
            kernels()
        return graph.replay


def run_again(kernels: Kernels) -> Kernels:
    """Stands in for a capture on devices without graphs."""
    kernels()
    return kernels


class StepGraph:
    """One step of one shape, in buffers with fixed addresses."""

    def __init__(self, model: GruTranslator, shape: Shape, capture: Capture) -> None:
        weight = model.embedding.weight
        device, dtype = weight.device, weight.dtype
        heads, hidden = model.sizes.heads, model.sizes.hidden
        rows, pinned = (shape.sentences, shape.beam), device.type == "cuda"
        memory = (shape.sentences, heads, shape.time, 2 * hidden // heads)
        results = (*rows, min(shape.candidates, model.sizes.target_vocabulary))
        self.model, self.shape = model, shape
        self.tokens = torch.zeros(rows, dtype=torch.long, device=device)
        self.state = torch.zeros((*rows, 2, hidden), dtype=dtype, device=device)
        self.keys = torch.zeros(memory, dtype=dtype, device=device)
        self.values = torch.zeros(memory, dtype=dtype, device=device)
        self.mask = torch.zeros((shape.sentences, shape.time), dtype=torch.bool, device=device)
        self.mask[:, 0] = True  # padding must attend to something, or its softmax is NaN
        self.next_state = torch.zeros_like(self.state)
        self.best = torch.zeros(results, dtype=torch.float32, device=device)
        self.ids = torch.zeros(results, dtype=torch.long, device=device)
        self.host_tokens = torch.zeros(rows, dtype=torch.long, pin_memory=pinned)
        self.host_best = torch.zeros(results, dtype=torch.float32, pin_memory=pinned)
        self.host_ids = torch.zeros(results, dtype=torch.long, pin_memory=pinned)
        self.loaded: Callable[[], Tensor | None] = lambda: None  # returns the keys whose memory is in the buffers
        self.replay = capture(self.run)

    def run(self) -> None:
        """The captured step, from input buffers to output buffers."""
        memory = Memory(self.keys, self.values, self.mask[:, None, None])
        log_probabilities, state = self.model.step(self.tokens, self.state, memory)
        best, ids = log_probabilities.topk(self.best.shape[-1], dim=-1)
        self.best.copy_(best)
        self.ids.copy_(ids)
        self.next_state.copy_(state)

    def step(self, slots: Slots[Tensor], tokens: Ints) -> tuple[Floats, Ints]:
        """As `Translator.step`."""
        count = len(tokens)
        if self.loaded() is not slots.keys:
            self.load(slots)
        self.host_tokens[:count].copy_(torch.from_numpy(tokens))
        self.tokens.copy_(self.host_tokens, non_blocking=True)
        self.state[:count].copy_(slots.state)
        self.replay()
        slots.state = self.next_state[
            :count
        ].clone()  # the graph may run for other sentences before the next step of these
        self.host_best.copy_(self.best, non_blocking=True)
        self.host_ids.copy_(self.ids, non_blocking=True)
        if self.best.is_cuda:
            torch.cuda.current_stream(self.best.device).synchronize()
        return self.host_best[:count].numpy().copy(), self.host_ids[:count].numpy().copy()

    def load(self, slots: Slots[Tensor]) -> None:
        """Copy the memory into the buffers: once for each set of sentences, since a changed set has new tensors."""
        count, time = slots.mask.shape
        self.mask.zero_()
        self.mask[:, 0] = True
        self.mask[:count, :time].copy_(slots.mask)
        for buffer, source in ((self.keys, slots.keys), (self.values, slots.values)):
            buffer[:count, :, :time].copy_(source)
            buffer[:count, :, time:].zero_()  # a mask does not hide NaN
        self.loaded = weakref.ref(slots.keys)


class StepGraphs:
    """The graphs of one model, captured when a shape is first needed. Shapes above the ladder have none; after a failed
    capture no shape has one."""

    def __init__(self, model: GruTranslator, capture: Capture | None = None) -> None:
        device = model.embedding.weight.device
        if capture is None:
            capture = CudaCapture(device) if device.type == "cuda" else run_again
        self.model, self.capture = model, capture
        self.by_shape: OrderedDict[Shape, StepGraph] = OrderedDict()  # the least recently used first
        self.usable = True

    def find(self, slots: Slots[Tensor], beam: int, candidates: int) -> StepGraph | None:
        """The graph for a step, if there can be one. Raises torch.OutOfMemoryError, because a graph for fewer sentences
        may fit, and DeviceLost."""
        sentences, time = rung(len(slots.mask), RUNGS), rung(slots.mask.shape[1], LENGTHS)
        if not self.usable or sentences is None or time is None:
            return None
        shape = Shape(sentences, beam, time, candidates)
        if shape not in self.by_shape:
            if len(self.by_shape) >= MOST_GRAPHS:
                self.by_shape.popitem(last=False)
            try:
                self.by_shape[shape] = StepGraph(self.model, shape, self.capture)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:
                raise_if_lost(error)
                log.warning("cannot capture decode steps; they run one kernel at a time from now on: %s", error)
                self.usable = False
                self.by_shape.clear()
                return None
        self.by_shape.move_to_end(shape)
        return self.by_shape[shape]
