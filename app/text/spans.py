"""Keeps what must survive translation unchanged: links, numbers, placeholders, markup, mentions, code, emoji.

A model reads and writes such a span as a token `<ph0>`, `<ph1>` and so on; afterwards the spans are put back.
Knows nothing of languages.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, groupby

from app.text.tokenizer import PLACEHOLDER_TOKENS

# The patterns are of the standard library, composed by name. Every quantifier is bounded or possessive, and
# what begins with a letter or a digit is held by a look-behind to the beginning of a word: time is linear in
# any text.
LETTER = r"[A-Za-z0-9_\u00aa-\u024f\u0370-\u052f\u1e00-\u1fff]"  # of a script that puts spaces between words
CJK = r"\u2e80-\u2fdf\u3040-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
CJK_MARKS = "，。；：！？、（）《》「」【】"
FLAG = r"[\U0001f1e6-\U0001f1ff]"
PICTOGRAPH = (
    r"[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    r"\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
DRESSED = rf"{PICTOGRAPH}[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*+"
EMOJI = rf"(?:{DRESSED}(?:\u200d{DRESSED}){{0,9}}+|{FLAG}{FLAG}|[0-9#*]\ufe0f?\u20e3)"

# What follows the scheme or the host. Brackets in it are balanced, and no punctuation ends it.
ADDRESS = rf"""(?:
    [^\s<>"“”„«»`()\[\]{{}}|\\^{CJK_MARKS}{CJK}] | (?<=[/=_])[{CJK}]++
  | \([^\s()<>]{{0,200}}+\) | \[[^\s\[\]<>]{{0,200}}+\] | \{{[^\s{{}}<>]{{0,200}}+\}}
)+(?<![.,;:!?'’*…])"""
DOMAIN = r"(?:com|org|net|info|edu|gov|io|dev|app|ai|eu|de|fr|cn|tw|hk|uk|cz|ch|at)"
FILE = (
    r"(?:pdf|txt|md|rst|html?|css|jsx?|tsx?|json|ya?ml|toml|xml|csv|tsv|ini|cfg|conf|log|sh|bat|exe|dll|so|py|ipynb"
    r"|rb|java|kt|cc?|cpp|h|hpp|rs|go|php|sql|docx?|xlsx?|pptx?|od[tsp]|zip|tar|gz|bz2|xz|7z|iso|deb|rpm|png|jpe?g"
    r"|gif|svg|webp|bmp|ico|mp[34]|wav|ogg|flac|avi|mkv|mov|ttf|bin)"
)

# Separators of thousands: a space only between groups of three digits.
NUMBER = r"(?:\d{1,3}+(?:[\ \u00a0\u202f'’]\d{3}(?!\d))++(?:[.,]\d++)?|\d++(?:[.,]\d++)*+)"
UNIT = rf"""(?:%|‰|°\ ?[CF]?|(?:
    km/h|m/s|mph|kph|km²|m²|m³|km|cm|mm|µm|nm|m|ft|mi|kg|mg|µg|g|t|lbs?|oz|ml|cl|l|L
  | [KMGTP]i?B|kB|[kKMG]bit/s|[MG]bps|[kKMG]i?B/s|dpi|px|pt|em|fps
  | [kMGT]?Hz|[kMG]?W|kWh|mAh|k?V|ms|µs|ns|(?<=\ )s|min|h|[kM]?Pa|hPa|k?cal|dB
  | EUR|USD|GBP|CHF|CAD|AUD|CNY|RMB|JPY|TWD|NT\$|[€$£¥₹]
)(?!{LETTER}|['’]))"""
AMOUNT = rf"{NUMBER}(?:[kKMB](?!{LETTER}))?(?:[\ \u00a0\u202f]?{UNIT})?+"

WORDS = rf"""
    [A-Za-z][A-Za-z0-9+.-]{{1,15}}+://{ADDRESS} | (?:mailto:|www\.){ADDRESS}
  | (?<![.%+-])[A-Za-z0-9._%+-]{{1,64}}+@[A-Za-z0-9-]{{1,63}}+(?:\.[A-Za-z0-9-]{{1,63}}+){{1,8}}+
  | (?<![@.-])(?:[A-Za-z0-9-]{{1,63}}+\.){{1,5}}{DOMAIN}(?!{LETTER}|[@-]|\.\w)(?:[/?\#]{ADDRESS})?
  | [A-Za-z]:\\[^\s<>:"|?*]{{0,260}}+(?<![.,;!)])
  | (?<![./-])(?:[A-Za-z0-9_.+-]{{1,100}}+/){{0,20}}+
    [A-Za-z0-9_+-]{{1,100}}+(?:\.[A-Za-z0-9_+-]{{1,40}}){{0,4}}?\.{FILE}(?!{LETTER}|-|\.\w)
"""
# A model's own tokens look like tags, so a user's `<ph0>` or `</s>` is kept like any other tag.
MARKUP = r"""
    (?<!`)(?P<tick>`{1,3})(?!`)[^`\n]{1,500}+(?P=tick)(?!`)
  | <!--(?:[^<>\n-]|-(?!->)){0,500}+-->
  | </?+[A-Za-z0-9][\w:.-]{0,40}+(?:\s[^<>=]{0,100}+=[^<>]{0,1000}+)?+\s?/?>
  | <%[^<>\n]{0,200}+>
  | &(?:[A-Za-z][A-Za-z0-9]{1,31}+|\#\d{1,7}+|\#[xX][0-9A-Fa-f]{1,6}+);
"""
# Of Python, C, Qt, Java, shell, Jinja, and messages of their kin.
TEMPLATES = rf"""
    \{{\{{[^{{}}\n]{{0,100}}+\}}\}} | \{{%[^{{}}\n]{{0,200}}+\}} | [$\#]\{{[^{{}}\n]{{1,100}}+\}}
  | \{{\ ?[\w.:,!\[\]+-]{{0,60}}+\ ?\}}
  | %\([\w.]{{1,60}}+\)[\#0+-]{{0,3}}\d{{0,3}}(?:\.\d{{1,3}})?[a-zA-Z]
  | %(?:\d{{1,2}}\$)?[\#0+-]{{0,3}}(?:\d{{1,3}}|\*)?(?:\.(?:\d{{1,3}}|\*))?(?:hh?|ll?|[Lzjt])?
    [sdiuoxXfFeEgGcpqn@](?!{LETTER})
  | %[A-Z][A-Z0-9_]{{1,40}}+% | %L?\d{{1,2}}(?!{LETTER}) | %%
  | \$[A-Za-z_]\w{{0,60}}+ | (?<!\w)__\w{{1,60}}?__(?!\w)
"""
SOCIAL = rf"""
    (?<![\w/.~<])(?:~|\.{{1,2}})?(?:/\.?[A-Za-z0-9_+@~-]{{1,100}}+(?:\.[A-Za-z0-9_+@~-]{{1,40}}+){{0,5}}+){{1,30}}+/?
  | (?<![\w@])@\w{{1,60}}+ | (?<![\w&\#])\#(?:[^\#\s，。！？]{{1,40}}+\#(?!\w)|\w{{1,100}}+)
  | {EMOJI}++
  | (?<!\w)[:;=](?:['^o-]?[DPpOo3])(?!\w) | (?<!\d)[:;=]['^-]?[)(\]\[|/\\*]{{1,10}}+(?!\w)
  | </?3(?!\d) | \^_{{0,3}}\^ | -_- | >\.< | ¯\\_\(ツ\)_/¯
"""
NUMBERS = rf"""
    (?<!\w)\+\d{{1,3}}(?:[\ ()/.-]{{1,2}}\d{{1,12}}+){{1,7}}+(?!{LETTER})
  | \d{{4}}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d(?:\.\d{{1,9}})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!{LETTER})
  | (?<!\w[-.])(?:[vV]\d++(?:\.\d++)*+|\d++(?:\.\d++){{2,}}+)(?:[-+][A-Za-z0-9.]{{1,30}}+)?+
    (?<!\.)(?!{LETTER})
  | (?<!\w[-.,:])(?:[+−-]?(?:[€$£¥₹]|[A-Z]{{1,3}}\$|EUR|USD|GBP|CHF)?\ ?(?<![+−-]\ ))?
    {AMOUNT}(?:[-–−/:×x]{AMOUNT})*+(?!-?+{LETTER}|月)
  | (?<!\w[-.,:])(?:\d{{1,4}}[A-CE-Zabcfg]|\d{{1,2}}h\d\d)(?!{LETTER}|['’-])
"""

# The looks ahead only spare trying what cannot begin here.
SPAN = re.compile(
    rf"""
    (?<!{LETTER})(?=[A-Za-z0-9_%+-]{{1,100}}+(?:[@/:\\]|\.\w))(?:{WORDS})
  | (?<!\w)(?:[xX]D++|[oO]_[oO]|T_T)(?!\w)
  | (?=[`<&])(?:{MARKUP})
  | (?=[{{$#%_])(?:{TEMPLATES})
  | (?=[^\w\s,!?'")(])(?:{SOCIAL}) | [0-9]\ufe0f?\u20e3
  | (?<!{LETTER})(?=[\d+−€$£¥₹vVA-Z-])(?:{NUMBERS})
    """,
    re.VERBOSE,
)

# Most sentences have no span: none without one of these.
HINT = re.compile(rf"[\d<{{$%@#/\\&`_^]|[:;=]\S|[xX]D|-_-|>\.|\.\w|{FLAG}|{PICTOGRAPH}|¯")

PLACEHOLDER = re.compile(r"<ph(\d{1,9})>")
CALENDAR_UNITS = "年月日点分"
# Scripts that put no space between words.
UNSPACED = re.compile(rf"[{CJK}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


@dataclass(slots=True, frozen=True)
class Run:
    """A stretch of a text, to be translated or to be kept."""

    text: str
    protected: bool


@dataclass(slots=True, frozen=True)
class Shown:
    """Where a text is to be kept, `start` to `end`, and what stands there then."""

    start: int
    end: int
    text: str


@dataclass(slots=True, frozen=True)
class Span:
    """What a placeholder stands for, and the characters that touched it: empty at the ends of the text."""

    text: str
    before: str
    after: str


@dataclass(slots=True, frozen=True)
class Protected:
    """A text for a model: `spans[n]` stands as `<phn>` in it."""

    text: str
    spans: list[Span]


def runs(text: str) -> list[Run]:
    """The text as alternating runs to translate and to keep; joined they are the text again.

    Spans that touch are one run: `<b>{name}</b>` comes back in one piece whatever the model does.
    """
    if not text or not HINT.search(text):
        return [Run(text, False)] if text else []
    result: list[Run] = []
    start = end = 0  # of the spans that touch each other up to here
    for match in SPAN.finditer(text):
        if match.start() > end:
            result += [Run(text[start:end], True), Run(text[end : match.start()], False)]
            start = match.start()
        end = match.end()
    result += [Run(text[start:end], True), Run(text[end:], False)]
    return [run for run in result if run.text]


def joined(parts: list[Run]) -> list[Run]:
    """The runs without empty ones, those of a kind that touch in one."""
    kinds = groupby((part for part in parts if part.text), key=lambda part: part.protected)
    return [Run("".join(part.text for part in group), protected) for protected, group in kinds]


def replaced(parts: list[Run], found: list[Shown]) -> list[Run]:
    """The runs with what was found in their text among what is kept, as it is to be shown: of such as overlap the first
    and longest, and none that parts a kept run. A space goes between two that touch, as they do in Chinese alone. What
    begins the text has a capital if the text has one."""
    text = "".join(part.text for part in parts)
    starts = accumulate((len(part.text) for part in parts), initial=0)
    kept = [
        Shown(at, at + len(part.text), part.text) for at, part in zip(starts, parts, strict=False) if part.protected
    ]
    spans: list[Shown] = []
    place = passed = 0  # in the text, and among the kept
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start < place:
            continue
        while passed < len(kept) and kept[passed].end <= one.start:
            spans.append(kept[passed])
            passed += 1
        within = passed
        while within < len(kept) and kept[within].start < one.end:
            within += 1
        if within > passed and (kept[passed].start < one.start or kept[within - 1].end > one.end):
            continue
        spans.append(one)
        place, passed = one.end, within
    finer: list[Run] = []
    place = 0
    for span in [*spans, *kept[passed:]]:
        shown = span.text if span.start or not text[0].isupper() else span.text[0].upper() + span.text[1:]
        touching = finer and span.start == place and finer[-1].text[-1].isalnum() and shown[0].isalnum()
        finer += [Run(text[place : span.start], False), Run(" " * bool(touching) + shown, True)]
        place = span.end
    return joined([*finer, Run(text[place:], False)])


def protect(parts: list[Run]) -> Protected | None:
    """Replace what is protected by placeholders, numbered as they occur; None if there are more than a model knows.

    Protect first and normalise `Protected.text` then: normalising keeps placeholders, and would alter a span.
    """
    if sum(run.protected for run in parts) > len(PLACEHOLDER_TOKENS):
        return None
    spans: list[Span] = []
    masked: list[str] = []
    for index, run in enumerate(parts):
        if not run.protected:
            masked.append(run.text)
            continue
        masked.append(PLACEHOLDER_TOKENS[len(spans)])
        before = parts[index - 1].text[-1] if index else ""
        after = parts[index + 1].text[0] if index + 1 < len(parts) else ""
        spans.append(Span(run.text, before, after))
    return Protected("".join(masked), spans)


def restore(translation: str, spans: list[Span]) -> str | None:
    """Put the spans back; None if the model lost, invented or doubled a placeholder.

    White space beside a span is the model's, mended where the source leaves no doubt.
    """
    # Texts stand at even places, numbers of placeholders at odd ones.
    parts = PLACEHOLDER.split(translation)
    numbers = [int(number) for number in parts[1::2]]
    if sorted(numbers) != list(range(len(spans))):
        return None
    result = parts[0]
    for place, number in enumerate(numbers):
        span = spans[number]
        result, following = without_double(result, parts[2 * place + 2], span.text)
        if not following.strip() and place + 1 < len(numbers):
            neighbour = spans[numbers[place + 1]].text[0]
        else:
            neighbour = following.lstrip()[:1]
        head, rest = result.rstrip(), following.lstrip()
        gap = left_gap(result[len(head) :], head[-1:], span)
        result = head + gap + span.text
        result += right_gap(following[: len(following) - len(rest)], neighbour, span) + rest
    return result


def without_double(before: str, after: str, shown: str) -> tuple[str, str]:
    """What stands around a span, without what the model wrote twice: the word that a date or a time begins with ("at at
    7:30"), and in Chinese a unit behind its last."""
    head = before.rstrip()
    word, space, _ = shown.partition(" ")
    if space and word.isalpha() and head.lower().endswith(word.lower()) and not head[: -len(word)][-1:].isalnum():
        before = head[: -len(word)]
    return before, after.lstrip(CALENDAR_UNITS) if shown[-1] in CALENDAR_UNITS else after


def carried(translation: str, parts: list[Run]) -> str | None:
    """The translation, if what is protected of the source stands in it unchanged and as often; else None. For models
    that know no placeholders."""
    wanted = Counter(part.text for part in parts if part.protected)
    for text, times in wanted.items():
        # "2" does not stand in "12", nor in "2.5".
        head = r"(?<![A-Za-z0-9])(?<!\d[.,])" if text[0].isalnum() else ""
        tail = r"(?![A-Za-z0-9])(?![.,]\d)" if text[-1].isalnum() else ""
        if len(re.findall(head + re.escape(text) + tail, translation)) < times:
            return None
    return translation


def left_gap(gap: str, neighbour: str, span: Span) -> str:
    """The white space between a character of the translation and the span behind it, `gap` if in doubt."""
    if neighbour and neighbour in "([{¿¡„“‚（《「【":
        return ""
    if neighbour in {".", ",", ";", ":", "!", "?", ")", "]", "}"} and span.before.isspace():
        return gap or " "
    return side_gap(gap, neighbour, span.before, span)


def right_gap(gap: str, neighbour: str, span: Span) -> str:
    """The white space between a span and the character of the translation behind it, `gap` if in doubt."""
    if neighbour and neighbour in ".,)]}…”、。，）》」】":
        return ""
    if neighbour and neighbour in ";:!?»":
        return gap  # French puts a space before these, so the model knows better
    if neighbour in {"(", "[", "{"} and span.after.isspace():
        return gap or " "
    return side_gap(gap, neighbour, span.after, span)


def side_gap(gap: str, neighbour: str, source: str, span: Span) -> str:
    """`neighbour` is the next character in the translation, `source` the one that touched the span."""
    if not neighbour:
        return gap
    if not neighbour.isalnum():
        return "" if neighbour == source else gap
    if source.isalnum() and not UNSPACED.match(source):
        # `<b>word</b>` is tight in every language; `{n}th` is not.
        return "" if span.text.startswith("<") and span.text.endswith(">") else gap
    apart = not source or source.isspace() or source in ".,;:!?" or source.isalnum()
    return gap or " " if apart and not UNSPACED.match(neighbour) else gap
