"""Finds the model that answers a request, by task and name, the language of the text and the direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from app.engine.messages import ModelInfo
from app.pipeline.choice import ORDER, Candidate, choose
from app.pipeline.errors import PipelineError, Remedy
from app.text.detect import Detection, detect
from app.text.languages.codes import PIVOT, canonical, language, name_of, scripts_of, serving

AUTO = "auto"
MOST_NAMED = 30  # names that an error lists; a model may have thousands of directions


@dataclass(slots=True, frozen=True)
class Direction:
    """A model, and its own codes for source and target: `zh` is Simplified Chinese to a model."""

    info: ModelInfo
    source: str
    target: str


@dataclass(slots=True, frozen=True)
class Offer:
    """A direction as clients may ask for it, by which models, and through which third language."""

    source: str
    target: str
    model: str | None
    via: str | None = None


def models_for(models: list[ModelInfo], task: str, name: str | None) -> list[ModelInfo]:
    """The models that a request may be answered by. Raises PipelineError."""
    known = [info for info in models if info.task == task]
    chosen = [info for info in known if name in (None, info.name)]
    if not chosen:
        names = listed([info.name for info in known])
        raise PipelineError("unknown-model", f"There is no {task} model {name!r}; there is {names}.")
    return chosen


def languages_of(models: list[ModelInfo]) -> list[str]:
    """The languages that models read, the most likely a priori first."""
    return likeliest_first({code for info in models for code in info.languages})


def likeliest_first(codes: Iterable[str]) -> list[str]:
    """`PIVOT`, if that is one of the languages, and the others by their codes."""
    return sorted(codes, key=lambda code: (code != PIVOT, code))


def language_of(text: str, expected: Sequence[str], enough: float) -> tuple[str, Detection]:
    """The language of a text, and the result of detection. A language that is not `expected` is accepted only where its
    confidence is at least `enough`, or where the expected languages do not use its letters; a text without letters
    counts as the first expected language."""
    detected = detect(text, expected, enough)
    return detected.language or expected[0], detected


def reader_of(models: list[ModelInfo], code: str, prefer: str = ORDER) -> ModelInfo | None:
    """The model that reads a language, of several the preferred one."""
    reading = ((info, serving(code, info.languages)) for info in models)
    best = choose((Candidate(info, (offered,)) for info, offered in reading if offered), prefer)
    return best.info if best else None


def direction_of(models: list[ModelInfo], source: str, target: str, prefer: str = ORDER) -> Direction | None:
    """The model that translates from a language to another, of several the preferred one."""
    targets = served_by(target, (offered for info in models for _, offered in info.directions))

    def offered(info: ModelInfo) -> tuple[str, str] | None:
        fitting = (pair for pair in info.directions if pair[1] in targets and serving(source, [pair[0]]))
        return next(fitting, None)

    leading = ((info, offered(info)) for info in models)
    best = choose((Candidate(info, pair) for info, pair in leading if pair), prefer)
    return Direction(best.info, *best.languages) if best else None


def served_by(code: str, offered: Iterable[str]) -> set[str]:
    """The offered codes that serve a text in `code`, each checked once: a model may have thousands of directions."""
    return {one for one in set(offered) if serving(code, [one])}


def path_of(models: list[ModelInfo], source: str, target: str, prefer: str = ORDER) -> list[Direction] | None:
    """The models that lead from a language to another, in turn: one, or two through `PIVOT`, or an empty list where the
    text is in the language already, perhaps in another script. One model is chosen before two, whatever is preferred.
    None where no models lead there."""
    if direct := direction_of(models, source, target, prefer):
        return [direct]
    if language(source) == language(target):
        return []
    first, second = direction_of(models, source, PIVOT, prefer), direction_of(models, PIVOT, target, prefer)
    return [first, second] if first and second else None


def sources_of(models: list[ModelInfo], target: str) -> list[str]:
    """The languages that a text for a target may be in, or all that models read if no way leads to the target, the
    likeliest first."""
    pairs = {pair for info in models for pair in info.directions}
    targets = served_by(target, (offered for _, offered in pairs))
    sources = {source for source, offered in pairs if offered in targets}
    if PIVOT in sources:
        sources |= {source for source, offered in pairs if offered == PIVOT}
    sources = sources | {target} if sources else {source for source, _ in pairs}
    return likeliest_first(sources)


def offers(models: list[ModelInfo], prefer: str = ORDER) -> list[Offer]:
    """All directions: of single models (of several the preferred one), through `PIVOT`, and between the scripts of a
    language."""
    candidates: dict[tuple[str, str], list[Candidate]] = {}
    for info in models:
        for source, target in info.directions:
            for pair in product(scripts_of(source), scripts_of(target)):
                candidates.setdefault(pair, []).append(Candidate(info, (source, target)))
    direct = {pair: best.info.name for pair, several in candidates.items() if (best := choose(several, prefer))}
    found = {pair: Offer(*pair, name) for pair, name in direct.items()}
    into, out_of = [pair for pair in direct if pair[1] == PIVOT], [pair for pair in direct if pair[0] == PIVOT]
    for first, second in product(into, out_of):
        pair = first[0], second[1]
        if pair not in found and language(pair[0]) != language(pair[1]):
            found[pair] = Offer(*pair, chained([direct[first], direct[second]]), PIVOT)
    scripts = {script for pair in found for code in pair for script in scripts_of(language(code))}
    for pair in permutations(sorted(scripts), 2):
        if pair not in found and language(pair[0]) == language(pair[1]):
            found[pair] = Offer(*pair, None)
    return list(found.values())


def chained(names: Sequence[str]) -> str | None:
    """The name of models that translate in turn."""
    return " + ".join(names) or None


def check_target(models: list[ModelInfo], target: str, name: str | None) -> None:
    """Raises PipelineError where no model, or not the one named, reaches the target."""
    code, chosen = code_of(target, "target"), models_for(models, "translation", name)
    if not serving(code, {one.target for one in offers(chosen)}):
        raise unsupported_direction(chosen, name, AUTO, code, None)


def code_of(given: str, field: str) -> str:
    """The canonical code of a language that a request names in a field. Raises PipelineError."""
    try:
        return canonical(given)
    except ValueError as error:
        raise PipelineError("unknown-language", f"{error}.", field=field) from error


def unsupported_language(
    language: str, detected: Detection | None, supported: list[str], done: str = "sentiment is known for"
) -> PipelineError:
    """`done` is the phrase before the list of `supported` languages."""
    known = listed([name_of(code) for code in supported])
    detail = f"The text {appears(detected)} {name_of(language)}; {done} {known}."
    remedy = Remedy("language", "If that is a mistake, set {} to the language of the text.") if detected else None
    return PipelineError("unsupported-language", detail, remedy=remedy, supported=supported)


def unsupported_direction(
    models: list[ModelInfo], model: str | None, source: str, target: str, detected: Detection | None
) -> PipelineError:
    """`model` is the one that a request names."""
    known, remedy = offers(models), None
    targets = {one.target for one in known}
    if model is not None:
        detail = f"The model {model} translates {listed([f'{name_of(a)} to {name_of(b)}' for a, b in pairs_of(known)])}"
        detail += " only."
    elif not serving(target, targets):
        detail = f"Nothing translates to {name_of(target)}; targets are {listed(sorted(map(name_of, targets)))}."
    else:
        sources = {one.source for one in known if serving(target, [one.target])}
        detail = (
            f"The text {appears(detected)} {name_of(source)}, and nothing translates from there to {name_of(target)}; "
            f"sources are {listed(sorted(map(name_of, sources)))}."
        )
        if detected is not None:
            remedy = Remedy("source", "If it is in one of these, set {} to that.")
    return PipelineError(
        "unsupported-direction", detail, remedy=remedy, supported=[list(pair) for pair in pairs_of(known)]
    )


def pairs_of(known: list[Offer]) -> list[tuple[str, str]]:
    return sorted((one.source, one.target) for one in known)


def appears(detected: Detection | None) -> str:
    return "is in" if detected is None else "appears to be in"


def listed(names: list[str]) -> str:
    more = [f"{len(names) - MOST_NAMED:,} more of GET /languages"] if len(names) > MOST_NAMED else []
    return ", ".join(names[:MOST_NAMED] + more) or "none"
