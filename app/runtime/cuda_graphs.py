"""Decode steps as CUDA graphs: a step of a recurrent decoder is dozens of small kernels, and starting them costs more
than running them. A graph is started as one, but has one shape and reads and writes fixed addresses. So steps run in
the buffers of a ladder of shapes: sentences are padded up to the next rung, their memories to the next length.

Knows neither queue nor search. On a processor the same buffers are run step by step, which is how they are tested.
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
from app.runtime.base import Slots, TorchTranslator
from app.runtime.beam_search import Floats, Ints

log = logging.getLogger(__name__)

# Sentences of a step: between two rungs at most a third, once there are some, is padding.
RUNGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
LENGTHS = (16, 32, 48, 64, 96, 128, 192, 256)  # tokens of a memory; multiples of 8 suit the attention kernels
# Of the graphs that there could be (a rung, a length and a beam each) traffic uses few; this bounds their memory.
MOST_GRAPHS = 96
# As torch.cuda.make_graphed_callables does: cuDNN, cuBLAS and the allocator set themselves up in the first runs, which
# must not happen under capture.
WARM_UPS = 3

Work = Callable[[], None]
Capture = Callable[[Work], Work]  # what makes a work repeatable: returns what repeats it


@dataclass(slots=True, frozen=True)
class Shape:
    sentences: int
    beam: int
    time: int
    candidates: int


def rung(least: int, ladder: tuple[int, ...]) -> int | None:
    """The lowest rung that holds `least`; None above the top."""
    place = bisect_left(ladder, least)
    return ladder[place] if place < len(ladder) else None


class CudaCapture:
    """Captures on one side stream of its own, on which it also warms up: handles and workspaces belong to a stream, and
    must be there before the capture (pytorch#187745). All graphs share one pool of memory, since a step leaves nothing
    in it: what outlives a step is in the buffers of its graph."""

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self.pool = torch.cuda.graph_pool_handle()

    def __call__(self, work: Work) -> Work:
        current = torch.cuda.current_stream(self.stream.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS):
                work()
        current.wait_stream(self.stream)
        graph = torch.cuda.CUDAGraph()
        # thread_local: what other threads do meanwhile is none of the capture's business.
        with torch.cuda.graph(graph, pool=self.pool, stream=self.stream, capture_error_mode="thread_local"):
            work()
        return graph.replay


def run_again(work: Work) -> Work:
    """In place of a capture where there are no graphs."""
    work()
    return work


class StepGraph:
    """One step of one shape, in buffers that stay where they are."""

    def __init__(self, model: GruTranslator, shape: Shape, capture: Capture) -> None:
        weight = model.embedding.weight
        device, dtype = weight.device, weight.dtype
        heads, hidden = model.sizes.heads, model.sizes.hidden
        rows, pinned = (shape.sentences, shape.beam), device.type == "cuda"
        memory = (shape.sentences, heads, shape.time, 2 * hidden // heads)
        found = (*rows, min(shape.candidates, model.sizes.target_vocabulary))
        self.model, self.shape = model, shape
        self.words = torch.zeros(rows, dtype=torch.long, device=device)
        self.state = torch.zeros((*rows, 2, hidden), dtype=dtype, device=device)
        self.keys = torch.zeros(memory, dtype=dtype, device=device)
        self.values = torch.zeros(memory, dtype=dtype, device=device)
        self.mask = torch.zeros((shape.sentences, shape.time), dtype=torch.bool, device=device)
        self.mask[:, 0] = True  # rows of padding attend to something, lest they become not-a-number
        self.next_state = torch.zeros_like(self.state)
        self.best = torch.zeros(found, dtype=torch.float32, device=device)
        self.ids = torch.zeros(found, dtype=torch.long, device=device)
        self.host_words = torch.zeros(rows, dtype=torch.long, pin_memory=pinned)
        self.host_best = torch.zeros(found, dtype=torch.float32, pin_memory=pinned)
        self.host_ids = torch.zeros(found, dtype=torch.long, pin_memory=pinned)
        self.loaded: Callable[[], Tensor | None] = lambda: None  # whose memory stands in the buffers
        self.replay = capture(self.run)

    def run(self) -> None:
        """From buffers to buffers: what is captured."""
        memory = Memory(self.keys, self.values, self.mask[:, None, None])
        log_probabilities, state = self.model.step(self.words, self.state, memory)
        best, ids = log_probabilities.topk(self.best.shape[-1], dim=-1)
        self.best.copy_(best)
        self.ids.copy_(ids)
        self.next_state.copy_(state)

    def step(self, slots: Slots[Tensor], words: Ints) -> tuple[Floats, Ints]:
        """As `Translator.step`."""
        count = len(words)
        if self.loaded() is not slots.keys:
            self.load(slots)
        self.host_words[:count].copy_(torch.from_numpy(words))
        self.words.copy_(self.host_words, non_blocking=True)
        self.state[:count].copy_(slots.state)
        self.replay()
        slots.state = self.next_state[:count].clone()  # others may use this graph before these sentences' next step
        self.host_best.copy_(self.best, non_blocking=True)
        self.host_ids.copy_(self.ids, non_blocking=True)
        if self.best.is_cuda:
            torch.cuda.current_stream(self.best.device).synchronize()
        return self.host_best[:count].numpy().copy(), self.host_ids[:count].numpy().copy()

    def load(self, slots: Slots[Tensor]) -> None:
        """Fill in the memory; needed when sentences have joined or left, for then it is another tensor."""
        count, time = slots.mask.shape
        self.mask.zero_()
        self.mask[:, 0] = True
        self.mask[:count, :time].copy_(slots.mask)
        for buffer, source in ((self.keys, slots.keys), (self.values, slots.values)):
            buffer[:count, :, :time].copy_(source)
            buffer[:count, :, time:].zero_()  # a mask does not hide what is not a number
        self.loaded = weakref.ref(slots.keys)


class CapturedTranslator(TorchTranslator):
    """Steps by graphs, captured when a shape is first met. Shapes above the ladder run as they are, and so does
    everything once a capture has failed."""

    def __init__(self, model: GruTranslator, capture: Capture | None = None) -> None:
        super().__init__(model)
        if capture is None:
            capture = CudaCapture(self.device) if self.device.type == "cuda" else run_again
        self.capture = capture
        self.graphs: OrderedDict[Shape, StepGraph] = OrderedDict()  # the least recently used first
        self.usable = True

    @torch.inference_mode()
    def step(self, slots: Slots[Tensor], words: Ints, candidates: int) -> tuple[Floats, Ints]:
        graph = self.graph_for(slots, words.shape[1], candidates) if self.usable else None
        return super().step(slots, words, candidates) if graph is None else graph.step(slots, words)

    def graph_for(self, slots: Slots[Tensor], beam: int, candidates: int) -> StepGraph | None:
        """Raises torch.OutOfMemoryError: with fewer sentences there may be room."""
        sentences, time = rung(len(slots.mask), RUNGS), rung(slots.mask.shape[1], LENGTHS)
        if sentences is None or time is None:
            return None
        shape = Shape(sentences, beam, time, candidates)
        if shape not in self.graphs:
            if len(self.graphs) >= MOST_GRAPHS:
                self.graphs.popitem(last=False)
            try:
                self.graphs[shape] = StepGraph(self.model, shape, self.capture)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:
                log.warning("cannot capture decode steps; they run one kernel at a time from now on: %s", error)
                self.usable = False
                self.graphs.clear()
                return None
        self.graphs.move_to_end(shape)
        return self.graphs[shape]
