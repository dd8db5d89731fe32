"""Which model answers a request: by its task and name, the language of the text and the translation's direction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.engine.messages import ModelInfo
from app.pipeline.errors import PipelineError
from app.text.detect import WRITTEN_IN, Detection, detect
from app.text.languages.codes import canonical, name_of, serving

AUTO = "auto"
MOST_NAMED = 30  # directions that an error names; a model may have thousands


@dataclass(slots=True, frozen=True)
class Direction:
    """A model, and its own codes for source and target: `zh` is Simplified Chinese to a model."""

    info: ModelInfo
    source: str
    target: str


def models_for(models: list[ModelInfo], task: str, name: str | None) -> list[ModelInfo]:
    """The models that a request may be answered by. Raises PipelineError."""
    known = [info for info in models if info.task == task]
    chosen = [info for info in known if name in (None, info.name)]
    if not chosen:
        names = listed([info.name for info in known])
        raise PipelineError("unknown-model", f"There is no {task} model {name!r}; there is {names}.")
    return chosen


def language_of(
    text: str, expected: list[str], enough: float, understood: Collection[str] = ()
) -> tuple[str, Detection]:
    """The detected language of a text, or, where its confidence is below `enough`, the first that is `expected`.

    Half of that is enough for a text of several words in a language that models have `understood`: of 6,000 English
    texts of at most 30 characters (Tatoeba) none is taken for German, French or Chinese, but 4 % of single words are
    taken for some other language.
    """
    detected = detect(text, expected)
    if detected.language is not None:
        known = WRITTEN_IN.get(detected.script or "")
        if known is not None and known.isdisjoint(code.partition("-")[0] for code in expected):
            return detected.language, detected  # in letters that no model reads, however uncertain
        if serving(detected.language, understood) and (len(text.split()) > 1 or detected.script != "Latn"):
            enough /= 2
        if detected.confidence >= enough or serving(detected.language, expected):
            return detected.language, detected
    return expected[0], detected


def direction_of(models: list[ModelInfo], source: str, target: str) -> Direction | None:
    """The first model that translates from a language to another."""
    offers = offering(models, target)
    for info in models:
        for offered_source, offered_target in info.directions:
            if offered_target in offers and serving(source, [offered_source]):
                return Direction(info, offered_source, offered_target)
    return None


def offering(models: list[ModelInfo], target: str) -> set[str]:
    """The targets of models that serve a target."""
    return {
        offered for offered in {other for info in models for _, other in info.directions} if serving(target, [offered])
    }


def sources_of(models: list[ModelInfo], target: str) -> tuple[list[str], set[str]]:
    """The languages that models translate to a target from, or all that they translate from if there are none; and all
    that they translate from."""
    pairs = [pair for info in models for pair in info.directions]
    offers, understood = offering(models, target), {source for source, _ in pairs}
    return sorted({source for source, other in pairs if other in offers} or understood), understood


def check_target(models: list[ModelInfo], target: str, name: str | None = None) -> None:
    """Raises PipelineError where no model, or not the one named, translates to a target from any language."""
    chosen = models_for(models, "translation", name)
    if not offering(chosen, code_of(target, "target")):
        known = sorted({name_of(other) for info in chosen for _, other in info.directions})
        raise PipelineError(
            "unsupported-direction",
            f"No model translates to {name_of(code_of(target, 'target'))}; known are {listed(known)}.",
        )


def code_of(given: str, field: str) -> str:
    """The canonical code of a language that a request names in a field. Raises PipelineError."""
    try:
        return canonical(given)
    except ValueError as error:
        raise PipelineError("unknown-language", f"{field}: {error}.") from error


def unsupported_language(language: str, detected: Detection | None, supported: list[str]) -> PipelineError:
    return PipelineError(
        "unsupported-language",
        f"The text {appears(detected)} {name_of(language)}; sentiment is known for "
        f"{listed([name_of(code) for code in supported])}. If that is a mistake, name the language in the field "
        "language.",
        supported=supported,
    )


def unsupported_direction(
    models: list[ModelInfo], source: str, target: str, detected: Detection | None
) -> PipelineError:
    known = sorted({pair for info in models for pair in info.directions})
    named = [f"{name_of(a)} to {name_of(b)}" for a, b in known]
    more = [f"{len(named) - MOST_NAMED:,} more of GET /languages"] if len(named) > MOST_NAMED else []
    return PipelineError(
        "unsupported-direction",
        f"The text {appears(detected)} {name_of(source)}"
        + (" already" if source == target else f", and no model translates from there to {name_of(target)}")
        + f"; known are {listed(named[:MOST_NAMED] + more)}. If that is a mistake, name the language in the "
        "field source.",
        supported=[list(pair) for pair in known],
    )


def appears(detected: Detection | None) -> str:
    return "is in" if detected is None else "appears to be in"


def listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
