"""The APIs of other services, for clients that speak them. Each module but the shared ones (`adapter`, `models`,
`recognize`, `tensors`, `translation`, `values`) is one API, an `Adapter` with the name `api`, which docs/clients.md
describes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from app.api.compat.adapter import Adapter


def load(names: Sequence[str]) -> list[Adapter]:
    """The adapters of these names, which are modules of this package."""
    return [import_module(f"{__name__}.{name}").api for name in dict.fromkeys(names)]
