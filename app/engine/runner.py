"""Runs batches of requests on the models of one device. Knows no sockets and no queue."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.engine.explanations import Explanations
from app.engine.generations import Generations
from app.engine.messages import (
    Classified,
    Classify,
    EngineRequest,
    Explain,
    Failed,
    Generate,
    ModelInfo,
    Partial,
    Predict,
    ScoredTokens,
    ToFront,
    Translate,
    Translated,
)
from app.engine.models import load_models, publish
from app.engine.scheduler import Job, Key
from app.huggingface.selection import NOTHING, Chosen
from app.nets.folder import ModelFolderError
from app.runtime.base import BatchTranslator, Classifier, Decoding, DecodingBackend, OnStep, no_hook
from app.runtime.beam_search import Sentence
from app.runtime.device import raise_if_lost
from app.runtime.load import Loader

log = logging.getLogger(__name__)

MOST_HYPOTHESES = 64  # of a sentence: far beyond use, and a bound to what one message can ask for


@dataclass(slots=True)
class Outcome:
    """The result of a run: messages with the client of each, and jobs that have to be run again."""

    answers: list[tuple[bytes, ToFront]] = field(default_factory=list)
    again: list[Job] = field(default_factory=list)

    def __iadd__(self, other: Outcome) -> Outcome:
        self.answers += other.answers
        self.again += other.again
        return self


@dataclass(slots=True)
class InFlight:
    """A sentence that is being decoded, and the number of its tokens sent to the client."""

    job: Job
    sent: int = 0


class Runner:
    """All models of an engine. Texts are classified batch by batch; sentences join those in flight and are decoded
    together, step by step, each group of one model and one width in a `Decoding`. Methods that use the device raise
    DeviceLost: then the process has to end. `batches.py` runs the `batch_translators`."""

    def __init__(
        self,
        models_dir: Path,
        loader: Loader,
        max_rows: int,
        private: Path,
        chosen: Chosen = NOTHING,
    ) -> None:
        """Loads the models; `private` gets their tokenizers. Raises ModelFolderError, which names the file and the
        fault, and ImportError and ValueError as `loader` does."""
        self.classifiers: dict[str, Classifier] = {}  # by ModelInfo.key, as are the next three
        self.translators: dict[str, DecodingBackend] = {}
        self.batch_translators: dict[str, BatchTranslator] = {}
        self.vocabularies: dict[str, int] = {}
        self.infos: list[ModelInfo] = []
        self.explanations, self.generations = Explanations(), Generations()
        self.on_step: OnStep = no_hook  # called now and then by steps that take long
        self.max_rows, self.most_rows = max_rows, max_rows
        self.decodings: dict[tuple[str, int], Decoding] = {}
        self.in_flight: dict[Key, InFlight] = {}
        for model in load_models(models_dir, chosen, loader):
            info = publish(model, private)
            self.infos.append(info)
            self.vocabularies[info.key] = model.vocabulary
            if model.explainer is not None:
                self.explanations.sources[info.key] = model.explainer
            if model.classifier is not None:
                self.classifiers[info.key] = model.classifier
            if model.translator is not None:
                self.translators[info.key] = model.translator
            if model.batch_translator is not None:
                self.batch_translators[info.key] = model.batch_translator
            if model.writer is not None:
                self.generations.models[info.key] = model.writer

    def fault(self, request: EngineRequest) -> str | None:
        """The reason why a request is impossible, None if it is possible; on a GPU such a request would break the whole
        process."""
        size = self.vocabularies.get(request.model)
        if size is None:
            return f"there is no model {request.model!r}"
        if isinstance(request, Explain):
            return self.explanations.fault(request, size, reads=request.model in self.classifiers)
        if isinstance(request, Generate | Predict):
            return self.generations.fault(request, size)
        if request.model in self.generations.models or (request.model in self.classifiers) != isinstance(
            request, Classify
        ):
            return f"{request.model} serves another task"
        begin = request.begin if isinstance(request, Translate) else []
        if not request.tokens or min(request.tokens + begin) < 0 or max(request.tokens + begin) >= size:
            return f"token ids must be 0 to {size - 1}, and at least one"
        if isinstance(request, Translate):
            rows = request.options.beam, request.alternatives
            if min(rows) < 1 or max(rows) > MOST_HYPOTHESES or request.max_tokens < 1:
                return f"beam and alternatives must be 1 to {MOST_HYPOTHESES}, max_tokens at least 1"
        return None

    def classify(self, jobs: list[Job]) -> Outcome:
        """One forward for texts of one model. A batch that fails is halved, since memory may have run out or one text
        may be the cause, until each text is answered or has failed alone."""
        if not jobs:
            return Outcome()
        try:
            rows = self.classifiers[jobs[0].request.model].classify([job.request.tokens for job in jobs])
        except Exception as error:
            raise_if_lost(error)
            if len(jobs) == 1:
                return Outcome([failed(jobs[0], error)])
            log.warning("a batch of %d texts failed: %s", len(jobs), error)
            middle = len(jobs) // 2
            outcome = self.classify(jobs[:middle])
            outcome += self.classify(jobs[middle:])
            return outcome
        answers = (Classified(job.request.id, row, *job.times()) for job, row in zip(jobs, rows, strict=True))
        return Outcome([(job.client, answer) for job, answer in zip(jobs, answers, strict=True)])

    @property
    def free_rows(self) -> int:
        """Rows that further sentences may take."""
        return self.max_rows - sum(entry.job.rows for entry in self.in_flight.values())

    @property
    def inflight_tokens(self) -> int:
        return sum(entry.job.length for entry in self.in_flight.values())

    @property
    def decoding(self) -> bool:
        return bool(self.in_flight)

    def join(self, jobs: list[Job]) -> Outcome:
        """Encode sentences of one model and width, and add them to those in flight."""
        if not jobs:
            return Outcome()
        group = model, rows = jobs[0].request.model, jobs[0].rows
        self.in_flight |= {job.key: InFlight(job) for job in jobs}
        try:
            if (decoding := self.decodings.get(group)) is None:
                decoding = self.decodings[group] = self.translators[model].decoding(rows)
            decoding.join([job.request.tokens for job in jobs], [sentence_of(job) for job in jobs])
        except Exception as error:
            return self.start_again(group, error, jobs)
        return Outcome()

    def step(self) -> Outcome:
        """One decoding step for every sentence in flight."""
        outcome = Outcome()
        for group in list(self.decodings):
            decoding = self.decodings.get(group)
            if decoding is None:  # its sentences were cancelled during the step of another group
                continue
            try:
                finished = decoding.step(self.on_step)
            except Exception as error:
                outcome += self.start_again(group, error)
                continue
            for key, hypotheses in finished:
                job = self.in_flight.pop(key).job
                found = [ScoredTokens(one.tokens, one.score, list(one.attention)) for one in hypotheses]
                outcome.answers.append((job.client, Translated(job.request.id, found, *job.times())))
                self.max_rows = min(2 * self.max_rows, self.most_rows)
            outcome.answers += self.partials(decoding)
            if not len(decoding):
                self.decodings.pop(group, None)
        return outcome

    def partials(self, decoding: Decoding) -> Iterable[tuple[bytes, Partial]]:
        """The certain beginnings of streamed translations, where they have grown."""
        for index, sentence in enumerate(decoding.sentences):
            entry = self.in_flight[sentence.key]
            request = entry.job.request
            if isinstance(request, Translate) and request.stream:
                prefix = decoding.stable_prefix(index)
                if len(prefix) > entry.sent:
                    entry.sent = len(prefix)
                    yield entry.job.client, Partial(request.id, prefix)

    def explain(self) -> Outcome:
        """A slice of the first explanation in the queue."""
        try:
            answer = self.explanations.step()
        except Exception as error:
            return Outcome([failed(self.explanations.drop_first(), error)])
        return Outcome([answer] if answer else [])

    def write(self) -> Outcome:
        """A step of each text that language models write."""
        return outcome_of(self.generations.step())

    def start_again(self, group: tuple[str, int], error: Exception, joining: Iterable[Job] = ()) -> Outcome:
        """A step or an encoding failed: the sentences of its group start again, half as many at a time, since memory
        may have run out or one sentence may be the cause. A sentence that was alone fails."""
        raise_if_lost(error)
        decoding = self.decodings.pop(group, None)  # None where all its sentences were cancelled during the step
        sentences = [] if decoding is None else decoding.sentences
        keys = [sentence.key for sentence in sentences] + [job.key for job in joining]
        jobs = [self.in_flight.pop(key).job for key in keys if key in self.in_flight]
        if len(jobs) < 2:
            return Outcome([failed(job, error) for job in jobs])
        log.warning("%d sentences failed together and start again: %s", len(jobs), error)
        self.max_rows = len(jobs) // 2 * jobs[0].rows
        return Outcome(again=jobs)

    def cancel(self, key: Key) -> bool:
        """Drop a sentence in flight, an explanation or a text of a language model; returns whether it was there."""
        if self.explanations.cancel(key) or self.generations.cancel(key):
            return True
        if self.in_flight.pop(key, None) is None:
            return False
        for group, decoding in list(self.decodings.items()):
            decoding.drop(key)
            if not len(decoding):
                del self.decodings[group]
        return True


def sentence_of(job: Job) -> Sentence:
    request = job.request
    assert isinstance(request, Translate), "a bug: no translation"
    return Sentence(
        job.key,
        request.max_tokens,
        request.alternatives,
        request.options,
        begin=request.begin,
        attention=request.attention,
    )


def outcome_of(messages: Iterable[tuple[Job, ToFront | Exception]]) -> Outcome:
    """The messages to send, each with its client; an exception is the answer of a request that failed."""
    return Outcome([failed(job, one) if isinstance(one, Exception) else (job.client, one) for job, one in messages])


def failed(job: Job, error: Exception) -> tuple[bytes, ToFront]:
    log.warning("a request failed: %s", error)
    if isinstance(error, ModelFolderError):  # a model that is loaded on demand
        return job.client, Failed(job.request.id, f"The model cannot be loaded: {error}.")
    return job.client, Failed(job.request.id, f"The model failed on this text ({type(error).__name__}).")
