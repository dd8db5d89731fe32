"""A pipeline over engines of its own, without HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.cli.local import local_pipeline
from app.settings import Settings


def test_engines_may_be_silent_for_as_long_as_the_settings_say(tiny_models: Path) -> None:
    async def patience() -> float:
        async with local_pipeline(Settings(models_dir=tiny_models, cpu_engines=1, engine_timeout_s=77)) as pipeline:
            return pipeline.engine.hung_after_s

    assert asyncio.run(patience()) == 77
