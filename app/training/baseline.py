"""The baseline of sentiment models: TF-IDF with logistic regression (scikit-learn) on the same training splits. Its
predictions are kept as JSON, so that it is fitted once for each training set; the fitted baseline itself is not kept.
It can also be a teacher (`undertone teach`), since its errors differ from a network's."""

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

# Fitted to the optimum: with a tolerance of 1e-3, one set scored 6.5 points of macro-recall less.
REGRESSION = {"C": 2.0, "class_weight": "balanced", "max_iter": 5000, "tol": 1e-6}
TEACHING = {**REGRESSION, "tol": 1e-3}  # as for the teacher of sentiment-zh (docs/decisions.md)
FEATURES = {
    "words": "TF-IDF of words and word pairs with logistic regression",
    "characters": "TF-IDF of characters and character pairs with logistic regression",
}


class Baseline:
    """TF-IDF and logistic regression over the training corpora of a recipe, not cleaned. All classes have the same
    weight, as in macro-averaged recall."""

    def __init__(self, recipe: Recipe, data: Path, cache: Path) -> None:
        """Raises CorpusError."""
        self.language = recipe.languages[0]
        self.kind = "characters" if self.language.startswith("zh") else "words"
        examples = [one for spec in recipe.data for one in split(spec, data, self.language)[0] * spec.repeat]
        self.texts = [text for text, *_ in examples]
        self.labels = [label for _, label, _ in examples]
        self.folder = cache / f"{recipe.name}-{digest([self.kind, str(REGRESSION), *self.texts, *self.labels])}"
        self.fitted: tuple[Any, Any] | None = None

    @property
    def description(self) -> str:
        return f"{FEATURES[self.kind]}, {len(self.texts):,} training texts"

    def evaluate(self, path: Path) -> ClassificationReport:
        """Scores on a file in the corpora's format. Raises CorpusError."""
        examples = list(read_sentiment(path))
        texts = [plain_post(text, self.language) for text, _ in examples]
        cached = self.folder / f"{digest(texts)}.json"
        if not cached.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            cached.write_text(json.dumps(self.predict(texts)), "utf-8")
        predicted: list[int] = json.loads(cached.read_text("utf-8"))
        return classification_report(predicted, [LABELS.index(label) for _, label in examples], LABELS)

    def predict(self, texts: Sequence[str]) -> list[int]:
        """The index of the label of each text."""
        if self.fitted is None:
            self.fitted = fit(self.kind, self.texts, self.labels, REGRESSION)
        vectorizer, classifier = self.fitted
        return [LABELS.index(label) for label in classifier.predict(vectorizer.transform(texts))]

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Probabilities (texts, labels) by two baselines, each fitted on one half of the training texts. For a training
        text the baseline that was not fitted on it answers, for any other text both do. Raises CorpusError where a half
        lacks a label."""
        half = {text: hashed("fold/" + text) % 2 for text in self.texts}
        total: npt.NDArray[np.float64] = np.zeros((len(texts), len(LABELS)))
        for number in (0, 1):
            asked = [i for i, text in enumerate(texts) if half.get(text, number) == number]
            if not asked:
                continue
            other = [i for i, text in enumerate(self.texts) if half[text] != number]
            labels = [self.labels[i] for i in other]
            if missing := set(LABELS) - set(labels):
                raise CorpusError(
                    f"a baseline cannot teach: half of the texts have no {', '.join(sorted(missing))} one"
                )
            vectorizer, classifier = fit(self.kind, [self.texts[i] for i in other], labels, TEACHING)
            order = [list(classifier.classes_).index(label) for label in LABELS]
            total[asked] += classifier.predict_proba(vectorizer.transform([texts[i] for i in asked]))[:, order]
        total /= total.sum(axis=1, keepdims=True)
        return total


def fit(kind: str, texts: Sequence[str], labels: Sequence[str], regression: dict[str, Any]) -> tuple[Any, Any]:
    """A fitted vectorizer and classifier."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    options: dict[str, Any] = {"min_df": 2, "ngram_range": (1, 2), "sublinear_tf": True}
    if kind == "characters":
        vectorizer = TfidfVectorizer(analyzer="char", **options)
    else:  # punctuation, emoticons and emoji are as informative as words
        vectorizer = TfidfVectorizer(token_pattern=r"[\w']+|[^\w\s]+", **options)
    classifier = LogisticRegression(**regression)
    classifier.fit(vectorizer.fit_transform(texts), labels)
    return vectorizer, classifier


def digest(texts: Iterable[str]) -> str:
    """Cache key of results computed from these texts."""
    total = hashlib.sha256()
    for text in texts:
        total.update(text.encode() + b"\n")
    return total.hexdigest()[:16]
