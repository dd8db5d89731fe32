"""Names that a model would have to spell in many pieces, and may garble: they may better be kept as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.text.characters import LETTER
from app.text.languages.profile import Profile
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

NAME = re.compile(rf"(?<!{LETTER})(?<!{LETTER}[’'.-])(?:(?!\d){LETTER})(?:{LETTER}|-)++(?![_'’])")
RARE_PIECES = 3  # tokens of a word that a model may not know
RARER_PIECES = 5  # of a word that begins a sentence, in lower case too
SENTENCE_END = frozenset(".!?:…")
TITLE_REACH = 80  # characters before a name in which a title may stand
GIVEN_NAME = rf"[A-Z\u00c0-\u00de]{LETTER}{{1,30}}"
ABBREVIATION = re.compile(r"(?<!\w)[A-Z][a-z]{0,3}\.$")  # Mr., Dr., M.


def keep_names(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with rare names as spans: capitalised words inside it, neighbours as one name, and words that are
    rarer still where a sentence begins and any word has a capital. None of a sentence in capitals, where a capital
    tells nothing; where every noun has a capital, only a title tells a name."""
    if sentence.is_shouted:
        return None
    source = languages.source
    names = [name for name in rare_names(sentence, source, encoding) if is_name(sentence.text, name, source, encoding)]
    named = sentence.with_spans(Span(start, end, sentence.text[start:end], "name") for start, end in names)
    return Proposal(named, languages.target.name_margin) if names and named.has_words else None


def rare_names(sentence: Sentence, source: Profile, encoding: Encoding) -> list[tuple[int, int]]:
    """Where rare words begin and end that have a capital and small letters, neighbours as one."""
    if source.nouns_capitalised and not re.search(rf"(?:{source.titles}) ", sentence.text):
        return []  # saves a look at every noun
    names: list[tuple[int, int]] = []
    start = 0  # of the stretch in the text
    for stretch, span in zip(sentence.stretches, [*sentence.merged, None], strict=True):
        first = len(names)
        for match in capitalised(stretch):
            word, begin, end = match.group(), start + match.start(), start + match.end()
            if word.isupper() or re.fullmatch(source.not_names, word) or not is_rare(begin, end, encoding):
                continue
            is_beside = len(names) > first and sentence.text[names[-1][1] : begin] == " "
            names.append((names.pop()[0] if is_beside else begin, end))
        start = span.end if span else 0
    return names


def is_rare(start: int, end: int, encoding: Encoding) -> bool:
    """Whether a word has many pieces: by itself too, since a word that touches a bracket, a quotation mark or an
    ideograph lacks the space that belongs to its first piece."""
    if encoding.pieces(start, end) < RARE_PIECES:
        return False
    before = encoding.sentence.text[max(start - 1, 0) : start]
    return before in ("", " ") or encoding.pieces_of(encoding.sentence.text[start:end]) >= RARE_PIECES


def is_name(text: str, place: tuple[int, int], source: Profile, encoding: Encoding) -> bool:
    """Whether rare words are taken for a name where they stand."""
    start, end = place
    word = text[start:end]
    if source.nouns_capitalised:
        before = text[max(start - TITLE_REACH, 0) : start]
        return re.search(rf"(?<!{LETTER})(?:{source.titles})(?: {GIVEN_NAME}\.?){{0,2}} $", before) is not None
    if " " in word or not begins_sentence(text, start, word):
        return True
    return "-" not in word and min(encoding.pieces(start, end), encoding.pieces_of(word.lower())) >= RARER_PIECES


def capitalised(text: str) -> Iterator[re.Match[str]]:
    """The words of two letters and more that begin with a capital."""
    return (match for match in NAME.finditer(text) if match.group()[0].isupper())


def begins_sentence(text: str, start: int, word: str) -> bool:
    """Whether a name stands where any word has a capital."""
    if not word[0].isupper():
        return False
    before = text[:start].rstrip("\"'«“„‚([¿¡ ")
    return not before or (before[-1] in SENTENCE_END and not ABBREVIATION.search(before[-6:]))


RULE = Rule(propose=keep_names)
