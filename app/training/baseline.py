"""The floor that a sentiment model has to beat: TF-IDF with logistic regression (scikit-learn) on the same training
splits. What it predicted is kept as JSON, so a floor is fitted once for each training set; no model of it is stored.
It can teach too, since it errs differently (`undertone teach`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.text.post_text import plain_post
from app.training.data.corpora import LABELS, hashed, read_sentiment
from app.training.data.texts import split
from app.training.errors import CorpusError
from app.training.metrics import ClassificationReport, classification_report
from app.training.recipe import Recipe

# To the optimum: stopped at a tolerance of 1e-3, a set scored 6.5 points of macro-recall less.
REGRESSION = {"C": 2.0, "class_weight": "balanced", "max_iter": 5000, "tol": 1e-6}
TEACHING = {**REGRESSION, "tol": 1e-3}  # how it taught sentiment-zh (docs/decisions.md)
FEATURES = {
    "words": "TF-IDF of words and word pairs with logistic regression",
    "characters": "TF-IDF of characters and character pairs with logistic regression",
}


class Floor:
    """TF-IDF and logistic regression over the training corpora of a recipe, not cleaned. Each class weighs the same, as
    macro-averaged recall does."""

    def __init__(self, recipe: Recipe, data: Path, cache: Path) -> None:
        """Raises CorpusError."""
        self.language = recipe.languages[0]
        self.kind = "characters" if self.language.startswith("zh") else "words"
        examples = [one for spec in recipe.data for one in split(spec, data, self.language)[0] * spec.repeat]
        self.texts = [text for text, _ in examples]
        self.labels = [label for _, label in examples]
        self.folder = cache / f"{recipe.name}-{digest([self.kind, str(REGRESSION), *self.texts, *self.labels])}"
        self.fitted: tuple[Any, Any] | None = None

    @property
    def description(self) -> str:
        return f"{FEATURES[self.kind]}, {len(self.texts):,} training texts"

    def evaluate(self, path: Path) -> ClassificationReport:
        """Scores on a file in the corpora's format. Raises CorpusError."""
        examples = list(read_sentiment(path))
        texts = [plain_post(text, self.language) for text, _ in examples]
        kept = self.folder / f"{digest(texts)}.json"
        if not kept.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(self.predict(texts)), "utf-8")
        predicted: list[int] = json.loads(kept.read_text("utf-8"))
        return classification_report(predicted, [LABELS.index(label) for _, label in examples], LABELS)

    def predict(self, texts: Sequence[str]) -> list[int]:
        vectorizer, classifier = self.fit()
        return [LABELS.index(label) for label in classifier.predict(vectorizer.transform(texts))]

    def fit(self) -> tuple[Any, Any]:
        if self.fitted is None:
            self.fitted = fitted(self.kind, self.texts, self.labels, REGRESSION)
        return self.fitted

    def held(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """What it holds of texts, their labels' probabilities, when it is fitted on halves of the training texts: of a
        training text by the half that it is not in, of another by both. Raises CorpusError where one lacks a label."""
        half = {text: hashed("fold/" + text) % 2 for text in self.texts}
        held: npt.NDArray[np.float64] = np.zeros((len(texts), len(LABELS)))
        for number in (0, 1):
            asked = [i for i, text in enumerate(texts) if half.get(text, number) == number]
            if not asked:
                continue
            there = [i for i, text in enumerate(self.texts) if half[text] != number]
            labels = [self.labels[i] for i in there]
            if lacking := set(LABELS) - set(labels):
                raise CorpusError(f"a floor cannot teach: half of the texts have no {', '.join(sorted(lacking))} one")
            vectorizer, classifier = fitted(self.kind, [self.texts[i] for i in there], labels, TEACHING)
            order = [list(classifier.classes_).index(label) for label in LABELS]
            held[asked] += classifier.predict_proba(vectorizer.transform([texts[i] for i in asked]))[:, order]
        held /= held.sum(axis=1, keepdims=True)
        return held


def fitted(kind: str, texts: Sequence[str], labels: Sequence[str], regression: dict[str, Any]) -> tuple[Any, Any]:
    """A vectorizer and a classifier."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    options: dict[str, Any] = {"min_df": 2, "ngram_range": (1, 2), "sublinear_tf": True}
    if kind == "characters":
        vectorizer = TfidfVectorizer(analyzer="char", **options)
    else:  # punctuation, emoticons and emoji tell as much as words
        vectorizer = TfidfVectorizer(token_pattern=r"[\w']+|[^\w\s]+", **options)
    classifier = LogisticRegression(**regression)
    classifier.fit(vectorizer.fit_transform(texts), labels)
    return vectorizer, classifier


def digest(texts: Iterable[str]) -> str:
    """By which what was made of texts is kept."""
    found = hashlib.sha256()
    for text in texts:
        found.update(text.encode() + b"\n")
    return found.hexdigest()[:16]
