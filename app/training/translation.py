"""Trains and evaluates translators."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm import tqdm

from app.nets.config import ModelConfig
from app.nets.folder import build_model, save_model
from app.nets.recurrent import pad
from app.nets.runtime import TorchTranslator, Translator, translate
from app.nets.translator import BOS, EOS
from app.text.chinese import simplified, traditional
from app.text.normalize import clean, normalize
from app.text.reading import Reading
from app.text.tokenizer import Tokenizer, target_tag
from app.training.augment import augment, mask_pair
from app.training.cleaning import Cleaner, held_pairs
from app.training.corpora import CorpusError, CorpusSpec, in_share, read_pairs
from app.training.loading import FramedTranslator
from app.training.loop import Forward
from app.training.mixing import mixed_batches
from app.training.packed import pack, unpack
from app.training.recipe import Recipe
from app.training.vocabulary import train_bpe, with_first

LONGEST_EXAMPLE = 126  # tokens; longer ones are misaligned more often than not


@dataclass(slots=True)
class TranslationExamples:
    """What a translator is trained on and chosen by: token ids of the sources (tag first, end last) and targets (start
    first, end last), which entry of the recipe's data each is of, and pairs by (file, target language)."""

    tokenizer: Tokenizer
    source: Sequence[list[int]]
    target: Sequence[list[int]]
    corpus: list[int]
    dev: dict[tuple[str, str], list[tuple[str, str]]]

    @classmethod
    def read(
        cls, recipe: Recipe, data: Path, tokenizer: Tokenizer | None = None, cleaner: Cleaner | None = None
    ) -> TranslationExamples:
        """From corpora below `data`; learns the tokenizer unless there is one. In a new one, and in that of a model of
        which the recipe says how many words it can write (`target_vocabulary`), the tokens of targets come first, those
        words before them; if it is larger than the recipe's, what no example is made of is left out. `cleaner` counts
        what it drops."""
        cleaner = cleaner or Cleaner()
        cleaner.active = recipe.clean
        if recipe.clean:
            cleaner.held |= held_pairs(data, [*recipe.dev, *recipe.report])
        examples = [
            (*pair, target_tag(target), number)
            for number, spec in enumerate(recipe.data)
            for source, target in recipe.directions
            for pair in cleaned(cleaner, spec, data, source, target) * spec.repeat
        ]
        if not examples:
            raise CorpusError(f"{recipe.name}: nothing is left to train on; see its data, and `clean`")
        texts = [text for source, target, *_ in examples for text in (source, target)]
        learned = tokenizer or Tokenizer(
            train_bpe(
                texts,
                recipe.vocabulary,
                alphabet=recipe.alphabet,
                tags=sorted({target_tag(target) for _, target in recipe.directions}),
                lowercase=recipe.lowercase,
            )
        )
        sources, targets, corpus = encode(recipe, learned, examples)
        written = range(recipe.sizes.get("target_vocabulary", 0))
        if tokenizer is None or written:
            others: set[int] | None = None
            if learned.size > recipe.vocabulary:
                # With another seed other names are masked, and read as they are.
                others = set().union(*sources, *learned.encode_batch(texts))
            text, numbers = with_first(learned.json, set(written).union(*targets), others)
            learned = Tokenizer(text)
            sources, targets = ([[numbers[i] for i in row] for row in rows] for rows in (sources, targets))
        dev = {}
        for file in recipe.dev:
            source, target = direction_of(file, recipe.directions)
            dev[file, target] = read_direction(CorpusSpec(file, max_words=1000), data, source, target)
        return cls(learned, sources, targets, corpus, dev)

    @classmethod
    def unpack(cls, recipe: Recipe, folder: Path) -> TranslationExamples:
        """Raises PackError."""
        packed = unpack(recipe, folder)
        dev = {(file, target): [(a, b) for a, b in pairs] for file, target, pairs in packed.dev}
        return cls(packed.tokenizer, packed.rows["source"], packed.rows["target"], packed.numbers["corpus"], dev)

    def pack(self, recipe: Recipe, folder: Path) -> int:
        """Write a pack; returns its bytes. Raises PackError."""
        rows = {"source": self.source, "target": self.target}
        dev = [(file, target, pairs) for (file, target), pairs in self.dev.items()]
        return pack(recipe, folder, self.tokenizer, rows, {"corpus": self.corpus}, dev, None)


class TranslationLearner:
    """Cross-entropy over subwords. The dev metric is the mean, over the dev sets, of greedy BLEU."""

    def __init__(self, recipe: Recipe, examples: TranslationExamples) -> None:
        self.recipe, self.examples = recipe, examples
        self.tokenizer, self.source, self.target = examples.tokenizer, examples.source, examples.target
        self.dev = examples.dev
        self.model = self.build(recipe.model_config(self.tokenizer.size))
        self.lengths = [(len(t), len(s)) for s, t in zip(self.source, self.target, strict=True)]

    def build(self, config: ModelConfig) -> Any:
        """A module that takes sources (batch, time), their lengths (batch), the words before and those wanted (both
        batch, steps) and how far labels are smoothed to the mean loss. It can write what the targets are made of."""
        written = 1 + max(max(row) for row in self.target)
        config.sizes["target_vocabulary"] = max(written, config.sizes.get("target_vocabulary", 0))
        return build_model(config)

    def translator(self) -> Any:
        """What decodes with the weights as they are."""
        return TorchTranslator(self.model)

    def batches(self, epoch: int) -> list[list[int]]:
        return mixed_batches(self.recipe, self.examples.corpus, self.lengths, epoch)

    def loss(self, forward: Forward, batch: list[int]) -> Tensor:
        device = next(self.model.parameters()).device
        source, lengths = pad([self.source[i] for i in batch], device)
        target, _ = pad([self.target[i] for i in batch], device)
        previous, wanted = target[:, :-1], target[:, 1:]
        return forward(source, lengths, previous, wanted, self.recipe.optimisation.label_smoothing)

    def evaluate(self) -> dict[str, float]:
        scores = {}
        batch = 256 if next(self.model.parameters()).is_cuda else 64
        for (file, target), pairs in self.dev.items():
            sources = [pair[0] for pair in pairs]
            hypotheses = translate_lines(self.translator(), self.tokenizer, sources, target, beam=1, batch=batch)
            scores[file] = bleu(hypotheses, [pair[1] for pair in pairs], target).score
        return {"metric": sum(scores.values()) / len(scores), **scores}

    def save(self, folder: Path) -> None:
        save_model(self.model, self.tokenizer.json, folder)


def encode(
    recipe: Recipe, tokenizer: Tokenizer, examples: list[tuple[str, str, str, int]]
) -> tuple[list[list[int]], list[list[int]], list[int]]:
    """Sources, targets and corpora of (source, target, tag, corpus), copied words masked and noise added as the recipe
    says. Leaves out what is too long."""
    rng = random.Random(recipe.optimisation.seed)
    pairs = [
        augment(*mask_pair(source, target, recipe.placeholders, rng), recipe.noise, rng)
        for source, target, *_ in examples
    ]
    sources = tokenizer.encode_batch([source for source, _ in pairs], placeholders=True)
    targets = tokenizer.encode_batch([target for _, target in pairs], placeholders=True)
    kept = [
        ([tokenizer.id_of(tag), *source, EOS], [BOS, *target, EOS], corpus)
        for source, target, (*_, tag, corpus) in zip(sources, targets, examples, strict=True)
        if 0 < len(source) <= LONGEST_EXAMPLE and 0 < len(target) <= LONGEST_EXAMPLE
    ]
    return [source for source, *_ in kept], [target for _, target, _ in kept], [corpus for *_, corpus in kept]


def cleaned(cleaner: Cleaner, spec: CorpusSpec, data: Path, source: str, target: str) -> list[tuple[str, str]]:
    """The pairs of a corpus that a cleaner lets through."""
    pairs = read_direction(spec, data, source, target)
    return [pair for pair in pairs if cleaner.pair(spec.shown, *pair, (source, target))]


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


def translate_lines(
    translator: Translator | FramedTranslator,
    tokenizer: Tokenizer,
    lines: list[str],
    target: str,
    *,
    beam: int,
    batch: int = 64,
) -> list[str]:
    """Translate whole lines, as a test set wants it: no sentence splitting, no placeholders."""
    lines = [normalize(line) for line in lines]
    if isinstance(translator, FramedTranslator):
        reading = translator.reading(target)
        texts = [reading.prompt + line for line in lines]
    else:
        reading, texts = Reading(before=[tokenizer.id_of(target_tag(target))], after=[EOS]), lines
    rows = [reading.frame(row) for row in tokenizer.encode_batch(texts)]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    results = [""] * len(rows)
    for start in tqdm(range(0, len(order), batch), desc=f"beam {beam}", leave=False, mininterval=5):
        chunk = order[start : start + batch]
        sources = [rows[i] for i in chunk]
        limits = [2 * len(row) + 10 for row in sources]
        found = translate(translator, sources, beam=beam, max_tokens=limits, begin=reading.begin)
        for i, hypotheses in zip(chunk, found, strict=True):
            results[i] = tokenizer.decode(hypotheses[0][0])
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
    translator: Translator | FramedTranslator,
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
    hypotheses = translate_lines(translator, tokenizer, [pair[0] for pair in pairs], target, beam=beam)
    references = [pair[1] for pair in pairs]
    if target == "zh" and pair_of(path.name)[1] == "zh-Hant":
        hypotheses = [traditional(line) for line in hypotheses]
        references = [
            pair[1] for pair in read_direction(CorpusSpec(path.name, max_words=10_000), path.parent, source, "zh-Hant")
        ]
    return hypotheses, [bleu(hypotheses, references, target), chrf(hypotheses, references)]
