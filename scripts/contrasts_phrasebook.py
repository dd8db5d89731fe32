"""Writes the sentences of a file of templates (data/phrasebook/templates), without the texts of the behavioural suite
of their language:

python scripts/contrasts_phrasebook.py contrasts.de > data/phrasebook/contrasts.de.tsv
"""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

import yaml

from app.evaluation.checklist import cases, load_suite
from app.training.data.cleaning import key
from app.training.data.corpora import LABELS

ROOT = Path(__file__).resolve().parent.parent
MOST = 25  # sentences of a template


def filled(template: str, words: dict[str, list[str]]) -> list[str]:
    """At most MOST sentences of a template, of all its words alike, which begin with a capital letter."""
    slots = [slot for slot in words if "{" + slot + "}" in template]
    ways = list(itertools.product(*(words[slot] for slot in slots)))
    random.Random(template).shuffle(ways)
    sentences = [template.format(**dict(zip(slots, way, strict=True))) for way in ways[:MOST]]
    return [sentence[0].upper() + sentence[1:] for sentence in sentences]


def main(name: str) -> None:
    language = name.rpartition(".")[2]
    templates = yaml.safe_load((ROOT / "data/phrasebook/templates" / f"{name}.yaml").read_text("utf-8"))
    suite = load_suite(ROOT / "configs" / "behaviour" / f"sentiment-{language}.yaml")
    unseen = {key(text) or text for test in suite.tests for case in cases(test, suite.words) for text in case}
    labels: dict[str, str] = {}
    for label in LABELS:
        for sentence in (one for template in templates[label] for one in filled(template, templates["words"])):
            if (key(sentence) or sentence) not in unseen:
                labels.setdefault(sentence, label)
    rows = [f"{label}\t{sentence}" for sentence, label in labels.items()]
    random.Random(language).shuffle(rows)
    print("label\ttext", *rows, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
