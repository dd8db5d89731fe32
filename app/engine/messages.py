"""What travels between the front side and an engine: msgpack over ZeroMQ. A frame holds all messages
that there are at a time: each frame wakes the other side, which costs more than a message. Knows no torch.

front   -> engine   Hello, Bye, Classify, Translate, Cancel
engine  -> front    Ready, Alive, Retiring, Classified, Partial, Translated, Failed, Report
"""

from __future__ import annotations

import msgspec

from app.text.decode_options import GREEDY, DecodeOptions
from app.text.prompt_format import Reading


class ModelInfo(msgspec.Struct, frozen=True):
    """A served model, as the front side needs it: what it can be asked for and where its tokenizer lies. `digest` tells
    its weights and tokenizer from all others.

    A model that was made elsewhere has `readings`, one for each of `directions` or the one of a classifier, and a token
    of its own for what is `unknown`; it knows no placeholders."""

    name: str
    task: str
    architecture: str
    description: str
    parameters: int
    languages: list[str]
    labels: list[str]
    directions: list[tuple[str, str]]
    max_tokens: int
    tokenizer: str = ""  # the file of it that the engine wrote: what is in the model's folder may have been replaced
    digest: str = ""
    readings: list[Reading] = []
    unknown: int = 1

    def reading(self, source: str, target: str) -> Reading | None:
        """How a translator that was made elsewhere reads for a direction that it offers; None for one of ours."""
        directions = zip(self.directions, self.readings, strict=False)
        return next((reading for pair, reading in directions if pair == (source, target)), None)

    @property
    def key(self) -> str:
        """What requests name: token ids only mean something to the very model they were made for."""
        return f"{self.name}@{self.digest}"


class Message(msgspec.Struct, tag=True, gc=False):
    """Base of all messages; the class name is the tag."""


class Hello(Message):
    """Asks an engine for `Ready`."""


class Classify(Message):
    id: int
    model: str
    tokens: list[int]
    alone: bool = False


class Translate(Message):
    """`tokens` is complete: target tag first, end of sentence last. `max_tokens` bounds the translation, of which the
    best `alternatives` come back. With `stream` the engine tells what is sure of it so far. `begin` is what the
    translation is made to begin with."""

    id: int
    model: str
    tokens: list[int]
    max_tokens: int
    options: DecodeOptions = GREEDY
    alternatives: int = 1
    stream: bool = False
    alone: bool = False
    begin: list[int] = []


class Bye(Message):
    """Nothing more comes from this client."""


class Cancel(Message):
    """Nobody waits for this request any more."""

    id: int


class Ready(Message):
    models: list[ModelInfo]
    pid: int = 0


class Alive(Message):
    """The engine has work and gets on with it."""


class Classified(Message):
    """Probabilities in the order of the model's labels; how long it waited in the engine and how long it took."""

    id: int
    probabilities: list[float]
    queue_s: float = 0.0
    engine_s: float = 0.0


class Translated(Message):
    """Best first: token ids and length-normalised log probability (not a number where the model does not tell); how
    long it waited in the engine and how long it took."""

    id: int
    hypotheses: list[tuple[list[int], float]]
    queue_s: float = 0.0
    engine_s: float = 0.0


class Retiring(Message):
    """Another engine stands behind the same endpoint by now: connect there, send nothing new here."""


class Partial(Message):
    """How a translation begins, whatever comes behind: all token ids so far."""

    id: int
    tokens: list[int]


class Failed(Message):
    id: int
    reason: str


class Report(Message):
    """How an engine does, to one of its clients now and then: tokens that wait, how long the oldest has, tokens being
    decoded, and of each batch since the last report the task, its rows and the share of it that was padding."""

    queue_tokens: int
    oldest_s: float
    inflight_tokens: int
    batches: list[tuple[str, int, float]]


Work = Classify | Translate
ToEngine = Hello | Bye | Classify | Translate | Cancel
Answer = Classified | Translated | Failed
ToFront = Ready | Alive | Retiring | Partial | Classified | Translated | Failed | Report

# What decoding raises for bytes that are no messages; msgspec leaves the last two as they are.
MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)

encode = msgspec.msgpack.Encoder().encode
decode_to_engine = msgspec.msgpack.Decoder(list[ToEngine]).decode
decode_to_front = msgspec.msgpack.Decoder(list[ToFront]).decode
