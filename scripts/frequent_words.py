"""Write the list by which the languages of short texts are detected, `app/text/languages/frequent_words.txt`: a line
for each language, its most frequent words first. English, German and French are counted in the training corpora and in
the interface texts of the system, each corpus with the same weight; the other languages only in interface texts.

    python scripts/frequent_words.py ../shared/data/translation
"""

from __future__ import annotations

import argparse
import gettext
import lzma
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

CATALOGUES = Path("/usr/share/locale")
RESULT = Path(__file__).parents[1] / "app/text/languages/frequent_words.txt"
WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+(?:'[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+)*")
NO_WORDS = re.compile(r"%\S+|<[^>]*>|&\w+;|\\\w|[_&]")
READ, KEPT, OTHERS_KEPT = 100_000, 6_000, 150  # lines of a corpus, words of a language
LONGEST_LABEL = 6  # words of an interface text that counts for English, German and French
CORPORA = (
    "train/tatoeba", "train/software_messages", "train/mediawiki_messages", "train/game_text", "train/multi30k_train",
    "train/iwslt16_ted_devsets", "train/wmt_news_2008-2012", "train/mozilla_web", "train/bcontrast_dialogue",
    "train/mintaka_questions", "train/canada_public", "train/ms_admin", "lexicon/ding", "lexicon/freedict",
)  # fmt: skip
OTHER_CODES = "af ca cs cy da eo es et eu fi ga gl hr hu id is it lt lv ms nb nl pl pt ro sk sl sq sv tr vi"
OTHERS = OTHER_CODES.split()
# Abbreviations of opening hours, prices and messages, which are rare in corpora of sentences.
ABBREVIATIONS = {
    "en": "mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec am pm hrs mins "
    "sec qty asap fyi eta etd eod eob tbd tbc tba faq rsvp btw imo imho idk tbh brb ttyl thx pls plz lol omg diy vat "
    "incl excl approx dept est max min no nos pcs wi fi wifi apt ave blvd ext tel attn re cc bcc ps nb aka misc "
    "pro plus ultra lite mini",
    "de": "mo di mi do fr sa so jan feb mär apr jun jul aug sep sept okt nov dez uhr std min inkl exkl zzgl mwst ggf "
    "bzw usw evtl ca nr str tel abt max vgl bspw sog zb",
    "fr": "lun mar mer jeu ven sam dim janv févr avr juil août sept oct nov déc h min ttc ht svp stp mdr env max tél "
    "av bd apt rdv cf ex pers incl",
}
ABBREVIATION_RANK = 400  # of an abbreviation in the list, unless it already ranks higher


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="folder with the parallel corpora")
    data = options.parse_args().data
    counts = {"en": Counter[str](), "de": Counter[str](), "fr": Counter[str]()}
    for other in ("de", "fr"):
        for name in CORPORA:
            path = data / f"{name}.en-{other}.tsv.xz"
            if path.exists():
                pairs = list(islice(pairs_of(path), READ))
                add(counts["en"], (english for english, _ in pairs), 0.5)
                add(counts[other], (text for _, text in pairs))
    labels = [(other, *pair) for other in ("de", "fr") for pair in catalogue(other) if is_label(pair)]
    add(counts["en"], (english for _, english, _ in labels), 2.5)
    for other in ("de", "fr"):
        add(counts[other], (text for language, _, text in labels if language == other), 2.5)
    lines = [line(language, frequent(count, language, KEPT)) for language, count in counts.items()]
    for language in OTHERS:
        count = Counter[str]()
        add(count, (text for _, text in catalogue(language)))
        lines.append(line("no" if language == "nb" else language, frequent(count, language, OTHERS_KEPT)))
    RESULT.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    return 0


def pairs_of(path: Path) -> Iterator[tuple[str, str]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for one in lines:
            english, _, other = one.rstrip("\n").partition("\t")
            yield english, other.partition("\t")[0]


def catalogue(language: str) -> Iterator[tuple[str, str]]:
    """The interface texts of the system and their translations, each once."""
    seen = set[str]()
    for path in sorted(CATALOGUES.glob(f"{language}/LC_MESSAGES/*.mo")):
        try:
            with path.open("rb") as file:
                messages: dict[object, object] = vars(gettext.GNUTranslations(file))["_catalog"]
        except ValueError:  # some are in another encoding than they declare
            continue
        for key, text in messages.items():
            english = (key[0] if isinstance(key, tuple) else str(key)).rpartition("\x04")[2]
            if english and isinstance(text, str) and text != english and text not in seen:
                seen.add(text)
                yield english, text


def is_label(pair: tuple[str, str]) -> bool:
    return all(len(text.split()) <= LONGEST_LABEL for text in pair)


def add(count: Counter[str], texts: Iterator[str], weight: float = 1.0) -> None:
    """Count the words of a corpus, scaled so that they add up to `weight`."""
    words = Counter(word.lower() for text in texts for word in WORD.findall(NO_WORDS.sub(" ", text.replace("’", "'"))))
    total = words.total()
    for word, times in words.items():
        if times > 1:
            count[word] += weight * times / total  # type: ignore[assignment]


def frequent(count: Counter[str], language: str, kept: int) -> list[str]:
    words = [word for word, _ in count.most_common(kept)]
    known = set(words[:ABBREVIATION_RANK])
    missing = [word for word in ABBREVIATIONS.get(language, "").split() if word not in known]
    added = set(missing)
    rest = [word for word in words[ABBREVIATION_RANK:] if word not in added]
    return [*words[:ABBREVIATION_RANK], *missing, *rest]


def line(language: str, words: list[str]) -> str:
    return " ".join([language, *words])


if __name__ == "__main__":
    sys.exit(main())
