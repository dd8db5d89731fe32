"""Print how well the language of short texts is detected, for a service that reads English, German, French and Chinese:
everyday sentences, messages, labels, news and reviews of corpora, and interface texts of the system in other languages,
which should be refused.

    python scripts/detection_report.py ../shared/data
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from frequent_words import catalogue, pairs_of

from app.text.detect import detect
from app.text.languages.codes import language
from app.training.data.corpora import read_sentiment

READ = ("en", "de", "fr", "zh")
OTHERS = ("es", "it", "nl", "pt", "sv", "pl", "cs", "tr", "fi", "hu", "ro", "vi", "ru", "uk", "ja", "ko", "el", "ar")
SETS = ("dev/tatoeba_dev", "dev/software_messages_dev", "dev/wide_dev", "dev/wmt_newstest2013", "lexicon/osm_presets",
        "lexicon/cldr_names")  # fmt: skip
LONGEST, MOST = 200, 500  # characters of a text, texts of a kind


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="folder with the corpora")
    data = options.parse_args().data
    kinds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for code, kind, text in texts(data):
        if text.strip() and len(text) < LONGEST:
            kinds[code, kind, length(text, code)].add(text)
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (code, _, words), members in sorted(kinds.items()):
        for text in random.Random(1).sample(sorted(members), min(len(members), MOST)):
            detected = language(detect(text, READ).language or READ[0])
            result = "refused" if detected not in READ else "right" if detected == code else "wrong"
            found[code if code in READ else "others", words][result] += 1
    print("| language | words | texts | right | wrong | refused |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for (code, words), count in sorted(found.items()):
        shares = (f"{100 * count[result] / count.total():.1f} %" for result in ("right", "wrong", "refused"))
        print(f"| {code} | {words} | {count.total():,} | {' | '.join(shares)} |")
    return 0


def texts(data: Path) -> Iterator[tuple[str, str, str]]:
    """The language, the kind and the text itself."""
    for name in SETS:
        for other in ("de", "fr", "zh_Hans", "zh_Hant"):
            path = data / "translation" / f"{name}.en-{other}.tsv.xz"
            for english, text in pairs_of(path) if path.exists() else ():
                yield "en", name, english
                yield other.partition("_")[0], name, text
    for code in ("en", "de", "fr"):
        for path in sorted((data / "sentiment" / code).glob("*.dev.tsv.xz")):
            yield from ((code, "reviews", text) for text, _ in read_sentiment(path) if len(text.split()) <= 12)
    for code in OTHERS:
        for english, text in catalogue(code):
            if not set(text.lower().split()) & set(english.lower().split()) and text.isprintable():
                yield code, "interface", text


def length(text: str, code: str) -> str:
    count = len(text) // 2 if code in ("zh", "ja") else len(text.split())
    return "1" if count < 2 else "2-3" if count < 4 else "4-7" if count < 8 else "8 and more"


if __name__ == "__main__":
    sys.exit(main())
