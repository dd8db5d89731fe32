"""Parallel corpora: which languages a file is of, and its pairs in the order of a direction."""

from __future__ import annotations

from pathlib import Path

from app.text.chinese import simplified
from app.text.normalize import clean, normalize
from app.training.data.corpora import CorpusSpec, in_share, read_pairs
from app.training.errors import CorpusError


def pair_of(file: str) -> tuple[str, str]:
    """The languages of the columns of a parallel corpus, which its name ends with: `tatoeba.en-de`."""
    name = Path(file).name.removesuffix(".xz").removesuffix(".tsv")
    first, dash, second = name.rpartition(".")[2].partition("-")
    if not dash:
        raise CorpusError(f"{file}: the name must end with the languages of its columns, like tatoeba.en-de")
    return first.replace("_", "-"), second.replace("_", "-")


def direction_of(file: str, directions: list[tuple[str, str]]) -> tuple[str, str]:
    """The first of `directions` that a parallel corpus serves, forwards or backwards. Raises CorpusError."""
    found = directions_of(pair_of(file), directions)
    if not found:
        raise CorpusError(f"{file}: serves none of the directions {directions}")
    return found[0]


def directions_of(pair: tuple[str, str], directions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """All of `directions` that a corpus of these languages serves, forwards or backwards."""
    return [direction for direction in directions if oriented(pair, *direction)]


def oriented(pair: tuple[str, str], source: str, target: str) -> tuple[str, str] | None:
    """The pair of a corpus in the order of a direction, None if it is of other languages. `zh` takes both scripts."""
    for first, second in (pair, pair[::-1]):
        if source in (first, first.partition("-")[0]) and target in (second, second.partition("-")[0]):
            return first, second
    return None


def read_direction(spec: CorpusSpec, data: Path, source: str, target: str) -> list[tuple[str, str]]:
    """Normalised (source, target) pairs of a corpus, none if it is of other languages. Chinese is Simplified where
    the direction says `zh`."""
    pair = pair_of(spec.file)
    codes = oriented(pair, source, target)
    if codes is None:
        return []
    kept = [(a, b) for a, b in read_pairs(data / spec.file) if in_share(a, spec.share, "share")]
    kept = [(a, b) for a, b in kept if len(a.split()) <= spec.max_words]  # English words, whichever way
    if codes != pair:
        kept = [(b, a) for a, b in kept]
    converted = [code == "zh-Hant" and wanted == "zh" for code, wanted in zip(codes, (source, target), strict=True)]
    # A target keeps its typography: it is what users get to read.
    examples = (
        (normalize(simplified(a) if converted[0] else a), clean(simplified(b) if converted[1] else b)) for a, b in kept
    )
    return [(a, b) for a, b in examples if a and b]
