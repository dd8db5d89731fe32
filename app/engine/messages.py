"""The messages between the front side and an engine: msgpack over ZeroMQ. A frame holds all messages that are ready to
send, since waking the receiving process costs more than a message. Imports no torch.

front   -> engine   Hello, Bye, Classify, Translate, Explain, Generate, Predict, Cancel
engine  -> front    Ready, Alive, Retiring, Classified, Partial, Translated, Explained, Generated, Predicted, Failed,
                    Report
"""

from __future__ import annotations

from functools import cached_property

import msgspec

from app.text.decode_options import GREEDY, DecodeOptions
from app.text.prompt_format import PromptFormat


class Score(msgspec.Struct, frozen=True):
    """A measured value of a model, as `Score` of `app/runtime/base.py`."""

    metric: str
    value: float
    set: str
    languages: tuple[str, ...]
    conditions: str = ""


class ModelInfo(msgspec.Struct, frozen=True, dict=True):
    """A served model, as the front side has to know it: its labels or directions, and the file of its tokenizer.
    `digest` identifies its weights and its tokenizer.

    A Hugging Face model has `prompt_formats`, one for each of `directions` or one for a classifier, an `unknown` token
    of its own, and no placeholders. `explains` says that it takes `Explain`."""

    name: str
    task: str
    architecture: str
    description: str
    parameters: int
    languages: list[str]
    labels: list[str]
    directions: list[tuple[str, str]]
    max_tokens: int
    tokenizer: str = ""  # path of a copy that the engine wrote: the file in the model's folder may be replaced
    digest: str = ""
    prompt_formats: list[PromptFormat] = []
    unknown: int = 1
    explains: bool = False
    scores: list[Score] = []

    def prompt_format(self, source: str, target: str) -> PromptFormat | None:
        """The input format of a Hugging Face translator for one of its directions; None for other models."""
        directions = zip(self.directions, self.prompt_formats, strict=False)
        return next((one for pair, one in directions if pair == (source, target)), None)

    @cached_property
    def measured(self) -> dict[tuple[str, tuple[str, ...]], dict[tuple[str, str], float]]:
        """The values of a metric for a language or a direction, by set and conditions."""
        found: dict[tuple[str, tuple[str, ...]], dict[tuple[str, str], float]] = {}
        for one in self.scores:
            found.setdefault((one.metric, one.languages), {})[one.set, one.conditions] = one.value
        return found

    @property
    def key(self) -> str:
        """The name in requests. It has the digest, since token ids are valid only for the model they were made for."""
        return f"{self.name}@{self.digest}"


def unscored(infos: list[ModelInfo]) -> list[ModelInfo]:
    """The models without their scores, to compare engines. Scores change no answer of a model: an engine that ended
    must be able to come back after a card was edited or models were measured."""
    return [msgspec.structs.replace(info, scores=[]) for info in infos]


class Message(msgspec.Struct, tag=True, gc=False):
    """Base class of all messages; the name of a class is its tag."""


class Hello(Message):
    """A client is here and waits for `Ready`."""


class Classify(Message):
    id: int
    model: str
    tokens: list[int]
    alone: bool = False


class Translate(Message):
    """`tokens` is the whole input: target tag first, end of sentence last. `max_tokens` is the limit of the
    translation; the best `alternatives` are returned. With `stream` the engine sends `Partial`s, and with `attention`
    each hypothesis has its attention. Every hypothesis begins with `begin`. Sentences of the same `text` share
    its part of the rows; 0 stands for a text of one sentence."""

    id: int
    model: str
    tokens: list[int]
    max_tokens: int
    options: DecodeOptions = GREEDY
    alternatives: int = 1
    stream: bool = False
    alone: bool = False
    begin: list[int] = []
    attention: bool = False
    text: int = 0


class Explain(Message):
    """How did the model read `tokens`, as `Classify` or `Translate` has them, and write `target`? `target` is a
    translation without the end of the sentence, empty for a classifier. A request of its own, after the answer: only
    the front side knows which of the hypotheses became the answer, and requests that do not ask pay nothing."""

    id: int
    model: str
    tokens: list[int]
    target: list[int] = []
    alone: bool = False


class Generate(Message):
    """How may a text that begins with `tokens` go on? Tokens are drawn by `temperature`, `top_p` and `seed` (`Sampling`
    in `app/runtime/language_model.py`), at most `max_tokens`. With `new_word` the first begins a new word; with
    `stream` the engine sends `Partial`s."""

    id: int
    model: str
    tokens: list[int]
    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0
    new_word: bool = False
    stream: bool = False
    alone: bool = False


class Predict(Message):
    """Which `count` words are likeliest after `tokens`?"""

    id: int
    model: str
    tokens: list[int]
    count: int
    new_word: bool = False
    alone: bool = False


class Reading(msgspec.Struct, tag=True):
    """How a classifier read a text: the contribution of each token to P(positive) - P(negative); the probabilities
    after each, (tokens, labels); the means of its gates input, forget and output, (tokens, 3); and the probabilities of
    the baseline. Contributions add up to the difference from the baseline."""

    contributions: list[float]
    running: list[list[float]]
    gates: list[list[float]]
    baseline: list[float]


class Writing(msgspec.Struct, tag=True):
    """How a translator wrote a translation: the log probability of each token, its attention over the tokens of the
    request, each row with a sum of 1, and the means of the gates update and reset, (tokens, 2)."""

    log_probabilities: list[float]
    attention: list[list[float]]
    gates: list[list[float]]


class ScoredTokens(msgspec.Struct, array_like=True):
    """Token ids and length-normalised log probability (NaN where the model gives none) of a translation; where it was
    asked for and the model has it, the attention of each token over those of the request: (tokens, source tokens)."""

    tokens: list[int]
    score: float
    attention: list[list[float]] = []


class WordTokens(msgspec.Struct, array_like=True):
    """The token ids of a word, and the probability that it comes next."""

    tokens: list[int]
    probability: float


class Bye(Message):
    """The client leaves and waits for no answer."""


class Cancel(Message):
    """Nobody waits for this request any more."""

    id: int


class Ready(Message):
    """The models of an engine. `generation` is the number of the supervisor's reload that brought them; an engine that
    is restarted after a crash has its predecessor's."""

    models: list[ModelInfo]
    pid: int = 0
    generation: int = 0


class Alive(Message):
    """The engine is working; sent now and then while it has work."""


class Classified(Message):
    """Probabilities in the order of the model's labels; seconds of waiting in the engine, and of running."""

    id: int
    probabilities: list[float]
    queue_s: float = 0.0
    engine_s: float = 0.0


class Translated(Message):
    """The best hypotheses, best first; seconds of waiting in the engine, and of running."""

    id: int
    hypotheses: list[ScoredTokens]
    queue_s: float = 0.0
    engine_s: float = 0.0


class Explained(Message):
    """The explanation; seconds of waiting in the engine, and of running, which includes other work in between."""

    id: int
    explanation: Reading | Writing
    queue_s: float = 0.0
    engine_s: float = 0.0


class Generated(Message):
    """The tokens that were written, and whether the text has ended with them; seconds of waiting in the engine, and of
    running, which includes other work in between."""

    id: int
    tokens: list[int]
    ended: bool
    queue_s: float = 0.0
    engine_s: float = 0.0


class Predicted(Message):
    """The likeliest next words, most likely first, and the probability that the text ends; seconds as above."""

    id: int
    words: list[WordTokens]
    end: float
    queue_s: float = 0.0
    engine_s: float = 0.0


class Retiring(Message):
    """Another engine has taken over the endpoint: connect to it, and send no new requests to this one."""


class Partial(Message):
    """All token ids so far: the certain beginning of a translation, or the text of a language model."""

    id: int
    tokens: list[int]


class Failed(Message):
    """No engine can answer the request."""

    id: int
    reason: str


class Report(Message):
    """The load of an engine, sent to one of its clients now and then: tokens that wait, waiting time of the oldest
    request, tokens being decoded, and the task, rows and share of padding of each batch since the last report."""

    queue_tokens: int
    oldest_s: float
    inflight_tokens: int
    batches: list[tuple[str, int, float]]


EngineRequest = Classify | Translate | Explain | Generate | Predict
ToEngine = Hello | Bye | EngineRequest | Cancel
Answer = Classified | Translated | Explained | Generated | Predicted | Failed
ToFront = Ready | Alive | Retiring | Partial | Answer | Report

# The exceptions of decoding malformed bytes; msgspec does not wrap the last two.
MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def request_tokens(length: int, options: DecodeOptions | None = None) -> int:
    """The cost of a request in tokens, by which queues are bounded and waiting times estimated: the `length` of its
    input, and for a translation, which has `options`, about as many tokens again for each hypothesis of its beam."""
    return length if options is None else length * (1 + options.beam)


MOST_EXPLAINED = 256  # tokens of a text: the work grows with the square of its length
EXPLAINED_TOKENS, EXPLAINED_TRANSLATION = 100, 5  # cost in queues of each token of an explained text


def explained_tokens(request: Explain) -> int:
    """The cost of an explanation in tokens. Explaining a token of a text takes as long as reading some 400 tokens, and
    explaining a translation about as long as its search; the cost lies between the two measures."""
    price = EXPLAINED_TRANSLATION if request.target else EXPLAINED_TOKENS
    return price * (len(request.tokens) + len(request.target))


MOST_GENERATED, MOST_PREDICTED = 256, 50  # tokens of a text, next words
READ_TOKENS, WRITTEN_TOKENS, PREDICTED_TOKENS = 15, 60, 70  # cost in queues: a token read, a token written, a next word


def generation_tokens(request: EngineRequest) -> int:
    """The cost of a request to a language model in tokens: it is computed alone, with whole matrices for each token."""
    read = READ_TOKENS * len(request.tokens)
    if isinstance(request, Predict):
        return read + PREDICTED_TOKENS * request.count
    return read + (WRITTEN_TOKENS * request.max_tokens if isinstance(request, Generate) else 0)


encode = msgspec.msgpack.Encoder().encode
decode_to_engine = msgspec.msgpack.Decoder(list[ToEngine]).decode
decode_to_front = msgspec.msgpack.Decoder(list[ToFront]).decode
