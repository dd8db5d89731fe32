"""The common ground of SubRip and WebVTT: the words of cues are texts; numbers, times, settings and tags stay in their
places.

A sentence that runs over several lines or cues is one text. Its translation is laid out over the same lines and cues.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from webvtt.models import Caption

from app.formats.document import Document, FormatError
from app.formats.layout import SENTENCE_END
from app.formats.passages import Composite, compose
from app.formats.tokens import FLOWING, SOFT, Kind, Token, Writer, remembered

LINE_END = re.compile(r"\r\n|\r|\n")
PAUSE_MS = 4_000  # between two cues: then no sentence goes on
# Where most cues end with a full stop, one without goes on in the next cue even before a capital.
PUNCTUATED_CUES, PUNCTUATED_SHARE = 10, 0.6

TOKEN = re.compile(
    r"""
    (?P<line>\r\n|\r|\n|\\N)
  | (?P<time><\d[\d:.]{0,20}>)
  | (?P<voice></?v(?:[.\s][^<>\r\n]{0,200}+)?>)
  | (?P<tag></?(?P<name>[A-Za-z]\w{0,20}+)(?:[^\w<>\r\n][^<>\r\n]{0,300}+)?>)
  | (?P<style>\{\\(?P<letter>[ibus])(?P<on>[01])\})
  | (?P<mark>\{\\[^{}\r\n]{0,200}+\})
  | (?P<note>[♪♫]+)
  | (?P<entity>&(?:amp|lt|gt|nbsp|quot|apos|lrm|rlm|\#\d{1,7}|\#x[0-9A-Fa-f]{1,6});)
    """,
    re.VERBOSE,
)
# At the beginning of a line: a dash of a speaker, and the name of one in capitals. Captions of sounds stand at its
# beginning or fill the rest of it.
DASH = re.compile(r"\s{0,9}[-–—](?:\s{0,3})(?=[^\s-])")
DASH_BEHIND = re.compile(r"(?<=[.!?。！？…\])）】])(?=\s{1,9}[-–—]\s{0,3}[^\s-])")  # where another speaker answers
SPEAKER = re.compile(r"\s{0,9}(?P<name>[^\W\d_][\w .'’&#-]{0,30}?)[ \u00a0\u202f]?[:：](?:\s{1,9}|\Z)")
SOUND = re.compile(r"\s{0,9}([\[(（【])([^\[\]()（）【】]{1,200})([\])）】])(:?)")
SOUND_BEHIND = re.compile(r"(?<=[.!?。！？…])\s{1,9}([\[(（【])([^\[\]()（）【】]{1,200})([\])）】])\s{0,9}\Z")


class Line(str):
    """A line that knows where it stands: the parsers hand on the lines they are given."""

    start: int = -1

    @classmethod
    def at(cls, text: str, start: int) -> Line:
        line = cls(text)
        line.start = start
        return line


def lines_of(source: str) -> list[Line]:
    lines: list[Line] = []
    start = 0
    for match in LINE_END.finditer(source):
        lines.append(Line.at(source[start : match.start()], start))
        start = match.end()
    return [*lines, Line.at(source[start:], start)]


def document(source: str, captions: Sequence[Caption], *, entities: bool) -> Document:
    """The document whose cues a parser found in `lines_of(source)`; `entities`: whether & and < are escaped in it."""
    cues: list[tuple[Caption, int, int]] = []
    for caption in captions:
        lines = [line for line in caption.lines if isinstance(line, Line) and line.start >= 0]
        if lines:
            cues.append((caption, lines[0].start, lines[-1].start + len(lines[-1])))
    ended = sum(bool(SENTENCE_END.search(source[start:end].rstrip()[-20:])) for _, start, end in cues)
    flowing = len(cues) >= PUNCTUATED_CUES and ended >= PUNCTUATED_SHARE * len(cues)
    tokens: list[Token] = []
    place = 0
    trail = voice = ""
    previous: Caption | None = None
    for caption, start, end in cues:
        if start < place:
            raise FormatError(f"Cannot tell the cues apart at {caption.start}: put an empty line between them.")
        lead, words, after, speaker = cue_tokens(source[start:end], entities=entities)
        between = trail + source[place:start] + lead
        same = speaker == voice or not speaker
        joined = previous is not None and same and pause(previous, caption) <= PAUSE_MS
        tokens.append(Token(Kind.BORDER if joined else Kind.BREAK, between, name=FLOWING if flowing else ""))
        tokens += words
        place, trail, voice, previous = end, after, speaker, caption
    tokens.append(Token(Kind.BREAK, trail + source[place:]))
    return Composite(compose(tokens, escaping(entities=entities)))


def pause(before: Caption, after: Caption) -> int:
    return int(after.start_time.in_milliseconds() - before.end_time.in_milliseconds())


def cue_tokens(source: str, *, entities: bool) -> tuple[str, list[Token], str, str]:
    """The tags of a voice in front of a cue, its tokens, those behind it, and the voice."""
    tokens: list[Token] = []
    start = 0
    for match in LINE_END.finditer(source):
        tokens += [*line_tokens(source[start : match.start()], entities), Token(Kind.LINE, match.group(), name=SOFT)]
        start = match.end()
    tokens += line_tokens(source[start:], entities)
    first, last = 0, len(tokens)
    while first < last and tokens[first].name == "v":
        first += 1
    while last > first and tokens[last - 1].name == "v":
        last -= 1
    lead = "".join(t.source for t in tokens[:first])
    return lead, tokens[first:last], "".join(t.source for t in tokens[last:]), lead


def line_tokens(source: str, entities: bool) -> list[Token]:
    """The tokens of a line: a speaker's dash and name and the brackets around a sound are no words."""
    tokens: list[Token] = []
    start = 0
    if dash := DASH.match(source):
        start = dash.end()
        answer = DASH_BEHIND.search(source, start)
        if answer:
            return [*line_tokens(source[: answer.start()], entities), *line_tokens(source[answer.start() :], entities)]
        tokens.append(Token(Kind.BREAK, dash.group()))
    while sound := SOUND.match(source, start):
        tokens += bracketed(sound, entities)
        start = sound.end()
    speaker = SPEAKER.match(source, start)
    if speaker and speaker["name"].isupper() and not source[speaker.end() :].isupper():
        tokens.append(Token(Kind.BREAK, speaker.group()))
        start = speaker.end()
    if behind := SOUND_BEHIND.search(source, start):
        return [*tokens, *scan(source[start : behind.start()], entities), *bracketed(behind, entities)]
    return [*tokens, *scan(source[start:], entities)]


def bracketed(sound: re.Match[str], entities: bool) -> list[Token]:
    whole = sound.group()
    inner = sound.start(2) - sound.start()
    end = sound.end(2) - sound.start()
    return [Token(Kind.BREAK, whole[:inner]), *scan(whole[inner:end], entities), Token(Kind.BREAK, whole[end:])]


def scan(source: str, entities: bool) -> list[Token]:
    tokens: list[Token] = []
    start = 0
    for match in TOKEN.finditer(source):
        if match.start() > start:
            words = source[start : match.start()]
            tokens.append(Token(Kind.WORDS, words, words))
        tokens.append(token(match, entities))
        start = match.end()
    rest = source[start:]
    return [*tokens, Token(Kind.WORDS, rest, rest)] if rest else tokens


def token(match: re.Match[str], entities: bool) -> Token:
    source = match.group()
    if match["line"]:
        return Token(Kind.LINE, source, name=SOFT)
    if match["voice"]:
        return Token(Kind.BREAK, source, name="v")
    if match["tag"]:
        return Token(Kind.CLOSE if source[1] == "/" else Kind.OPEN, source, name=match["name"].lower())
    if match["style"]:
        return Token(Kind.OPEN if match["on"] == "1" else Kind.CLOSE, source, name="\\" + match["letter"])
    if match["note"]:
        return Token(Kind.BREAK, source)
    if match["entity"]:
        plain = html.unescape(source) if entities else source
        return (
            Token(Kind.WORDS, source, plain)
            if len(plain) == 1 and plain.isprintable() | plain.isspace()
            else Token(Kind.EMPTY, source)
        )
    return Token(Kind.MARK if match["mark"] else Kind.EMPTY, source)


def escaping(*, entities: bool) -> Callable[[Sequence[Token]], Writer]:
    """No word of a translation may look like a tag or a time, or end a cue by an empty line."""

    def factory(tokens: Sequence[Token]) -> Writer:
        ampersand = any("&" in t.plain and t.source == t.plain for t in tokens)

        def escape(words: str) -> str:
            words = LINE_END.sub(" ", words).replace("-->", "→")
            if entities:
                words = (words if ampersand else words.replace("&", "&amp;")).replace("<", "&lt;")
            return words

        return remembered(tokens, escape)

    return factory
