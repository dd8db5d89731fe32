"""Translates the lines of a file and scores them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from app.runtime.decoding import translate
from app.text.chinese import traditional
from app.text.normalize import normalize
from app.text.tokenizer import Tokenizer
from app.training.data.corpora import CorpusSpec
from app.training.data.pairs import direction_of, pair_of, read_direction
from app.training.loading import FramedTranslator


def translate_lines(
    translator: FramedTranslator,
    tokenizer: Tokenizer,
    lines: list[str],
    direction: tuple[str, str],
    *,
    beam: int,
    batch: int = 64,
) -> list[tuple[str, float]]:
    """Translate whole lines, as a test set wants it: no sentence splitting, no placeholders. Each with its
    length-normalised log probability."""
    reading = translator.reading(*direction)
    texts = [reading.prompt + normalize(line) for line in lines]
    rows = [reading.frame(row) for row in tokenizer.encode_batch(texts)]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    results = [("", 0.0)] * len(rows)
    for start in tqdm(range(0, len(order), batch), desc=f"beam {beam}", leave=False, mininterval=5):
        chunk = order[start : start + batch]
        sources = [rows[i] for i in chunk]
        limits = [2 * len(row) + 10 for row in sources]
        found = translate(translator, sources, beam=beam, max_tokens=limits, begin=reading.begin)
        for i, hypotheses in zip(chunk, found, strict=True):
            tokens, score = hypotheses[0]
            results[i] = tokenizer.decode(tokens), score
    return results


@dataclass(slots=True)
class Score:
    """A score out of 100 with the signature that makes it comparable (Post 2018)."""

    name: str
    score: float
    signature: str

    def __str__(self) -> str:
        return f"{self.name} {self.score:.2f}  {self.signature}"


def bleu(hypotheses: list[str], references: list[str], target: str) -> Score:
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize="zh" if target.startswith("zh") else "13a")
    score = metric.corpus_score(hypotheses, [references]).score
    return Score("BLEU", score, str(metric.get_signature()))


def chrf(hypotheses: list[str], references: list[str]) -> Score:
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    score = metric.corpus_score(hypotheses, [references]).score
    return Score("chrF", score, str(metric.get_signature()))


def evaluate_translation(
    translator: FramedTranslator,
    tokenizer: Tokenizer,
    path: Path,
    *,
    beam: int,
    direction: tuple[str, str] | None = None,
) -> tuple[list[str], list[Score]]:
    """Translate a file in the corpora's format, in the first direction that fits unless told; returns the translations
    and their scores. References in Traditional Chinese are compared with translations that are converted to it."""
    source, target = direction or direction_of(path.name, translator.config.directions)
    pairs = read_direction(CorpusSpec(path.name, max_words=10_000), path.parent, source, target)
    sources = [pair[0] for pair in pairs]
    found = translate_lines(translator, tokenizer, sources, (source, target), beam=beam)
    hypotheses = [line for line, _ in found]
    references = [pair[1] for pair in pairs]
    if target == "zh" and pair_of(path.name)[1] == "zh-Hant":
        hypotheses = [traditional(line) for line in hypotheses]
        references = [
            pair[1] for pair in read_direction(CorpusSpec(path.name, max_words=10_000), path.parent, source, "zh-Hant")
        ]
    return hypotheses, [bleu(hypotheses, references, target), chrf(hypotheses, references)]
