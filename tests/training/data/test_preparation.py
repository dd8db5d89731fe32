from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.text.tokenizer import Tokenizer
from app.training.data import parallel, workers
from app.training.data.cleaning import Cleaner
from app.training.data.parallel import read_corpora
from app.training.data.preparation import examples_from_corpora
from app.training.data.prepared import Rows
from app.training.recipe import Recipe
from app.training.translation import TranslationExamples
from tests.training.data.test_alignment import PAIRS
from tests.training.test_loop import data, recipe_of, sentiment_recipe, translation_recipe

__all__ = ["data"]


def test_rows_are_lists_of_ids() -> None:
    rows = Rows.joined([Rows.of([[1, 2], [], [3]]), Rows.of([[70_000]])])
    assert [list(row) for row in rows] == [[1, 2], [], [3], [70_000]]
    assert rows[-1] == [70_000]
    assert rows[1:3] == [[], [3]]
    assert rows.lengths.tolist() == [2, 0, 1, 1]
    with pytest.raises(IndexError):
        rows[4]


@pytest.mark.parametrize("make", [sentiment_recipe, translation_recipe])
def test_examples_are_prepared_once(
    tmp_path: Path, data: Path, make: Callable[[Path], Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, cache = make(tmp_path), tmp_path / "prepared"
    first = examples_from_corpora(recipe, data, cache, None)
    with monkeypatch.context() as patch:
        patch.setattr(type(first), "read", None)
        again = examples_from_corpora(recipe, data, cache, Tokenizer(first.tokenizer.json))  # a run that goes on
    assert isinstance(again.corpus, np.memmap)
    assert again.corpus.tolist() == first.corpus.tolist()
    for file in data.glob("*.tsv"):
        file.write_text(file.read_text() * 2)
    with monkeypatch.context() as patch:
        patch.setattr(type(first), "read", None)
        with pytest.raises(TypeError):  # of other corpora there are none yet
            examples_from_corpora(recipe, data, cache, None)


def test_several_processes_make_what_one_makes(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = translation_recipe(tmp_path)
    recipe.placeholders = recipe.noise = 0.3
    made = []
    for cores in (1, 2):
        monkeypatch.setattr(workers, "cores", lambda cores=cores: cores)
        monkeypatch.setattr(parallel, "CHUNK_PAIRS", 2)
        cleaner = Cleaner()
        made.append((TranslationExamples.read(recipe, data, cleaner=cleaner), cleaner.table()))
    (one, table), (two, other) = made
    assert table == other
    assert one.tokenizer.json == two.tokenizer.json
    assert list(one.source) == list(two.source)
    assert list(one.target) == list(two.target)


def test_the_better_part_of_a_noisy_corpus_is_kept(tmp_path: Path) -> None:
    (tmp_path / "good.en-de.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in PAIRS))
    wrong = [(a.replace("The", "One"), PAIRS[(i + 7) % len(PAIRS)][1]) for i, (a, _) in enumerate(PAIRS[:10])]
    right = [(a.replace("The", "A"), b) for a, b in PAIRS[:20]]
    (tmp_path / "noisy.en-de.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in [*wrong, *right]))
    recipe = recipe_of(
        tmp_path,
        name="noisy",
        task="translation",
        architecture="gru-translator",
        languages=["en", "de"],
        directions=[["en", "de"]],
        sizes={},
        data=[{"file": "good.en-de"}, {"file": "noisy.en-de", "keep": 2 / 3}],
        optimisation={"steps": 1},
    )
    cleaner = Cleaner()
    corpora = read_corpora(recipe, tmp_path, cleaner)
    assert [one.number for one in corpora] == [0, 1]
    assert corpora[1].pairs == right
    assert cleaner.counts["noisy.en-de"] == {"kept": 20, "alignment": 10}
