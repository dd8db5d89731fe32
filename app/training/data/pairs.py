"""Parallel corpora: the languages of a file, and its pairs in the order of a direction."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.text.chinese import simplified
from app.text.normalize import clean, normalize
from app.training.data.corpora import CorpusSpec, in_share, read_pairs
from app.training.errors import CorpusError


def pair_of(file: str) -> tuple[str, str]:
    """The languages of the columns of a parallel corpus, by the end of its name: `tatoeba.en-de`. Raises
    CorpusError."""
    name = Path(file).name.removesuffix(".xz").removesuffix(".tsv")
    first, dash, second = name.rpartition(".")[2].partition("-")
    if not dash:
        raise CorpusError(f"{file}: the name must end with the languages of its columns, like tatoeba.en-de")
    return first.replace("_", "-"), second.replace("_", "-")


def direction_of(file: str, directions: list[tuple[str, str]]) -> tuple[str, str]:
    """The first of `directions` between the languages of a parallel corpus. Raises CorpusError where there is none."""
    served = directions_of(pair_of(file), directions)
    if not served:
        raise CorpusError(f"{file}: serves none of the directions {directions}")
    return served[0]


def directions_of(pair: tuple[str, str], directions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The `directions` between the languages of a corpus, in either order."""
    return [direction for direction in directions if oriented(pair, *direction)]


def oriented(pair: tuple[str, str], source: str, target: str) -> tuple[str, str] | None:
    """The languages of a corpus in the order of a direction; None if the direction has other languages. `zh` stands for
    both scripts."""
    for first, second in (pair, pair[::-1]):
        if source in (first, first.partition("-")[0]) and target in (second, second.partition("-")[0]):
            return first, second
    return None


def read_direction(spec: CorpusSpec, data: Path, source: str, target: str) -> list[tuple[str, str]]:
    """The pairs of a corpus in a direction (`pairs_for`); none if its languages are not the direction's. Raises
    CorpusError."""
    if oriented(pair_of(spec.file), source, target) is None:
        return []
    return pairs_for(read_pairs(data / spec.file), spec, source, target)


def pairs_for(rows: Iterable[tuple[str, str]], spec: CorpusSpec, source: str, target: str) -> list[tuple[str, str]]:
    """Normalised (source, target) pairs of rows (English, other language) of a corpus, reduced by its `share` and
    `max_words`. Where the direction says `zh`, Chinese is converted to Simplified characters. Raises CorpusError for a
    corpus of other languages."""
    pair = pair_of(spec.file)
    codes = oriented(pair, source, target)
    if codes is None:
        raise CorpusError(f"{spec.shown}: does not serve the direction from {source} to {target}")
    convert = [code == "zh-Hant" and wanted == "zh" for code, wanted in zip(codes, (source, target), strict=True)]
    pairs = []
    for row in rows:
        english = row[0]
        if not in_share(english, spec.share, "share") or len(english.split()) > spec.max_words:
            continue
        first, second = row if codes == pair else row[::-1]
        first = normalize(simplified(first) if convert[0] else first)
        # Targets keep their typography, so that the model's translations have it.
        second = clean(simplified(second) if convert[1] else second)
        if first and second:
            pairs.append((first, second))
    return pairs
