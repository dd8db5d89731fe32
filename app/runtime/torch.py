"""The runtime of torch: the reference, and the one for GPUs, where decode steps run as CUDA graphs (cuda_graphs.py)."""

from __future__ import annotations

import torch
from torch import Tensor

from app.nets.classifier import RecurrentClassifier
from app.nets.folder import StoredModel
from app.nets.modules import module_of
from app.nets.recurrent import pad
from app.nets.translator import GruTranslator, Memory
from app.runtime.base import Classifier, Slots
from app.runtime.beam_search import Floats, Ints
from app.runtime.cuda_graphs import Capture, StepGraphs
from app.runtime.decoding import SlotDecoding
from app.runtime.graph_cache import GraphCache

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def classifier(stored: StoredModel, device: str, precision: str, cache: GraphCache) -> Classifier:
    model = module_of(stored, device)
    assert isinstance(model, RecurrentClassifier), "a bug: no classifier"
    return model.to(dtype_of(precision, torch.device(device)))


def translator(stored: StoredModel, device: str, precision: str, cache: GraphCache) -> TorchTranslator:
    model = module_of(stored, device)
    assert isinstance(model, GruTranslator), "a bug: no translator"
    model = model.to(dtype_of(precision, torch.device(device)))  # `to` also flattens recurrent weights for cuDNN
    return CapturedTranslator(model) if torch.device(device).type == "cuda" else TorchTranslator(model)


def prepare(device: str) -> None:
    """Use one thread, and make a GPU the current device, to which streams and graphs belong. Raises ValueError where
    there is none."""
    torch.set_num_threads(1)
    if (used := torch.device(device)).type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"the device {device} needs a GPU, and a build of torch that finds it")
    if used.type == "cuda" and used.index is not None:
        torch.cuda.set_device(used)


def dtype_of(precision: str, device: torch.device) -> torch.dtype:
    """The type in which torch computes. `auto` is float16 on a GPU: weights are stored in float16, so none is rounded;
    hidden states and the results of tanh are within 1, so its range suffices; and it is eight times finer than
    bfloat16. On a CPU `auto` is float32, since half precision is slower."""
    if precision == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    return DTYPES[precision]


def upload(array: Ints, device: torch.device) -> Tensor:
    """A copy on the device; a GPU reads it from pinned memory without blocking the CPU."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


class TorchTranslator:
    """Runs each step kernel by kernel, on any device."""

    def __init__(self, model: GruTranslator) -> None:
        self.model, self.length_penalty = model, model.sizes.length_penalty
        self.device = model.embedding.weight.device

    def decoding(self, beam: int) -> SlotDecoding:
        return SlotDecoding(self, beam)

    @torch.inference_mode()
    def encode(self, sources: list[list[int]], beam: int) -> Slots[Tensor]:
        tokens, lengths = pad(sources, self.device)
        memory, state = self.model.encode(tokens, lengths)
        return Slots(memory.keys, memory.values, memory.mask[:, 0, 0], state[:, None].repeat(1, beam, 1, 1))

    @torch.inference_mode()
    def join(self, slots: Slots[Tensor], others: Slots[Tensor]) -> Slots[Tensor]:
        time = max(slots.mask.shape[1], others.mask.shape[1])

        def wide(array: Tensor, dim: int) -> Tensor:
            missing = time - array.shape[dim]
            return torch.nn.functional.pad(array, (0, 0) * (array.dim() - 1 - dim) + (0, missing)) if missing else array

        return Slots(
            torch.cat([wide(slots.keys, 2), wide(others.keys, 2)]),
            torch.cat([wide(slots.values, 2), wide(others.values, 2)]),
            torch.cat([wide(slots.mask, 1), wide(others.mask, 1)]),
            torch.cat([slots.state, others.state]),
        )

    @torch.inference_mode()
    def keep(self, slots: Slots[Tensor], indices: Ints) -> Slots[Tensor]:
        chosen = upload(indices, self.device)
        mask = slots.mask[chosen]
        time = int(mask.sum(dim=1).max()) if len(indices) else 0
        return Slots(slots.keys[chosen, :, :time], slots.values[chosen, :, :time], mask[:, :time], slots.state[chosen])

    @torch.inference_mode()
    def step(self, slots: Slots[Tensor], tokens: Ints, candidates: int) -> tuple[Floats, Ints]:
        memory = Memory(slots.keys, slots.values, slots.mask[:, None, None])
        log_probabilities, slots.state = self.model.step(upload(tokens, self.device), slots.state, memory)
        best, ids = log_probabilities.topk(min(candidates, log_probabilities.shape[-1]), dim=-1)
        return best.cpu().numpy(), ids.cpu().numpy()

    @torch.inference_mode()
    def attention(self, slots: Slots[Tensor]) -> Floats:
        weights = self.model.attention.weights(slots.state[:, :, 0], slots.keys, slots.mask[:, None, None])
        return weights.float().cpu().numpy()

    @torch.inference_mode()
    def reorder(self, slots: Slots[Tensor], origin: Ints) -> None:
        places = upload(origin, self.device)[:, :, None, None].expand_as(slots.state)
        slots.state = slots.state.gather(1, places)


class CapturedTranslator(TorchTranslator):
    """Runs steps as CUDA graphs where there is one for their shape."""

    def __init__(self, model: GruTranslator, capture: Capture | None = None) -> None:
        super().__init__(model)
        self.graphs = StepGraphs(model, capture)

    @torch.inference_mode()
    def step(self, slots: Slots[Tensor], tokens: Ints, candidates: int) -> tuple[Floats, Ints]:
        graph = self.graphs.find(slots, tokens.shape[1], candidates)
        return super().step(slots, tokens, candidates) if graph is None else graph.step(slots, tokens)
