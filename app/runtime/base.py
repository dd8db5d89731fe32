"""The interfaces between the engine and the runtimes that run models. Plain arrays: imports no library that computes.

    Classifier        classify
    DecodingBackend   decoding(beam) -> Decoding: join, step, drop
    Translator        a DecodingBackend that keeps one slot for each sentence: encode, join, keep, reorder, step
    BatchTranslator   translate: a whole batch, in a thread of its own

A runtime of the recurrent networks is one file with the functions `classifier` and `translator`, and one line in
`factory.py`. `decoding.py` drives a `Translator`; a backend that cannot let sentences join and leave in flight, such as
the Transformers of `app/huggingface/runtime.py`, brings a `Decoding` of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from app.nets.config import ModelConfig
from app.runtime.beam_search import Floats, Ints, Scored, Sentence
from app.runtime.explanation import Explainer
from app.runtime.language_model import LanguageModel
from app.text.prompt_format import PromptFormat

PRECISIONS = ("float32", "float16", "bfloat16")
Array = TypeVar("Array")
OnStep = Callable[[], None]
OnToken = Callable[[int, int], bool]  # the index of a sentence in its batch and a token id -> whether to stop the batch


def no_hook() -> None:
    """The `on_step` of callers without work between steps."""


class Classifier(Protocol):
    config: ModelConfig

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        """Token ids of each text, at least one each -> calibrated probabilities in the order of the labels."""


class Decoding(Protocol):
    """The sentences of one translator and one beam width that are in flight."""

    def __len__(self) -> int: ...

    @property
    def sentences(self) -> list[Sentence]:
        """The sentences, in the order of the indices of `stable_prefix`."""

    def stable_prefix(self, index: int) -> list[int]:
        """The token ids with which the translation of a sentence certainly begins."""

    def join(self, sources: list[list[int]], sentences: list[Sentence]) -> None:
        """Take in sentences; their sources are token ids as the model reads them."""

    def step(self, on_step: OnStep = no_hook) -> list[tuple[Any, list[Scored]]]:
        """Decode one step, or a whole batch where the backend cannot pause: then it calls `on_step` after each token,
        so that the caller can do other work. `on_step` may drop sentences. Returns the keys of the sentences that are
        finished, each with its best translations, best first."""

    def drop(self, key: Any) -> None:
        """Stop decoding a sentence, whose client no longer waits."""


class DecodingBackend(Protocol):
    """A model that translates."""

    def decoding(self, beam: int) -> Decoding:
        """A decoding without sentences."""


class BatchTranslator(Protocol):
    """A model that translates a whole batch at a time, and lets other threads of the process run meanwhile."""

    def limit(self, sentence: Sentence) -> int:
        """The limit of the translation of a sentence, in tokens; the sentences of a batch share one."""

    def translate(
        self, sources: list[list[int]], sentences: list[Sentence], beam: int, on_token: OnToken | None = None
    ) -> list[list[Scored]]:
        """Token ids of each source, as the model reads them -> its best translations, best first. A greedy search calls
        `on_token`, from the thread that computes, with each token that it writes."""


@dataclass(slots=True, frozen=True)
class Score:
    """A measurement of a model: the `value` of a metric on a set, for a language or a direction in the model's own
    codes. Two models can be compared by values of the same metric, set and conditions."""

    metric: str
    value: float
    set: str
    languages: tuple[str, ...]
    conditions: str = ""


@dataclass(slots=True)
class Slots(Generic[Array]):
    """The decoder's arrays for the sentences in flight: the encoder's memory as keys and values (sentences, heads,
    time, width), a mask that is true on its tokens (sentences, time), and the state (sentences, beam, 2, hidden)."""

    keys: Array
    values: Array
    mask: Array
    state: Array


class Translator(DecodingBackend, Protocol):
    """A recurrent translator: the state of a sentence has a fixed size, so sentences join and leave in flight. Its
    slots are arrays of its own kind."""

    length_penalty: float

    def encode(self, sources: list[list[int]], beam: int) -> Any:
        """Token ids of each source, target tag first, end of sentence last -> slots before the first step."""

    def join(self, slots: Any, others: Any) -> Any:
        """The slots of both, `others` last. Neither argument may be used again."""

    def keep(self, slots: Any, indices: Ints) -> Any:
        """The slots of the sentences at these indices, the nth of which is at least n. `slots` may not be used
        again."""

    def step(self, slots: Any, tokens: Ints, candidates: int) -> tuple[Floats, Ints]:
        """Read the last token of each hypothesis, (sentences, beam); returns log probabilities and ids of the likeliest
        next tokens, both (sentences, beam, candidates), best first. Changes the state."""

    def attention(self, slots: Any) -> Floats:
        """The attention of each hypothesis in the last step: (sentences, beam, time), the mean of the heads."""

    def reorder(self, slots: Any, origin: Ints) -> None:
        """Replace the state of each hypothesis by that of the hypothesis it continues, (sentences, beam)."""


@dataclass(slots=True)
class LoadedModel:
    """A model that is ready to answer, with all facts that the front side needs about it. It is a `classifier`, a
    `translator` or a `batch_translator`, or a `writer`, which is a language model. Models in Hugging Face layout have
    `prompt_formats`, one for each direction or one for a classifier."""

    config: ModelConfig
    tokenizer: str  # text of its tokenizer.json
    digest: str  # of the files that answers depend on
    parameters: int
    vocabulary: int  # token ids are below it
    unknown: int  # id of the unknown token
    prompt_formats: list[PromptFormat] = field(default_factory=list)
    classifier: Classifier | None = None
    translator: DecodingBackend | None = None
    batch_translator: BatchTranslator | None = None
    writer: LanguageModel | None = None
    explainer: Callable[[], Explainer] | None = None  # reads the weights again; raises ModelFolderError
    scores: list[Score] = field(default_factory=list)
