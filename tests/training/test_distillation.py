"""A larger classifier teaches a smaller one: it answers labelled texts, and sentences without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.cli import main
from app.nets.modules import load_model
from app.training import distillation
from app.training.baseline import Baseline
from app.training.data.corpora import LABELS, CorpusSpec, hashed
from app.training.data.packed import pack
from app.training.data.preparation import examples_from_pack
from app.training.data.texts import UNLABELLED, split, unlabelled
from app.training.distillation import BASELINE, Answers, teach, teacher_answers
from app.training.errors import CorpusError
from app.training.recipe import Recipe
from app.training.run import train
from app.training.scoring import probabilities_of
from app.training.sentiment import SentimentExamples, class_weights, target_distributions, with_offsets
from tests.training.test_loop import POSTS, data, recipe_of, sentiment_recipe

__all__ = ["data"]

REVIEWS = ["I am so glad. It is sad<br />so sad!", "What a day it was. Awful."]


@pytest.fixture
def taught_recipe(tmp_path: Path, data: Path) -> Recipe:
    """The recipe of a student, whose teacher is trained."""
    teacher = train(sentiment_recipe(tmp_path), data, tmp_path / "teacher")
    (data / "reviews.train.tsv").write_text("label\ttext\n" + "\n".join(f"positive\t{text}" for text in REVIEWS))
    student = sentiment_recipe(tmp_path, steps=200, evaluate_every=100)
    student.data = [*student.data, CorpusSpec("reviews.train", sentences=True)]
    return replace(student, name="student", teacher=str(teacher), distillation=0.75)


def test_classes_weigh_alike_in_each_corpus() -> None:
    labels, corpus = [0, 2, 2, 2, 1, 1], [0, 0, 0, 0, 1, 1]
    weights = class_weights(labels, corpus, 1.0)
    assert weights[:4] == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    assert weights[4:] == pytest.approx([1, 1])  # its only class
    assert class_weights(labels, corpus, 0.0) == pytest.approx(np.ones(6))


def test_labels_and_answers_are_mixed() -> None:
    opinions = np.array([[51, 51, 153], [255, 0, 0]], np.uint8)
    asked = target_distributions([0, UNLABELLED], opinions, 0.5)
    assert asked[0] == pytest.approx([0.6, 0.1, 0.3])
    assert asked[1] == pytest.approx([1, 0, 0])
    assert target_distributions([2], None, 0.5)[0] == pytest.approx([0, 0, 1])


def test_offsets_change_the_answers() -> None:
    answers = np.array([[85, 85, 85], [0, 127, 128]], np.uint8)
    offsets = np.log([[1, 2, 1], [1, 1, 1]])
    assert with_offsets(answers, offsets).tolist() == [[64, 128, 64], [0, 127, 128]]


def test_sentences_of_reviews_are_taken_without_their_labels(data: Path) -> None:
    (data / "reviews.train.tsv").write_text("label\ttext\n" + "\n".join(f"positive\t{text}" for text in REVIEWS))
    found = list(unlabelled(CorpusSpec("reviews.train", sentences=True, max_words=3), data, "en"))
    assert found == [("Awful.", "Awful.")]
    found = list(unlabelled(CorpusSpec("reviews.train", sentences=True), data, "en"))
    assert found[0] == ("I am so glad.", "I am so glad.")
    assert ("What a day it was.", "What a day it was.") in found
    assert list(unlabelled(CorpusSpec("posts.train"), data, "en")) == []


def test_variants_are_altered_copies_of_training_texts(data: Path) -> None:
    spec = CorpusSpec("posts.train", variants=3, holdout=0.5)
    assert split(spec, data, "en") == ([], [])  # they have no label
    kept, held = split(CorpusSpec("posts.train", holdout=0.5), data, "en")
    found = [text for text, _ in unlabelled(spec, data, "en")]
    assert found == [text for text, _ in unlabelled(spec, data, "en")]
    assert len(found) > 2 * len(kept)  # a variant of one word may be empty
    assert len(set(found) - {text for text, *_ in kept}) > len(found) / 3
    words = {word for text, *_ in kept for word in text.split()}
    assert {word for text in found for word in text.split()} <= words
    held_only = {word for text, _ in held for word in text.split()} - words
    assert not held_only & {word for text in found for word in text.split()}


def test_variants_of_chinese_are_made_of_characters(tmp_path: Path) -> None:
    (tmp_path / "shop.train.tsv").write_text("label\ttext\npositive\t非常好用的手机\nnegative\t电池太差了不推荐")
    found = [text for text, _ in unlabelled(CorpusSpec("shop.train", variants=20), tmp_path, "zh")]
    assert len(set(found)) > 10
    assert set("".join(found)) <= set("非常好用的手机电池太差了不推荐")


def test_the_student_learns_the_answers_of_its_teacher(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    examples = SentimentExamples.read(taught_recipe, data)
    assert examples.labels.tolist().count(UNLABELLED) == len(examples.labels) - len(POSTS)
    assert examples.answers is not None
    assert examples.answers.shape == (len(examples.labels), len(LABELS))
    assert examples.answers[:, 0].std() > 20  # a different answer to each text
    model = load_model(train(taught_recipe, data, tmp_path / "student"))
    answers = probabilities_of(model, examples.tokenizer, [text for text, _ in POSTS])  # type: ignore[arg-type]
    right = [LABELS[row.index(max(row))] == label for row, (_, label) in zip(answers, POSTS, strict=True)]
    assert np.mean(right) > 0.9


def test_the_teacher_reads_the_other_side_of_pairs(tmp_path: Path, data: Path) -> None:
    pairs = [
        "I am so glad.\t我很高興。",
        "It is awful &amp; sad.\t太糟糕了。",
        "What a day it was.\t多好的一天。",
        "\t空",
    ]
    (data / "talk.en-zh_Hant.tsv").write_text("\n".join(pairs))
    assert list(unlabelled(CorpusSpec("talk.en-zh_Hant", parallel=True, max_words=4), data, "zh")) == [
        ("我很高兴。", "I am so glad.")
    ]
    teacher = train(sentiment_recipe(tmp_path), data, tmp_path / "teacher")
    student = sentiment_recipe(tmp_path)
    student.languages, student.dev = ["zh"], []
    (data / "shop.train.tsv").write_text("label\ttext\npositive\t非常好用的手机\nnegative\t电池太差了不推荐")
    student.data = [CorpusSpec("shop.train"), CorpusSpec("talk.en-zh_Hant", parallel=True)]
    examples = SentimentExamples.read(replace(student, teacher=str(teacher), distillation=0.0), data)
    assert examples.labels[-3:].tolist() == [UNLABELLED] * 3
    assert examples.labels[:-3].tolist() == [LABELS.index("positive"), LABELS.index("negative")]
    assert examples.answers is not None
    assert not examples.answers[:-3].any()  # it was not asked about what has a label
    english = ["I am so glad.", "It is awful & sad.", "What a day it was."]
    assert (examples.answers[-3:] == teacher_answers(teacher, english)).all()
    asked = target_distributions(examples.labels, examples.answers, 0.0)
    assert asked.sum(axis=1) == pytest.approx(np.ones(len(asked)))


def test_a_pack_holds_the_answers(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    read = SentimentExamples.read(taught_recipe, data)
    read.prepared().write(taught_recipe, tmp_path / "packed")
    pack(tmp_path / "packed")
    unpacked = examples_from_pack(taught_recipe, tmp_path / "packed", tmp_path / "prepared")
    assert isinstance(unpacked, SentimentExamples)
    assert read.answers is not None
    assert unpacked.answers is not None
    assert (unpacked.answers == read.answers).all()
    assert unpacked.labels.tolist() == read.labels.tolist()


def test_a_teacher_is_asked_about_a_text_once(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = train(sentiment_recipe(tmp_path), data, tmp_path / "teacher")
    asked: list[list[str]] = []

    def probabilities(_: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
        asked.append(list(texts))
        return np.array([[len(text), 0, 0] for text in texts], np.uint8)

    monkeypatch.setattr(distillation, "probabilities", probabilities)
    assert teacher_answers(teacher, ["a", "ccc", "a", "bb"])[:, 0].tolist() == [1, 3, 1, 2]
    assert teacher_answers(teacher, ["bb", "dddd", "a"])[:, 0].tolist() == [2, 4, 1]
    assert [sorted(texts) for texts in asked] == [["a", "bb", "ccc"], ["dddd"]]
    weights = teacher / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")  # trained again: another opinion
    assert teacher_answers(teacher, ["a"])[:, 0].tolist() == [1]
    assert asked[2:] == [["a"]]


def test_a_missing_teacher_is_told(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    with pytest.raises(CorpusError, match="no teacher; train it first"):
        SentimentExamples.read(replace(taught_recipe, teacher=str(tmp_path / "nobody")), data)


def test_without_a_teacher_there_are_no_sentences(tmp_path: Path) -> None:
    fields = {
        "name": "r",
        "task": "sentiment",
        "architecture": "recurrent-classifier",
        "languages": ["en"],
        "sizes": {},
    }
    entries = [{"file": "posts.train"}, {"file": "reviews.train", "sentences": True}]
    recipe = recipe_of(tmp_path, **fields, data=entries, optimisation={"steps": 1})
    assert [spec.file for spec in recipe.data] == ["posts.train"]
    assert len(recipe_of(tmp_path, **fields, data=entries, teacher="t", optimisation={"steps": 1}).data) == 2


def test_a_file_of_answers_replaces_a_teacher(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    asked = SentimentExamples.read(taught_recipe, data)
    (kept,) = Path(taught_recipe.teacher).glob("taught-*.npz")
    read = SentimentExamples.read(replace(taught_recipe, teacher=str(kept)), data)
    assert read.answers is not None
    assert (read.answers == asked.answers).all()
    leaning = [replace(spec, offsets=[2.0, 0.0, 0.0]) for spec in taught_recipe.data]
    bent = SentimentExamples.read(replace(taught_recipe, teacher=str(kept), data=leaning), data)
    assert bent.answers is not None
    assert (bent.answers[:, 0] >= read.answers[:, 0]).all()
    assert (bent.answers[:, 0] > read.answers[:, 0]).any()
    with pytest.raises(CorpusError, match=r"has no answer for 1 of 2 texts"):
        teacher_answers(kept, [POSTS[0][0], "a text of which nobody ever heard"])


def test_a_corpus_can_keep_its_labels(data: Path, taught_recipe: Recipe) -> None:
    untaught = [replace(spec, taught=False) for spec in taught_recipe.data]
    examples = SentimentExamples.read(replace(taught_recipe, data=untaught), data)
    target = target_distributions(examples.labels, examples.answers, taught_recipe.distillation)
    known = [label != UNLABELLED for label in examples.labels]
    assert set(target[known].ravel()) == {0, 1}
    assert 0 < target[[not one for one in known]].max() < 1


def test_teachers_answer_together(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    file, both = tmp_path / "some.npz", tmp_path / "kept" / "both"
    text = POSTS[0][0]
    np.savez(file, keys=np.array([hashed(text)], np.uint64), answers=np.array([[255, 0, 0]], np.uint8))
    report = teach(taught_recipe, data, {taught_recipe.teacher: 0.5, str(file): 1.5}, both)
    assert f"{file}: weighs 1.5, answered 1 of" in report
    alone, (together, other) = (
        teacher_answers(Path(taught_recipe.teacher), [text]),
        teacher_answers(both, [text, POSTS[1][0]]),
    )
    mean = (alone[0] / 255 + 1e-3) ** 0.25 * np.array([1.001, 0.001, 0.001]) ** 0.75
    assert together / 255 == pytest.approx(mean / mean.sum(), abs=0.01)
    assert np.abs(other.astype(int) - teacher_answers(Path(taught_recipe.teacher), [POSTS[1][0]])[0]).max() <= 2
    read = SentimentExamples.read(replace(taught_recipe, teacher=str(both)), data)  # it has answers for all texts
    assert read.answers is not None
    with pytest.raises(CorpusError, match="nobody answers for"):
        teach(taught_recipe, data, {str(file): 1.0}, both)


def test_earlier_answers_are_kept(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    teach(replace(taught_recipe, data=taught_recipe.data[:1]), data, {BASELINE: 1.0}, first)
    report = teach(taught_recipe, data, {taught_recipe.teacher: 1.0}, second, first)
    posts = list(dict.fromkeys(text for text, _ in POSTS))
    new = len(Answers.read(second).keys) - len(posts)
    assert f"{first}: {len(posts)} answers stand" in report
    assert f"{taught_recipe.teacher}: weighs 1, answered {new} of {new} texts" in report
    assert (teacher_answers(second, posts) == teacher_answers(first, posts)).all()
    again = tmp_path / "again.npz"
    assert "answered 0 of 0 texts" in teach(taught_recipe, data, {taught_recipe.teacher: 1.0}, again, second)
    assert (Answers.read(again).values == Answers.read(second).values).all()
    fewer = replace(taught_recipe, data=taught_recipe.data[:1])  # what nobody asks about any more is left out
    teach(fewer, data, {taught_recipe.teacher: 1.0}, again, second)
    assert len(Answers.read(again).keys) == len(posts)
    with pytest.raises(CorpusError, match="no file of answers"):
        teach(taught_recipe, data, {BASELINE: 1.0}, second, tmp_path / "none.npz")


def test_the_baseline_teaches_texts_it_was_not_fitted_on(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    output = tmp_path / "baseline.npz"
    report = teach(taught_recipe, data, {BASELINE: 1.0}, output)
    texts = list(dict.fromkeys(text for text, _ in POSTS))
    assert len(Answers.read(output).keys) > len(texts)  # sentences without a label too
    labels = dict(POSTS)
    right = [
        LABELS[row.argmax()] == labels[text] for text, row in zip(texts, teacher_answers(output, texts), strict=True)
    ]
    assert np.mean(right) > 0.6
    assert f"answered {len(Answers.read(output).keys)} of" in report
    held = Baseline(taught_recipe, data, tmp_path).probabilities(texts[:1])  # of which one half alone is asked
    assert held.sum() == pytest.approx(1)
    assert "answered 0 of 0 texts" in teach(taught_recipe, data, {BASELINE: 1.0}, tmp_path / "again.npz", output)


def test_each_teacher_answers_in_its_language(tmp_path: Path, data: Path, taught_recipe: Recipe) -> None:
    """The teacher is an English model. The Chinese student has Chinese posts, and pairs whose English side the teacher
    reads."""
    shop = [
        f"{label}\t{n}号{word}" for n in range(9) for label, word in zip(LABELS, ("太差", "还行", "很好"), strict=True)
    ]
    (data / "talk.en-zh_Hans.tsv").write_text("I am so glad.\t我很高兴。")
    (data / "shop.train.tsv").write_text("\n".join(["label\ttext", *shop]))
    corpora = [CorpusSpec("shop.train"), CorpusSpec("talk.en-zh_Hans", parallel=True)]
    student = replace(taught_recipe, data=corpora, languages=["zh"])
    output = tmp_path / "kept.npz"
    report = teach(student, data, {BASELINE: 1.0, taught_recipe.teacher: 1.0}, output)
    assert "baseline: weighs 1, answered 27 of 28 texts" in report
    assert f"{taught_recipe.teacher}: weighs 1, answered 1 of 28 texts" in report
    alone, together = (teacher_answers(file, ["I am so glad."])[0] for file in (Path(taught_recipe.teacher), output))
    assert np.abs(alone.astype(int) - together).max() <= 2
    with pytest.raises(CorpusError, match="nobody answers for 27 of 28 texts"):
        teach(student, data, {taught_recipe.teacher: 1.0}, output)
    (data / "shop.train.tsv").write_text("\n".join(["label\ttext", *shop[:2]]))
    with pytest.raises(CorpusError, match=r"a baseline cannot teach: half of the texts have no .*positive one"):
        teach(student, data, {BASELINE: 1.0}, output)


def test_teachers_are_asked_on_the_command_line(
    tmp_path: Path, data: Path, taught_recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    config, output = tmp_path / "student.yaml", tmp_path / "kept.npz"
    fields = {"name": "student", "task": "sentiment", "architecture": "recurrent-classifier", "languages": ["en"]}
    fields |= {"sizes": {}, "data": [{"file": "posts.train"}], "optimisation": {"steps": 1}}
    recipe_of(tmp_path, **fields, distillation=0.5, teacher=taught_recipe.teacher)
    (tmp_path / "recipe.yaml").rename(config)

    def ask(*teachers: str) -> int:
        folders = ["--config", str(config), "--data", str(data), "--output", str(output)]
        return main(["teach", *folders, "--teachers", *teachers])

    assert ask(f"{taught_recipe.teacher}=0.5", BASELINE) == 0
    assert f"{BASELINE}: weighs 1, answered {len(POSTS)} of {len(POSTS)} texts" in capsys.readouterr().out
    assert len(Answers.read(output).keys) == len(POSTS)
    for weight in ("much", "0", "nan", "inf"):
        assert ask(f"{BASELINE}={weight}") == 1
        assert "a number above 0, as in baseline=0.4" in capsys.readouterr().err
    assert ask(str(tmp_path / "nobody")) == 1
    assert "no teacher" in capsys.readouterr().err
    recipe_of(tmp_path, **fields)
    (tmp_path / "recipe.yaml").rename(config)
    assert ask(BASELINE) == 1
    assert "is no recipe of a sentiment model with a teacher" in capsys.readouterr().err
