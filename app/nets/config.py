"""The contents of `config.json` in a model folder. Plain data: imports no torch."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

FORMAT_VERSION = 1
TASKS = ("sentiment", "translation", "language")  # language: causal language modelling


@dataclass(slots=True)
class ModelConfig:
    """One model: its task, its architecture with sizes, and its labels or directions.

    `sizes` are the keyword arguments of the architecture's sizes class. `max_tokens` is the longest input of the
    model, in tokens. `directions` are (source, target) language pairs, `labels` the classes in the order of the
    logits, `temperature` divides the logits (Guo et al. 2017).
    """

    name: str
    task: str
    architecture: str
    sizes: dict[str, Any]
    languages: list[str]
    max_tokens: int
    labels: list[str] = field(default_factory=list)
    directions: list[tuple[str, str]] = field(default_factory=list)
    temperature: float = 1.0
    description: str = ""

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> ModelConfig:
        """Build a config from parsed JSON. Raises a ValueError that names the wrong field."""
        known = {f.name: f for f in dataclasses.fields(cls)}
        missing = [
            name
            for name, f in known.items()
            if name not in fields and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        ]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}")
        unknown = sorted(set(fields) - set(known))
        if unknown:
            raise ValueError(f"has unknown fields {', '.join(unknown)}")
        config = cls(**fields)
        if config.task not in TASKS:
            raise ValueError(f"has task {config.task!r}; known are {', '.join(TASKS)}")
        if not isinstance(config.sizes, dict):
            raise ValueError("has sizes that are no object")
        if config.task == "sentiment" and len(config.labels) < 2:
            raise ValueError("has fewer than two labels")
        if config.task == "translation" and not config.directions:
            raise ValueError("has no directions")
        config.directions = [(source, target) for source, target in config.directions]
        return config

    @property
    def speaks(self) -> list[tuple[str, ...]]:
        """The directions of a translator; the languages of any other model, one in each tuple."""
        return [*self.directions] or [(code,) for code in self.languages]

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
