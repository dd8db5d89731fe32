"""Reads, cleans and packs the corpora of recipes, for `undertone data`."""

from __future__ import annotations

from pathlib import Path

from app.training.data.cleaning import Cleaner
from app.training.data.corpora import below
from app.training.data.packed import check_packable
from app.training.errors import PackError, RecipeError
from app.training.recipe import Recipe, is_recipe, load_recipe
from app.training.sentiment import SentimentExamples
from app.training.translation import TranslationExamples

REPORT = "README.md"


def prepare(data: Path, configs: Path, output: Path, names: list[str], most_mb: float) -> str:
    """Pack the recipes of a folder, or those of `names`; returns a report, which is also written beside the packs.

    Raises CorpusError, RecipeError, and PackError when all packs together are larger than `most_mb` megabytes.
    """
    recipes = [load_recipe(path) for path in sorted(configs.glob("*.yaml")) if is_recipe(path)]
    if unknown := set(names) - {recipe.name for recipe in recipes}:
        raise RecipeError(f"{configs}: no recipes {', '.join(sorted(unknown))}")
    chosen = [recipe for recipe in recipes if not names or recipe.name in names]
    if not chosen:
        raise RecipeError(f"{configs}: no recipes in it")
    for recipe in chosen:  # before the first is read
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
    kind = TranslationExamples if recipe.task == "translation" else SentimentExamples
    examples = kind.read(recipe, data, cleaner=cleaner)
    size = examples.pack(recipe, folder)
    return f"## {recipe.name}: {len(examples.corpus):,} examples, {size / 1e6:.1f} MB\n\n{cleaner.table()}"
