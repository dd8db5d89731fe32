"""Prepares the examples of recipes: for the runs of this machine, which keep them, and as packs for other machines
(`undertone data`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.nets.folder import CONFIG
from app.text.tokenizer import Tokenizer
from app.training.data.cleaning import Cleaner
from app.training.data.corpora import below, corpus_file, listed
from app.training.data.packed import check_packable, pack, unpack
from app.training.data.prepared import EXAMPLES, FORMAT, TOKENIZER, Prepared, recipe_digest
from app.training.errors import PackError, RecipeError
from app.training.language import LanguageExamples
from app.training.recipe import Recipe, is_recipe, load_recipe
from app.training.sentiment import SentimentExamples
from app.training.translation import TranslationExamples

REPORT = "README.md"
Examples = SentimentExamples | TranslationExamples | LanguageExamples


def examples_from_corpora(
    recipe: Recipe, data: Path, cache: Path, tokenizer: Tokenizer | None, *, numbered: bool = False
) -> Examples:
    """The examples of a recipe, mapped from a folder below `cache`. They are prepared first, unless an earlier call did
    so from the same corpora. With `numbered` the tokenizer's tokens keep their ids. Raises CorpusError, RecipeError and
    PretrainedError."""
    folder = folder_of(recipe, data, cache, tokenizer)
    if not (folder / EXAMPLES).is_file():
        kind_of(recipe).read(recipe, data, tokenizer, numbered=numbered).prepared().write(recipe, folder)
    return kind_of(recipe).of(Prepared.open(recipe, folder))


def folder_of(recipe: Recipe, data: Path, cache: Path, tokenizer: Tokenizer | None) -> Path:
    """The folder of the examples that `tokenizer`, or a new one, makes from a recipe's corpora. It need not exist yet.

    A continued run has the tokenizer that was trained or renumbered when its examples were prepared, and finds their
    folder by it.
    """
    key = key_of(recipe, data)
    if tokenizer is None:
        return cache / f"{recipe.name}-{key}"
    for folder in sorted(cache.glob(f"{recipe.name}-{key}*/")):
        if (folder / TOKENIZER).is_file() and (folder / TOKENIZER).read_text("utf-8") == tokenizer.json:
            return folder
    vocabulary = f"{recipe.sizes.get('target_vocabulary', 0)}/{tokenizer.json}"
    return cache / f"{recipe.name}-{key}-{hashlib.sha256(vocabulary.encode()).hexdigest()[:8]}"


def examples_from_pack(recipe: Recipe, packed: Path, cache: Path) -> Examples:
    """The examples of a pack, mapped from a folder below `cache` into which they are unpacked first. Raises
    PackError."""
    files = sorted(packed.glob("*"))
    folder = cache / f"{recipe.name}-{digest_of_files(files)}"
    if not (folder / EXAMPLES).is_file():
        unpack(recipe, packed, folder)
    return kind_of(recipe).of(Prepared.open(recipe, folder))


def kind_of(recipe: Recipe) -> type[Examples]:
    kinds: dict[str, type[Examples]] = {"translation": TranslationExamples, "language": LanguageExamples}
    return kinds.get(recipe.task, SentimentExamples)


def key_of(recipe: Recipe, data: Path) -> str:
    """A digest of everything that the examples are made from, except the tokenizer. Code is not part of it: raise
    FORMAT when cleaning or encoding changes. Raises CorpusError."""
    total = hashlib.sha256(f"{FORMAT}/{recipe_digest(recipe)}/{recipe.optimisation.seed}/{recipe.base}".encode())
    total.update(digest_of_files(files_of(recipe, data)).encode())
    return total.hexdigest()[:16]


def files_of(recipe: Recipe, data: Path) -> Iterator[Path]:
    """The files that the examples of a recipe are made from: corpora, dev sets, models, answers of teachers. Raises
    CorpusError."""
    for file in (*(spec.file for spec in recipe.data), *recipe.dev, *recipe.report):
        yield corpus_file(data / file)
    yield from listed(data / ("dev" if recipe.task != "sentiment" else recipe.languages[0].partition("-")[0]))
    for name in (recipe.teacher, *(spec.by_model for spec in recipe.data)):
        if name and Path(name).is_file():
            yield Path(name)
        elif name:  # a model's folder, without the growing files of answers in it
            yield from (*Path(name).glob(CONFIG), *Path(name).glob("*.safetensors"))


def digest_of_files(files: Iterable[Path]) -> str:
    """A digest of the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(set(files)):
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]


def prepare(data: Path, configs: Path, output: Path, names: list[str], most_mb: float) -> str:
    """Pack the recipes of a folder, or the `names` of them; returns a report, which is also written beside the packs.

    Raises CorpusError, RecipeError, and PackError when all packs together are larger than `most_mb` megabytes.
    """
    recipes = [load_recipe(path) for path in sorted(configs.glob("*.yaml")) if is_recipe(path)]
    if unknown := set(names) - {recipe.name for recipe in recipes}:
        raise RecipeError(f"{configs}: no recipes {', '.join(sorted(unknown))}")
    chosen = [recipe for recipe in recipes if not names or recipe.name in names]
    if not chosen:
        raise RecipeError(f"{configs}: no recipes in it")
    for recipe in chosen:  # before any is read
        check_packable(recipe)
    output.mkdir(parents=True, exist_ok=True)
    reports = [pack_one(recipe, below(data, recipe.task), output / recipe.name) for recipe in chosen]
    total = sum(path.stat().st_size for path in output.glob("*/*") if path.is_file()) / 1e6
    report = "\n\n".join(["# Packed corpora", *reports, f"All packs: {total:.1f} MB."]) + "\n"
    (output / REPORT).write_text(report, "utf-8")
    if total > most_mb:
        raise PackError(
            f"{output}: {total:.1f} MB, more than {most_mb:.0f}; take less of large corpora (`share`, `max_words`)"
        )
    return report


def pack_one(recipe: Recipe, data: Path, folder: Path) -> str:
    """Pack a recipe; returns the counts of dropped examples, as Markdown."""
    cleaner = Cleaner()
    examples = kind_of(recipe).read(recipe, data, cleaner=cleaner)
    examples.prepared().write(recipe, folder)
    size = pack(folder)
    return f"## {recipe.name}: {len(examples.corpus):,} examples, {size / 1e6:.1f} MB\n\n{cleaner.table()}"
