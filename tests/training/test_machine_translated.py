"""Sentences are trained on with the translation of a model: of the other direction, or of the same one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.training import machine_translated
from app.training.data.cleaning import Cleaner
from app.training.data.corpora import CorpusSpec
from app.training.data.prepared import recipe_digest
from app.training.data.texts import split
from app.training.errors import CorpusError, RecipeError
from app.training.loading import load
from app.training.machine_translated import back_translated, distilled, translations
from app.training.recipe import load_recipe
from app.training.run import alone, train
from app.training.translation import TranslationExamples
from tests.training.test_loop import PAIRS, data, translation_recipe, written

__all__ = ["data"]

FRENCH = [
    ("A man runs.", "Un homme court."),  # the recipe has its German already
    ("Two dogs play.", "Deux chiens jouent."),
    ("two dogs play", "Deux chiens jouent !"),
    ("Zwqx vjkp zzq?", "Quoi ?"),  # the model knows nothing of it
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    return train(translation_recipe(folder), written(folder / "data"), folder / "en-de")


@pytest.fixture
def spec(tmp_path: Path, data: Path, trained: Path, monkeypatch: pytest.MonkeyPatch) -> CorpusSpec:
    """A French corpus, whose English side a trained model translates into German."""
    model = shutil.copytree(trained, tmp_path / "en-de" / "best")
    (data / "french.en-fr.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in FRENCH))
    # A model of five sentences is overconfident: 0.97 of a sentence that it knows, 0.82 of one that it does not.
    monkeypatch.setattr(machine_translated, "LEAST_CONFIDENCE", 0.9)
    return CorpusSpec("french.en-fr", translated=str(model))


def test_sentences_without_a_pair_are_translated_back(
    data: Path, spec: CorpusSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert back_translated(spec, data, "de", "en", {"a man runs"}) == [("Zwei Hunde spielen.", "Two dogs play.")]
    assert len(back_translated(spec, data, "de", "en", set())) == 2
    assert back_translated(replace(spec, max_words=2), data, "de", "en", set()) == []
    monkeypatch.setattr(machine_translated, "LEAST_CONFIDENCE", 0.0)
    unsure = back_translated(spec, data, "de", "en", {"A man runs."})
    assert [text for _, text in unsure] == ["Two dogs play.", "Zwqx vjkp zzq?"]


def test_a_recipe_learns_from_it(tmp_path: Path, data: Path, spec: CorpusSpec) -> None:
    (data / "pairs.en-de.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in PAIRS if a != "Two dogs play."))
    recipe = translation_recipe(tmp_path)
    recipe.directions = [("de", "en")]
    recipe.data.append(spec)
    cleaner = Cleaner()
    examples = TranslationExamples.read(recipe, data, cleaner=cleaner)
    new = [i for i, number in enumerate(examples.corpus) if number == 1]
    read = [(examples.tokenizer.decode(examples.source[i]), examples.tokenizer.decode(examples.target[i])) for i in new]
    assert read == [("Zwei Hunde spielen.", "Two dogs play.")]
    assert cleaner.counts["french.en-fr, translated back"]["kept"] == 1


def test_answers_are_kept(data: Path, spec: CorpusSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    found = back_translated(spec, data, "de", "en", set())
    asked = translations(Path(spec.translated), [text for text, _ in FRENCH], "en", "de")
    monkeypatch.setattr(machine_translated, "hypotheses_of_lines", None)
    assert back_translated(spec, data, "de", "en", set()) == found
    assert translations(Path(spec.translated), ["A man runs."], "en", "de") == asked
    with pytest.raises(CorpusError, match=r"does not translate from en to fr"):  # and is not answered in German
        translations(Path(spec.translated), ["A man runs."], "en", "fr")
    with monkeypatch.context() as foreign:
        foreign.setattr(machine_translated, "load", lambda folder: replace(load(folder), model=None))
        with pytest.raises(CorpusError, match="how likely"):
            translations(Path(spec.translated), ["A woman runs."], "en", "de")
    with pytest.raises(TypeError):  # of another sentence the model would be asked
        translations(Path(spec.translated), ["A woman runs."], "en", "de")


def test_labelled_texts_of_another_language_come_in_that_of_the_classifier(data: Path, spec: CorpusSpec) -> None:
    (data / "posts.tsv").write_text(
        "label\ttext\npositive\t<b>Two dogs play.</b>\nnegative\tZwqx vjkp zzq?\nneutral\tA man runs.\n"
    )
    posts = CorpusSpec("posts", translated=spec.translated, max_words=3)
    assert split(posts, data, "de") == (
        [
            ("Zwei Hunde spielen.", "positive", "Two dogs play."),  # the teacher reads the original
            ("Ein Mann rennt.", "neutral", "A man runs."),
        ],
        [],
    )
    with pytest.raises(CorpusError, match="translates 0 languages into fr"):
        split(posts, data, "fr")
    with pytest.raises(CorpusError, match="no model to translate with"):
        split(replace(posts, translated=str(data / "none")), data, "de")


@pytest.fixture
def teacher(data: Path, spec: CorpusSpec) -> CorpusSpec:
    """The pairs that the model has learnt, one with a reference of other words, and one that it does not know."""
    rows = [*PAIRS, ("Zwqx vjkp zzq?", "Wie bitte?")]
    (data / "new.en-de.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in rows))
    return CorpusSpec("new.en-de", distilled=spec.translated)


def test_a_teacher_translates_the_sources_anew(
    data: Path, spec: CorpusSpec, teacher: CorpusSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = dict(distilled(teacher, data, "en", "de"))
    assert list(pairs) == [*dict(PAIRS), "Zwqx vjkp zzq?"]  # with a reference, unsure ones too
    assert pairs["Two dogs play."] == "Zwei Hunde spielen."
    assert pairs["Zwqx vjkp zzq?"] != "Wie bitte?"
    one_side = replace(spec, translated="", distilled=spec.translated)  # English with French
    assert [source for source, _ in distilled(one_side, data, "en", "de")] == ["A man runs.", "Two dogs play."]
    monkeypatch.setattr(machine_translated, "hypotheses_of_lines", None)
    assert dict(distilled(teacher, data, "en", "de")) == pairs
    with pytest.raises(CorpusError, match=r"french.en-fr: is of en and fr, so has no 'de' to distil"):
        distilled(one_side, data, "de", "en")


def test_the_hypothesis_most_like_the_reference_is_taken(
    data: Path, teacher: CorpusSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    beam = [[("Zwei Hunde.", -0.1), ("Zwei Hunde spielen.", -0.2), ("Hunde", -0.3)]]
    monkeypatch.setattr(machine_translated, "hypotheses_of_lines", lambda *_, **__: beam)
    (data / "one.en-de.tsv").write_text("Two dogs play a lot.\tZwei Hunde spielen viel.\n")
    one = replace(teacher, file="one.en-de")
    assert distilled(one, data, "en", "de") == [("Two dogs play a lot.", "Zwei Hunde spielen.")]


def test_a_recipe_learns_from_its_teacher_beside_the_originals(tmp_path: Path, data: Path, teacher: CorpusSpec) -> None:
    recipe = translation_recipe(tmp_path)
    recipe.data.append(teacher)
    cleaner = Cleaner()
    examples = TranslationExamples.read(recipe, data, cleaner=cleaner)
    assert set(examples.corpus) == {0, 1}
    counts = cleaner.counts["new.en-de, distilled"]
    assert counts["kept"] == 1
    assert counts["duplicate"] == counts.total() - 1  # what the teacher writes as people did is read once


def test_a_corpus_that_cannot_be_translated_back_is_refused(data: Path, spec: CorpusSpec) -> None:
    with pytest.raises(CorpusError, match=r"french.en-fr: is of en and fr, so has no 'de' to translate back"):
        back_translated(spec, data, "en", "de", set())
    with pytest.raises(CorpusError, match=r"best: does not translate from fr to de"):
        back_translated(spec, data, "de", "fr", set())
    with pytest.raises(CorpusError, match=r"absent: no model to translate with; train it first"):
        back_translated(replace(spec, translated="absent"), data, "de", "en", set())


def test_the_model_lies_beside_the_recipe_wherever_that_is(tmp_path: Path) -> None:
    digests = set()
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        translation_recipe(tmp_path)
        text = (tmp_path / "recipe.yaml").read_text()
        entry = "data:\n- {file: french.en-fr, translated: ../models/translation-en-de}\n"
        (tmp_path / place / "recipe.yaml").write_text(text.replace("data:\n", entry))
        recipe = load_recipe(tmp_path / place / "recipe.yaml")
        assert recipe.data[0].translated == str(tmp_path / "models" / "translation-en-de")
        digests.add(recipe_digest(recipe))
    assert len(digests) == 1
    with pytest.raises(RecipeError, match=r"has no corpus french.en-fr"):
        alone(recipe, "french.en-fr")
