"""`undertone models measure`: how long models take that can answer the same requests. They take turns, a sentence each
in each round, so whatever else the machine does slows all of them alike."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.cli.local import CommandError, local_pipeline, settings_of

if TYPE_CHECKING:
    from app.engine.messages import ModelInfo
    from app.huggingface.speeds import Speed
    from app.pipeline.choice import Candidate
    from app.pipeline.service import Pipeline
    from app.settings import Settings

ROUNDS = 7
MOST_CONTESTS = 200  # two models of a hundred languages have thousands of directions in common


def measure(options: argparse.Namespace) -> int:
    from app.engine.devices import devices
    from app.huggingface.speeds import write_speeds

    settings = settings_of(options)
    settings.cpu_engines = 1
    try:
        speeds = asyncio.run(measured(settings))
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
        path = write_speeds(settings.models_dir, now, devices(settings)[0], speeds)
    except OSError as error:
        raise CommandError(f"{error.filename or settings.models_dir}: {error.strerror or error}") from error
    for one in speeds:
        print(one.model, " to ".join(one.languages), f"{one.milliseconds:.1f} ms", sep="\t")
    print(f"undertone: written to {path}; a running service reads it after `undertone reload PID`", file=sys.stderr)
    return 0


async def measured(settings: Settings) -> list[Speed]:
    """The speeds of all models that another one competes with. Raises CommandError."""
    from tqdm import tqdm

    from app.huggingface.speeds import Speed

    async with local_pipeline(settings) as pipeline:
        candidates = contests(pipeline.models)
        if not candidates:
            raise CommandError(f"{settings.models_dir}: no two models can answer the same requests")
        times: dict[int, list[float]] = defaultdict(list)
        for number in tqdm(range(ROUNDS + 1), unit="round", disable=None):
            for place, candidate in enumerate(candidates):
                taken = await seconds(pipeline, candidate)
                if number:  # the first loads the model
                    times[place].append(taken)
    return [
        Speed(one.info.name, one.info.digest, one.languages, 1e3 * statistics.median(times[place]))
        for place, one in enumerate(candidates)
    ]


def contests(models: list[ModelInfo]) -> list[Candidate]:
    """Every model for every language or direction that it shares with another, whichever script its code names."""
    from app.pipeline.choice import Candidate
    from app.text.languages.codes import language

    several: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for info in models:
        spoken: list[tuple[str, ...]] = [*info.directions] or [(code,) for code in info.languages]
        for languages in spoken if info.task != "language" else ():
            several[info.task, *map(language, languages)].append(Candidate(info, languages))
    contested = [candidates for candidates in several.values() if len(candidates) > 1]
    if (more := len(contested) - MOST_CONTESTS) > 0:
        print(f"undertone: {more:,} directions or languages are left out, behind {MOST_CONTESTS}", file=sys.stderr)
    return [candidate for candidates in contested[:MOST_CONTESTS] for candidate in candidates]


async def seconds(pipeline: Pipeline, candidate: Candidate) -> float:
    """The time for the sample of a language, which competing models get alike. Raises CommandError."""
    from app.engine.errors import EngineError
    from app.pipeline.errors import PipelineError
    from app.text.languages import profile_of

    name, languages = candidate.info.name, candidate.languages
    profile = profile_of(languages[0])
    begin = time.perf_counter()
    try:
        if candidate.info.task == "translation":
            source, target = languages
            await pipeline.translate(profile.sample_sentence, source=source, target=target, model=name)
        else:
            await pipeline.sentiment(profile.sample_opinion, language=languages[0], model=name)
    except (EngineError, PipelineError) as error:
        raise CommandError(f"{name} answers no sentence: {error} Nothing was measured.") from error
    return time.perf_counter() - begin
