"""Splits a text into sentences, and over-long sentences in two. Joined again, the parts are the text.

Sentences are found by `sentencex` (Wikimedia), which knows the abbreviations of many languages.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from sentencex import segment  # type: ignore[import-untyped]

from app.text.data_lines import names_in
from app.text.languages import profile_of
from app.text.languages.frequency import evidence
from app.text.languages.profile import Profile
from app.text.normalize import SURROGATE, narrowed
from app.text.spans import ROW, find_spans

# Tabs and runs of spaces separate columns, as line breaks separate lines.
LINE_BREAKS = re.compile(r"([\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+|\t+| {3,})")
# Before the first word of a line: bullets, numbers, letters, headings, quotations, boxes. A small letter with a full
# stop is none before an abbreviation, as in "v. Chr.".
LETTERS = r"\(?(?:[A-Za-z]|[ivx]{2,5})\)|(?:[a-z]|[ivx]{2,5})\.(?=\s{1,9}[A-ZÀ-Þ\u4e00-\u9fff])(?!\s{1,9}\w{1,3}\.)"
MARK = re.compile(
    rf" {{0,2}}(?:(?:[-*•·–—+>→]|#{{1,6}}|\(?\d{{1,3}}[.)、]|（\d{{1,3}}）|\[[ xX]\]|{LETTERS})\s{{1,9}}){{1,4}}(?=\S)"
)
# Any letter is one beside a line with the next: alone it may be an initial.
LETTERED = re.compile(r" {0,2}(?P<letter>[A-Za-z]|[ivx]{2,5}|[IVX]{2,5})\.\s{1,9}(?=\S)")
CIRCLED_ZERO = ord("①") - 1
ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
CAPTION = re.compile(r"([\[(（【])([^\[\]()（）【】]+)([\])）】]\s*)")
TAG = re.compile(r"([\[【])([^\[\]()（）【】\d]{2,40})(】\s*|\]\s+)(?=\S)")  # before a sentence: [News]
NARROW = str.maketrans("（）【】", "()[]")
NARROW_MARKS = str.maketrans("，；、", ",;,")
# Pipes, laughter and rows of marks part the phrases of a line. A row of marks before a small letter is a span of its
# sentence instead.
LAUGHTER = r"(?<!\w)[Hh](?:a(?:[ -]?ha){1,30}|o(?:[ -]?ho){1,30}|e(?:[ -]?he){2,30})(?!\w)[.!?…,]{0,9}\s{0,3}"
PARTING = re.compile(rf"\s{{1,3}}[|｜]\s{{1,3}}|{LAUGHTER}|\s{{0,3}}{ROW}(?!\s{{0,3}}[a-zß-ÿ])\s{{0,3}}")
DASHES = "-–—"
PARTING_SPEAKERS = re.compile(rf"{PARTING.pattern}|(?<=[.!?…。！？])\s{{1,3}}[{DASHES}]\s{{1,3}}(?=\S)")
PARTING_WITH_BRACKETS = re.compile(rf"{PARTING.pattern}|\s{{0,3}}(?:\({{3,}}|\){{3,}})\s{{0,3}}")
# Items within a line, "(a) a dog; (b) a cat": the first begins the line or stands behind a colon, the others behind a
# comma, a semicolon or a full stop. Signs such as ① stand behind any word.
ITEM_MARK = r"[ \u00a0\u202f]?[,;，；、]"
GAP = "[ \u00a0\u3000]{0,3}"
LABEL = r"(?:[(（]?(?P<label>[A-Za-z]|[ivx]{2,5}|\d{1,2})[)）]\s{0,3})"
SIGN = r"(?:(?P<sign>[①-⑳])\s{0,3})"
ITEM = re.compile(rf"(?:(?:^|(?<=[:：.。])|{ITEM_MARK}){GAP}{LABEL}|(?:{ITEM_MARK})?{GAP}{SIGN})(?=\S)")
ITEM_HINT = re.compile("[)）①-⑳]")  # no item is without one, and most lines are
BEFORE_ITEM = re.compile(rf"(?P<mark>{ITEM_MARK})?{GAP}(?P<rest>{LABEL}|{SIGN})")
DATA_ROW = re.compile(r"[^\W\d_]{2,30}(?:[,;|][^\W\d_]{2,30})+")  # a row of data without spaces
DATA_SEPARATOR = re.compile(r"[,;|]")
FENCE = re.compile(r"\s*```[^`]*")  # a line before or behind code
WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")  # white space outside of ASCII
# The library takes quadratic time on some texts, so it gets them in portions. No model reads a longer sentence.
PORTION = 2_000
# Abbreviations behind which the library ends a sentence: titles that stand in texts of any language, and those of the
# language itself.
TITLES = "MM?|Mmes?|Mlles?|Mgr|Sra?|Hr"
SHORT_WORD = re.compile(r"(?<![^\s\d])([^\W\d_]{1,4})\.\s+\Z")
LONGEST_ABBREVIATION = 12  # with the full stop and white space
LONGEST_WORD = 24  # with marks around it
# Ends of quotations, which the library puts at the beginning of the next sentence.
CLOSING = re.compile(r"[』」”’）》】]+")

# The library overlooks such an end of a sentence, since no space follows. In Latin letters a small word ends there and
# a capital begins one: no `example.com`, `ASP.NET` or `Console.WriteLine`.
OVERLOOKED = re.compile(r"(?<=[。！？])(?=[0-9A-Za-z])|(?<=[a-zß-ÿ]{2}[.!?])(?=[A-ZÀ-Þ][a-zß-ÿ]{0,20}[\s'’])")
SMALL_WORD_END = re.compile(r"(?<!\S)[\"'(]?[a-zß-ÿ'’-]{2,20}\.\Z")

CLAUSE_END = re.compile(r"(?<=[,;:)\]»”–—])\s|(?<=[，；：、。！？」』）])(?=.)", re.DOTALL)
SPACE = re.compile(r"(?<=\S)\s")
MOST_UNEVEN = 16  # of a text without a good place for a cut, the smaller half has at least this share
LONGEST_CLUSTER = 16  # code points that a reader may see as one character


@dataclass(slots=True, frozen=True)
class Segment:
    """A sentence without white space around it. `before` is the text before it that is not translated: white space, the
    mark of an item or a heading, lines of code. Such text at the end stands before a last, empty sentence."""

    before: str
    text: str


def split(text: str, language: str, *, by_phrases: bool = False) -> list[Segment]:
    """The sentences of a text. A line break always ends one: lines are often items, titles or verses, and a
    sentence that is wrapped by hand could not get its breaks back after translation. `by_phrases` parts them at pipes
    and rows of marks too, and from a tag in brackets before them: a translator would lose these."""
    segments: list[Segment] = []
    before: list[str] = []
    for sentence, stays in sentences(text, language.partition("-")[0], by_phrases):
        body = sentence.strip()
        if stays or not body:
            before.append(sentence)
            continue
        start = sentence.find(body)
        segments.append(Segment("".join(before) + sentence[:start], body))
        before = [sentence[start + len(body) :]]
    rest = "".join(before)
    return [*segments, Segment(rest, "")] if rest else segments


def spaced(segments: list[Segment], source: str, target: str) -> list[Segment]:
    """The segments with the white space, the brackets and the marks between items that the target language puts between
    sentences; line breaks and several spaces stay."""
    first, *others = [*segments[:1]], *segments[1:]
    others = [replace(one, before=between_items(one.before, profile_of(target))) for one in others]
    if profile_of(source).spaced == profile_of(target).spaced:
        return [*first, *others]
    old, new = (" ", "") if profile_of(source).spaced else ("", " ")
    if new:
        first, others = ([replace(one, before=narrow(one)) for one in some] for some in (first, others))
    return [*first, *(Segment(new, s.text) if s.before == old and s.text else s for s in others)]


def between_items(before: str, target: Profile) -> str:
    """The text before an item within a line, with the mark behind the last item as the target language writes it."""
    found = BEFORE_ITEM.fullmatch(before)
    if found is None:
        return before
    mark = (found["mark"] or "").strip().translate(NARROW_MARKS)
    written = (target.before_marks if mark == ";" else "") + target.wide_marks.get(mark, mark)
    return written + (" " if target.spaced else "") + found["rest"]


def narrow(segment: Segment) -> str:
    """The text before a sentence, with the brackets of ASCII and the space behind them."""
    before = segment.before.translate(NARROW)
    return before + " " if segment.text and before != segment.before and before[-1] in ")]" else before


def sentences(text: str, language: str, by_phrases: bool) -> Iterator[tuple[str, bool]]:
    """The sentences of a text and the text between them, with all white space; true for text that is not translated."""
    lines = LINE_BREAKS.split(text)
    fences = [index for index in range(0, len(lines), 2) if FENCE.fullmatch(lines[index])]
    code = set[int]()
    for first, last in zip(fences[::2], fences[1::2], strict=False):
        code.update(range(first, last + 1))
    kept, lettered = code | names_in_data(lines), in_letters(lines)
    for index, line in enumerate(lines):
        if index % 2 or index in kept or line.isspace() or not line:
            yield line, True
        else:
            is_list = by_phrases and bool(labels(line))
            mark = None if is_list else (LETTERED if index in lettered else MARK).match(line)
            start = mark.end() if mark else 0
            if mark:
                yield mark.group(), True
            body, after = line[start:], ""
            if caption := CAPTION.fullmatch(body):  # a model takes brackets around a whole line for nothing
                before, body, after = caption.groups()
                yield before, True
            elif by_phrases and (tag := TAG.match(body)):
                yield tag[1], True
                yield tag[2], False
                yield tag[3], True
                body = body[tag.end() :]
            speaks = mark is not None and mark.group().strip() in DASHES
            for phrase, parts in phrases(body, speaks=speaks) if by_phrases else ((body, False),):
                if parts:
                    yield phrase, True
                else:
                    yield from ((sentence, False) for sentence in rejoined(portioned(phrase, language), language))
            if after:
                yield after, True


def phrases(line: str, *, speaks: bool) -> Iterator[tuple[str, bool]]:
    """The phrases of a line, and what parts them; true for the latter. `speaks`: it began with the dash of a speaker,
    so that another one may answer behind the next dash."""
    place = 0
    for match in labels(line) or (PARTING_SPEAKERS if speaks else parting(line)).finditer(line):
        yield line[place : match.start()], False
        yield match.group(), True
        place = match.end()
    yield line[place:], False


def labels(line: str) -> list[re.Match[str]]:
    """The labels of a line that is a list, each of which follows the one before it; else none."""
    found = list(ITEM.finditer(line)) if ITEM_HINT.search(line) else []
    names = [match["label"] or str(ord(match["sign"]) - CIRCLED_ZERO) for match in found]
    return found if len(found) > 1 and all(follows(a, b) for a, b in pairwise(names)) else []


def parting(line: str) -> re.Pattern[str]:
    if DATA_ROW.fullmatch(line):
        return DATA_SEPARATOR
    return PARTING_WITH_BRACKETS if "(((" in line and ")))" in line else PARTING


def in_letters(lines: list[str]) -> set[int]:
    """The indices of lines that letters number: beside each stands a line with the letter before or behind."""
    found = set[int]()
    before: tuple[int, str] | None = None
    for index in range(0, len(lines), 2):
        if not lines[index].strip():
            continue
        match = LETTERED.match(lines[index])
        if match and before and follows(before[1], match["letter"]):
            found |= {before[0], index}
        before = (index, match["letter"]) if match else None
    return found


def follows(letter: str, other: str) -> bool:
    """Whether a letter, a number or a Roman numeral comes directly behind another one."""
    if letter.isdecimal() and other.isdecimal():
        return int(other) == int(letter) + 1
    if letter.isupper() != other.isupper():
        return False
    is_next = len(letter) == len(other) == 1 and ord(other) == ord(letter) + 1
    return is_next or (letter.lower(), other.lower()) in pairwise(ROMANS)


def names_in_data(lines: list[str]) -> set[int]:
    """The indices of names in lines of data, whose columns are parted by tabs. `lines` are stretches and their
    separators in turn."""
    found = set[int]()
    row: list[int] = []
    for index in range(0, len(lines), 2):
        row.append(index)
        if index + 1 == len(lines) or "\t" not in lines[index + 1]:
            found.update(row[place] for place in names_in([lines[place] for place in row]))
            row = []
    return found


def portioned(line: str, language: str) -> Iterator[str]:
    """The sentences of a line, found a portion at a time; a sentence that fills a portion is cut behind a space."""
    start = 0
    while start < len(line):
        portion = line[start : start + PORTION]
        parts = boundaries(portion, language)
        if start + PORTION < len(line):
            parts.pop()  # it may go on in the next portion
            if not parts:
                cut = next((match.end() for match in SPACE.finditer(portion, len(portion) // 2)), len(portion))
                parts = [portion[:cut]]
        yield from parts
        start += sum(map(len, parts))


def boundaries(portion: str, language: str) -> list[str]:
    """The sentences of a portion as the library finds them."""
    # It refuses lone surrogates and takes every space for one byte. These are replaced by one character each, so that
    # the lengths of its sentences hold for the portion.
    # Full-width digits are those of ASCII, since the stop in ３．５ ends nothing.
    plain = narrowed(WIDE_SPACE.sub(" ", SURROGATE.sub("\ufffd", portion)))
    try:
        sentences = segment(language, plain)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # PyO3 raises it for a fault in Rust; it is no Exception
            raise
        return [portion]
    result: list[str] = []
    start = 0
    for sentence in sentences:
        result += OVERLOOKED.split(portion[start : start + len(sentence)])
        start += len(sentence)
    return result if start == len(portion) else [portion]


def rejoined(parts: Iterable[str], language: str) -> Iterator[str]:
    """Joins sentences that were split behind an abbreviation or an initial (`J.-P.`), and puts the end of a quotation
    to the sentence that it ends."""
    end, date = abbreviation(language), short_name(language)
    pending = ""
    for sentence in parts:
        if pending and not pending[-1].isspace() and (closing := CLOSING.match(sentence)):
            pending += closing.group()
            sentence = sentence[closing.end() :]
            if not sentence:
                continue
        is_small = SMALL_WORD_END.search(pending, max(0, len(pending) - LONGEST_WORD))
        is_tight = pending.endswith(".") and (sentence[:1] == "-" or (sentence[:1].isalpha() and not is_small))
        tail = max(0, len(pending) - LONGEST_ABBREVIATION)
        is_abbreviated = (
            end.search(pending, tail) is not None
            or (sentence[:1].islower() and ends_with_no_word(pending, tail, language))
            or (not sentence[:1].isupper() and date.search(pending, tail) is not None)
        )
        if pending and (len(pending) > PORTION or not (is_tight or is_abbreviated)):
            yield pending
            pending = ""
        pending += sentence
    if pending:
        yield pending


def ends_with_no_word(text: str, start: int, language: str) -> bool:
    """Whether a text ends with a full stop behind a few letters that are no frequent word."""
    match = SHORT_WORD.search(text, start)
    return match is not None and (len(match[1]) == 1 or language not in evidence().get(match[1].lower(), {}))


@cache
def abbreviation(language: str) -> re.Pattern[str]:
    """An abbreviation at the end of a text, with the white space behind it."""
    words = "|".join(filter(None, (TITLES, profile_of(language).abbreviations)))
    return re.compile(rf"(?<!\S)(?:{words})\.\s+\Z")


@cache
def short_name(language: str) -> re.Pattern[str]:
    """The short name of a weekday or a month at the end of a text, with the white space behind it."""
    names = "|".join(pattern for pattern, _ in profile_of(language).short_names) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{names})\.\s+\Z")


def halves(text: str) -> tuple[str, str]:
    """Cut a sentence of two characters and more in two, as near to the middle as possible between clauses, else between
    words, else between characters. The second half begins with the white space that stood before it."""
    cut = middle_cut(text)
    return text[:cut], text[cut:]


def middle_cut(text: str) -> int:
    """Where to cut a sentence."""
    middle, quarter = len(text) // 2, len(text) // 4
    spans = find_spans(text)
    ends = [span.end for span in spans]

    def is_free(cut: int) -> bool:
        """Whether a cut goes through no link, tag or code."""
        place = bisect_right(ends, cut)
        return place == len(spans) or cut <= spans[place].start

    for boundary in (CLAUSE_END, SPACE):
        matches = boundary.finditer(text, max(quarter, 1), len(text) - quarter)
        cuts = [match.start() for match in matches if is_free(match.start())]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - middle))
    borders = {border for span in spans for border in (span.start, span.end)} - {0, len(text)}
    cuts = [len(text[:border].rstrip()) or border for border in sorted(borders)]  # before the white space at a border
    if is_free(middle):  # else pieces could be cut off one by one, from a text that is read anew for each
        cuts = [cut for cut in cuts if min(cut, len(text) - cut) >= len(text) // MOST_UNEVEN]
    if cuts:
        return min(cuts, key=lambda cut: abs(cut - middle))
    # A long word is cut only if it is all there is.
    before, behind = text.rfind(" ", 1, quarter + 1), text.find(" ", middle)
    if before > 0 and text[:before].strip():
        return before
    if behind > 0 and text[behind:].strip():
        return behind
    for cut in range(middle, max(middle - LONGEST_CLUSTER, 0), -1):
        if not continues(text, cut):
            return cut
    return middle


def continues(text: str, cut: int) -> bool:
    """Whether the character at `cut` belongs to the one before it: a mark, a skin tone, a joined emoji."""
    after, before = text[cut], text[cut - 1]
    return (
        unicodedata.category(after).startswith("M")
        or after in "\u200d\r\n"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= after <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
    )
