"""The rules of a text: how dates, times, names and numbers come through a translation, one module each."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from app.text.rules.rule import Rule


@cache
def rules() -> list[Rule]:
    """The `RULE` of every module of this package that has one, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return [module.RULE for module in modules if hasattr(module, "RULE")]
