"""Runs what the scheduler takes on the models of one device. Knows no sockets and no queue."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch

from app.engine.memory import release_memory
from app.engine.messages import Classified, Classify, Failed, ModelInfo, Partial, ToFront, Translate, Translated, Work
from app.engine.scheduler import Job, Key
from app.huggingface.hub import is_foreign
from app.huggingface.load import Foreign, load_foreign
from app.huggingface.runtime import StaticDecoding, TransformerTranslator
from app.huggingface.selection import NOTHING, Chosen, select
from app.nets.config import ModelConfig
from app.nets.folder import TOKENIZER, ModelFolderError, load_model, read_config
from app.nets.translator import EOS
from app.runtime.base import PRECISIONS, Classifier, Decoding, Translator, precision_of, runtime_of
from app.runtime.beam_search import Sentence

log = logging.getLogger(__name__)

MOST_HYPOTHESES = 64  # of a sentence: far beyond use, and a bound to what one message can ask for
Answers = list[tuple[bytes, ToFront]]  # a client, and what it gets


@dataclass(slots=True)
class InFlight:
    """A sentence that is being decoded, and how much of it its client has seen."""

    job: Job
    sent: int = 0


class Runner:
    """All models of a folder of model folders, and those that are chosen besides; loaded and tried by a real forward.
    Their tokenizers are written to `private`, a folder that the front side can read: what is in a model folder may be
    another by the time that it looks there."""

    def __init__(
        self,
        models_dir: Path,
        device: torch.device,
        runtime: str,
        max_rows: int,
        private: Path,
        precision: str = "auto",
        chosen: Chosen = NOTHING,
    ) -> None:
        """Raises ModelFolderError that says what is wrong where, ValueError for a precision that the runtime lacks."""
        self.device, self.runtime, self.private = device, runtime, private
        self.precision = precision_of(precision, runtime, device)
        foreign_precision = PRECISIONS.get(precision, torch.float32)  # float16 is not safe for each of them
        self.classifiers: dict[str, Classifier] = {}
        self.translators: dict[str, Translator | TransformerTranslator] = {}
        self.vocabularies: dict[str, int] = {}
        self.infos: list[ModelInfo] = []
        self.max_rows, self.most_rows = max_rows, max_rows
        self.decodings: dict[tuple[str, int], Decoding | StaticDecoding] = {}
        self.in_flight: dict[Key, InFlight] = {}
        for folder, wanted in select(models_dir, chosen):
            if is_foreign(folder):
                self.add_foreign(load_foreign(folder, wanted, device, foreign_precision))
            else:
                self.add(folder)
            release_memory()
            *others, info = self.infos
            if info.name in [other.name for other in others]:
                raise ModelFolderError(f"{folder}: another model is called {info.name!r} too")
            if wanted.task not in (None, info.task):
                raise ModelFolderError(f"{folder}: is a model for {info.task}, not for {wanted.task}")

    def add(self, folder: Path) -> None:
        """Take in a model of ours and try it."""
        _, files = read_config(folder)
        model = load_model(folder, self.device)
        tokenizer = (folder / TOKENIZER).read_bytes()
        read = f"sha256:{hashlib.sha256(tokenizer).hexdigest()}"
        if read_config(folder)[1] != files or read != files[TOKENIZER]:
            raise ModelFolderError(f"{folder}: its files were replaced while they were loaded")
        parameters = sum(parameter.numel() for parameter in model.parameters())
        info = self.publish(describe(model.config, parameters, digest_of(files)), tokenizer)
        name = info.key
        self.vocabularies[name] = model.embedding.num_embeddings
        if model.config.task == "sentiment":
            self.classifiers[name] = runtime_of(model, self.runtime, self.precision)  # type: ignore[assignment]
            self.classifiers[name].classify([[EOS]])
        else:
            self.translators[name] = runtime_of(model, self.runtime, self.precision)  # type: ignore[assignment]
            decoding = self.translators[name].decoding(1)
            decoding.join([[EOS]], [Sentence("trial", 1)])
            decoding.step()

    def add_foreign(self, foreign: Foreign) -> None:
        """Take in a model that was made elsewhere, which has been tried."""
        described = describe(foreign.config, foreign.parameters, foreign.digest)
        described = msgspec.structs.replace(described, readings=foreign.readings, unknown=foreign.unknown)
        info = self.publish(described, foreign.tokenizer.encode())
        self.vocabularies[info.key] = foreign.vocabulary
        if isinstance(foreign.runtime, TransformerTranslator):
            self.translators[info.key] = foreign.runtime
        else:
            self.classifiers[info.key] = foreign.runtime

    def publish(self, described: ModelInfo, tokenizer: bytes) -> ModelInfo:
        """Let the front side know of a model, and read its tokenizer."""
        path = self.private / f"tokenizer-{described.digest}.json"
        unfinished = path.with_suffix(f".{os.getpid()}")  # engines share the folder
        unfinished.write_bytes(tokenizer)
        unfinished.replace(path)
        info = msgspec.structs.replace(described, tokenizer=str(path))
        self.infos.append(info)
        return info

    def between_words(self, work: Callable[[], None]) -> None:
        """Have `work` done again and again while a batch is translated as a whole, which can take long."""
        for translator in self.translators.values():
            if isinstance(translator, TransformerTranslator):
                translator.on_step = work

    def fault(self, request: Work) -> str | None:
        """What makes a request impossible; on a GPU such a request would spoil the whole process."""
        size = self.vocabularies.get(request.model)
        if size is None:
            return f"there is no model {request.model!r}"
        if (request.model in self.classifiers) != isinstance(request, Classify):
            return f"{request.model} serves another task"
        begin = request.begin if isinstance(request, Translate) else []
        if not request.tokens or min(request.tokens + begin) < 0 or max(request.tokens + begin) >= size:
            return f"token ids must be 0 to {size - 1}, and at least one"
        if isinstance(request, Translate):
            rows = request.options.beam, request.alternatives
            if min(rows) < 1 or max(rows) > MOST_HYPOTHESES or request.max_tokens < 1:
                return f"beam and alternatives must be 1 to {MOST_HYPOTHESES}, max_tokens at least 1"
        return None

    def classify(self, jobs: list[Job]) -> Answers:
        """One forward for texts of one model. A batch that fails is halved (memory may have run out, or one text is at
        fault) until each text is answered or has failed alone."""
        if not jobs:
            return []
        try:
            rows = self.classifiers[jobs[0].request.model].classify([job.request.tokens for job in jobs])
        except Exception as error:
            if len(jobs) == 1:
                return [failed(jobs[0], error)]
            log.warning("a batch of %d texts failed: %s", len(jobs), error)
            middle = len(jobs) // 2
            return self.classify(jobs[:middle]) + self.classify(jobs[middle:])
        return [
            (job.client, Classified(job.request.id, row, *job.times())) for job, row in zip(jobs, rows, strict=True)
        ]

    @property
    def free_rows(self) -> int:
        """Rows that sentences may still take."""
        return self.max_rows - sum(entry.job.rows for entry in self.in_flight.values())

    @property
    def inflight_tokens(self) -> int:
        return sum(entry.job.length for entry in self.in_flight.values())

    @property
    def decoding(self) -> bool:
        return bool(self.in_flight)

    def join(self, jobs: list[Job]) -> tuple[Answers, list[Job]]:
        """Encode sentences of one model and beam and let them join those in flight. Returns what fails, and what is to
        be tried again."""
        if not jobs:
            return [], []
        model, beam = jobs[0].request.model, jobs[0].rows
        decoding = self.decodings.setdefault((model, beam), self.translators[model].decoding(beam))
        sentences = [
            Sentence(
                job.key, job.request.max_tokens, job.request.alternatives, job.request.options, begin=job.request.begin
            )
            for job in jobs
            if isinstance(job.request, Translate)
        ]
        self.in_flight |= {job.key: InFlight(job) for job in jobs}
        try:
            decoding.join([job.request.tokens for job in jobs], sentences)
        except Exception as error:
            return self.give_way((model, beam), error, jobs)
        return [], []

    def step(self) -> tuple[Answers, list[Job]]:
        """One word on for every sentence in flight. Returns answers, and what is to be tried again."""
        answers: Answers = []
        again: list[Job] = []
        for group, decoding in list(self.decodings.items()):
            try:
                done = decoding.step()
            except Exception as error:
                failures, jobs = self.give_way(group, error)
                answers, again = answers + failures, again + jobs
                continue
            for key, hypotheses in done:
                job = self.in_flight.pop(key).job
                answers.append((job.client, Translated(job.request.id, hypotheses, *job.times())))
                self.max_rows = min(2 * self.max_rows, self.most_rows)
            answers += self.progress(decoding)
            if not len(decoding):
                del self.decodings[group]
        return answers, again

    def progress(self, decoding: Decoding | StaticDecoding) -> Answers:
        """What is new, and sure, of the sentences whose clients want to see them grow."""
        answers: Answers = []
        for index, sentence in enumerate(decoding.sentences):
            entry = self.in_flight[sentence.key]
            request = entry.job.request
            if isinstance(request, Translate) and request.stream:
                prefix = decoding.stable_prefix(index)
                if len(prefix) > entry.sent:
                    entry.sent = len(prefix)
                    answers.append((entry.job.client, Partial(request.id, prefix)))
        return answers

    def give_way(
        self, group: tuple[str, int], error: Exception, joining: list[Job] | None = None
    ) -> tuple[Answers, list[Job]]:
        """A step or an encoding failed: its sentences start again with half the room, one that was alone fails."""
        decoding = self.decodings.pop(group)
        keys = [sentence.key for sentence in decoding.sentences]
        jobs = [self.in_flight.pop(key).job for key in keys]
        jobs += [self.in_flight.pop(job.key).job for job in joining or [] if job.key in self.in_flight]
        if len(jobs) == 1:
            return [failed(jobs[0], error)], []
        log.warning("%d sentences failed together and start again: %s", len(jobs), error)
        self.max_rows = max(1, len(jobs) // 2 * jobs[0].rows)
        return [], jobs

    def cancel(self, key: Key) -> bool:
        """Let a sentence go in mid-decode; whether it was in flight."""
        if self.in_flight.pop(key, None) is None:
            return False
        for group, decoding in list(self.decodings.items()):
            decoding.drop(key)
            if not len(decoding):
                del self.decodings[group]
        return True


def failed(job: Job, error: Exception) -> tuple[bytes, ToFront]:
    log.warning("a request failed: %s", error)
    return job.client, Failed(job.request.id, f"The model failed on this text ({type(error).__name__}).")


def describe(config: ModelConfig, parameters: int, digest: str) -> ModelInfo:
    return ModelInfo(
        name=config.name,
        task=config.task,
        architecture=config.architecture,
        description=config.description,
        parameters=parameters,
        languages=config.languages,
        labels=config.labels,
        directions=config.directions,
        max_tokens=config.max_tokens,
        digest=digest,
    )


def digest_of(files: dict[str, str]) -> str:
    """Of the weights and the tokenizer of a model of ours, by their hashes."""
    return hashlib.sha256("".join(files[name] for name in sorted(files)).encode()).hexdigest()[:16]
