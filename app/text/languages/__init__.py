"""All facts about languages: codes (`codes.py`), the fields of a profile (`profile.py`), and a file a language."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from app.text.languages.profile import Profile

NEUTRAL = Profile()


def profile_of(code: str) -> Profile:
    """The profile of a language code, whatever its script or region; a neutral one for a language without a file."""
    return profiles().get(code.partition("-")[0], NEUTRAL)


@cache
def profiles() -> dict[str, Profile]:
    """The `PROFILE` of every module beside this one that has one, by language code."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found: list[Profile] = [module.PROFILE for module in modules if hasattr(module, "PROFILE")]
    return {profile.code: profile for profile in found}
