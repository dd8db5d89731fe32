"""Writes the sentences of a file of templates (data/phrasebook/templates), without the texts of the behavioural suite
of their language:

python scripts/contrasts_phrasebook.py contrasts.de > data/phrasebook/contrasts.de.tsv
python scripts/contrasts_phrasebook.py kinds.en --sentences > data/phrasebook/kinds.en.tsv
python scripts/contrasts_phrasebook.py kinds.en --sayings > data/phrasebook/sayings.en.tsv

Sayings are templates without slots, and templates that are a slot alone: fixed sentences, which a recipe repeats more
often than the others.
"""

from __future__ import annotations

import itertools
import random
import re
import sys
from pathlib import Path

import yaml

from app.evaluation.checklist import cases, load_suite
from app.training.data.cleaning import key
from app.training.data.corpora import LABELS

ROOT = Path(__file__).resolve().parent.parent
MOST = 25  # sentences of a template
SLOT_ALONE = re.compile(r"\{(\w+)\}(?:\{\1\})*")


def is_saying(template: str) -> bool:
    return "{" not in template or SLOT_ALONE.fullmatch(template) is not None


def filled(template: str, words: dict[str, list[str]]) -> list[str]:
    """The sentences of a template, with a capital at the beginning: all of a saying, else at most MOST, a random sample
    over all its words."""
    slots = [slot for slot in words if "{" + slot + "}" in template]
    ways = list(itertools.product(*(words[slot] for slot in slots)))
    random.Random(template).shuffle(ways)
    sentences = [
        template.format(**dict(zip(slots, way, strict=True))) for way in (ways if is_saying(template) else ways[:MOST])
    ]
    return [sentence[0].upper() + sentence[1:] for sentence in sentences]


def main(name: str, sayings: bool | None) -> None:
    language = name.rpartition(".")[2]
    templates, marks = (
        yaml.safe_load((ROOT / "data/phrasebook/templates" / f"{file}.yaml").read_text("utf-8"))
        for file in (name, "marks")
    )
    words = templates["words"] | {slot: marks[slot] for slot in marks if slot not in templates["words"]}
    suite = load_suite(ROOT / "configs" / "behaviour" / f"sentiment-{language}.yaml")
    unseen = {key(text) or text for test in suite.tests for case in cases(test, suite.words) for text in case}
    labels: dict[str, str] = {}
    for label in LABELS:
        for sentence in (
            one
            for template in templates[label]
            if sayings is None or is_saying(template) == sayings
            for one in filled(template, words)
        ):
            if (key(sentence) or sentence) not in unseen:
                labels.setdefault(sentence, label)
    rows = [f"{label}\t{sentence}" for sentence, label in labels.items()]
    random.Random(language).shuffle(rows)
    print("label\ttext", *rows, sep="\n")


if __name__ == "__main__":
    name, *kind = sys.argv[1:]
    main(name, kind == ["--sayings"] if kind else None)
