"""Shared by the commands: settings from options, and a pipeline without HTTP."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.engine.supervisor import Supervisor
from app.pipeline.errors import PipelineError
from app.settings import Settings

if TYPE_CHECKING:
    from app.engine.messages import ModelInfo
    from app.pipeline.service import Pipeline


DONE, FAILED, WRONG_USAGE = 0, 1, 2  # the exit statuses
# The options of commands that are fields of requests.
NAMES = {
    "source": "--from",
    "target": "--to",
    "language": "--language",
    "format": "--format",
    "format_options": "--format-option",
}


class CommandError(Exception):
    """An error that the user can correct. Its message is printed without a traceback."""

    status = FAILED


class UsageError(CommandError):
    """The command line itself is wrong, whatever the files, models and services that it names are like."""

    status = WRONG_USAGE


def told(error: Exception) -> str:
    """The message of an error, with options where the API has fields."""
    return error.worded(NAMES) if isinstance(error, PipelineError) else str(error)


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings of the environment, overridden by the options of the command."""
    given = {
        name: value for name, value in vars(options).items() if name in Settings.model_fields and value is not None
    }
    return Settings(**given)


@asynccontextmanager
async def local_pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """Start engines and yield a pipeline that uses them. Raises CommandError if they cannot start."""
    loop = asyncio.get_running_loop()
    failed = asyncio.Event()
    reasons: list[str] = []

    def fail(reason: str) -> None:
        reasons.append(reason)
        loop.call_soon_threadsafe(failed.set)

    supervisor = Supervisor(settings, on_failure=fail, on_demand=True)
    supervisor.start()
    from app.engine.client import EngineClient  # the engines start meanwhile
    from app.pipeline.service import Pipeline, load_languages

    client = EngineClient(supervisor.endpoints, sys.maxsize, settings.engine_timeout_s)
    try:
        await client.start()
        languages = asyncio.create_task(asyncio.to_thread(load_languages))
        waits = [asyncio.create_task(event.wait()) for event in (client.became_ready, failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if reasons:
            raise CommandError(reasons[0])
        await languages
        yield await Pipeline.load(client, settings, on_demand=True)
    finally:
        await client.close()
        await asyncio.to_thread(supervisor.stop)


def trial(info: ModelInfo) -> tuple[str, dict[str, str]]:
    """A request that a model can answer: its path and its body."""
    from app.text.languages import profile_of

    if info.directions:
        # English first: not every language has a sample of its own.
        source, target = min(info.directions, key=lambda pair: pair[0] != "en")
        return "/translate", {"text": profile_of(source).sample_sentence, "source": source, "target": target}
    language = info.languages[0]
    if info.task == "language":
        return "/generate", {"prompt": profile_of(language).sample_sentence.partition(" ")[0], "language": language}
    return "/sentiment", {"text": profile_of(language).sample_opinion, "language": language}
