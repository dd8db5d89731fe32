"""How a sentence goes into a translator and comes out: script, placeholders, tokens, frame.

Our translators read spans as placeholders. Hugging Face models, which have a prompt format, know none: they read a
sentence with the replacements of its spans, and a translation counts only if it has every one of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from app.engine.messages import ModelInfo, ScoredTokens
from app.text.characters import CJK
from app.text.glossary import Matcher
from app.text.marks import MARKS, with_marks_of
from app.text.normalize import fold
from app.text.projection import Alignment, Offsets, Stretch
from app.text.prompt_format import PromptFormat
from app.text.restore import carried, restore
from app.text.rules.rule import Languages
from app.text.sentence import PLACEHOLDER, Sentence, analyse
from app.text.spans import GIVEN
from app.text.tokenizer import EOS, PLACEHOLDER_TOKENS, Tokenizer, target_tag

REPLACEMENT_CHARACTER = "\ufffd"  # a tokenizer writes it for the first bytes of a character
FEWEST_CAPITALS, LONG_CAPITALS = 4, 8  # of a word that may be no abbreviation, and of one that is none
CORNERS = str.maketrans("「」『』", '""""')  # quotation marks that models of spaced languages have not read
# The mark that opens a quotation or a bracket, or a placeholder, before a word; and what a model may write for them.
OPENED = re.compile(rf"((?<!\S)[\"“„«‘'(\[]|<ph\d+>)([^\W\d_{CJK}]+)")
OPENED_APART = re.compile(r"(?<!\S)([(\[„“]) (?=\w)")
# A slash between two words that are no abbreviations, and with spaces around it.
SLASHED = re.compile(r"(?<=[^\W\d_][^\WA-Z\d_])/(?=[^\W\d_][^\WA-Z\d_])")
DOTTED = re.compile(r"(?<![\w.])(?:[A-Z]\.){2,5}(?!\w)")  # U.S.
SLASHED_APART = re.compile(r"(?<=\w) ?/ ?(?=\w)")
FRAME_TOKENS = 2  # of our models: the target tag and the end of the sentence
Convert = Callable[[str], str]


class EncodedSentence:
    """The tokens of a sentence, and where they stand in its text."""

    def __init__(
        self, tokenizer: Tokenizer, sentence: Sentence, text: str, prompt: str = "", *, placeholders: bool
    ) -> None:
        """`text` is the sentence as the model reads it, after the prompt, with placeholders or with the replacements of
        its spans."""
        self.tokenizer, self.sentence = tokenizer, sentence
        text = prompt + text
        read, places = as_read(text, tokenizer) if placeholders else (text, range(len(text) + 1))
        self.tokens, offsets = tokenizer.encode_with_offsets(read, placeholders=placeholders)
        last = len(places) - 1  # a tokenizer may make a text longer
        self.starts = [places[min(start, last)] for start, _ in offsets]
        self.ends = [places[min(end, last)] for _, end in offsets]
        # By how much the model's text is shorter after each span.
        self.span_ends, self.shifts = [0], [-len(prompt)]
        for number, span in enumerate(sentence.merged):
            read = f"<ph{number}>" if placeholders else span.replacement
            self.span_ends.append(span.end)
            self.shifts.append(self.shifts[-1] + span.end - span.start - len(read))

    def tokens_between(self, start: int, end: int) -> list[int]:
        """The tokens that share a character with a stretch without spans."""
        shift = self.shifts[bisect_right(self.span_ends, start) - 1]
        return self.tokens[bisect_right(self.ends, start - shift) : bisect_left(self.starts, end - shift)]

    def stretches(self) -> list[Stretch]:
        """Where each token stands in the sentence's text; a placeholder stands for its whole span."""
        masked_ends = [end - shift for end, shift in zip(self.span_ends, self.shifts, strict=True)]  # after each span
        spans = self.sentence.merged

        def place_of(place: int, *, is_end: bool) -> int:
            behind = bisect_right(masked_ends, place) - 1  # spans that end before it
            if behind < len(self.shifts) - 1 and place > spans[behind].start - self.shifts[behind]:
                return spans[behind].end if is_end else spans[behind].start
            return max(place + self.shifts[behind], 0)

        return [
            Stretch(place_of(start, is_end=False), place_of(end, is_end=True))
            for start, end in zip(self.starts, self.ends, strict=True)
        ]

    def pieces(self, start: int, end: int) -> int:
        is_behind_space = start > 0 and self.sentence.text[start - 1] == " "
        return len(self.tokens_between(start - is_behind_space, end))  # the space may be a token of its own

    def is_spelled(self, start: int, end: int) -> bool:
        return self.tokenizer.unknown not in self.tokens_between(start, end)

    def pieces_of(self, word: str) -> int:
        return len(self.tokenizer.encode(fold(word)))

    @property
    def is_complete(self) -> bool:
        return self.tokenizer.unknown not in self.tokens


def as_read(text: str, tokenizer: Tokenizer) -> tuple[str, list[int]]:
    """The text with the words that marks hide from the model as it knows them, and for each place of it, the last
    included, that of the given text. A word is one token with the space before it: without, behind an opening mark,
    "Stop" may be the two of "St" and "op", and behind a slash a model lets a word stand. Of "U.S." it may know "US"."""
    edits = [
        (match.end(1), match.end(1), " ")
        for match in OPENED.finditer(text)
        if len(tokenizer.encode(f"{match[1]} {match[2]}")) < len(tokenizer.encode(match.group()))
    ]
    edits += [(place, place, " ") for match in SLASHED.finditer(text) for place in match.span()]
    for match in DOTTED.finditer(text):
        letters = match.group().replace(".", "")
        if len(tokenizer.encode(letters)) == 1:
            edits.append((*match.span(), letters + "." * (match.end() == len(text))))
    read, places, last = "", list[int](), 0
    for start, end, written in sorted(edits):
        read += text[last:start] + written
        places += range(last, start)
        places += [start] * len(written)
        last = end
    return read + text[last:], [*places, *range(last, len(text) + 1)]


@dataclass(slots=True, frozen=True)
class ModelInput:
    """One direction of a translator: `offered` is the model's code for the target. `convert` and `convert_back` are
    conversions between scripts, where the model's differs from the client's. `terms` are the request's; with
    `reads_terms` the model may write their translations itself."""

    info: ModelInfo
    tokenizer: Tokenizer
    languages: Languages
    offered: str
    convert: Convert | None = None
    convert_back: Convert | None = None
    prompt_format: PromptFormat | None = None
    terms: Matcher | None = None
    reads_terms: bool = True

    @property
    def knows_placeholders(self) -> bool:
        return self.prompt_format is None

    @property
    def max_tokens(self) -> int:
        """The most tokens of a sentence that the model takes, without the frame around them."""
        return self.info.max_tokens - (self.prompt_format.extra if self.prompt_format else FRAME_TOKENS)

    def analyse(self, text: str) -> Sentence:
        """A sentence with the spans of its text and those of the request's terms."""
        sentence = analyse(text, self.convert)
        if self.knows_placeholders and not sentence.spans and is_capital_word(sentence.text):
            calmed = self.tokenizer.encode(fold(calm(sentence.text)))
            pieces = len(self.tokenizer.encode(fold(sentence.text)))
            is_known = 2 * len(calmed) <= pieces or (len(sentence.text) >= LONG_CAPITALS and len(calmed) < pieces)
            sentence = replace(sentence, is_calmed=is_known)
        return sentence.with_spans(self.terms.spans(sentence)) if self.terms is not None else sentence

    def in_script(self, sentence: Sentence) -> Sentence:
        """The sentence with what rules wrote for its spans in the client's script. What the source or a glossary has
        stays as it is."""
        if self.convert_back is None:
            return sentence
        convert = self.convert_back
        return replace(
            sentence,
            spans=tuple(
                replace(span, replacement=convert(span.replacement))
                if span.kind != GIVEN and sentence.is_rewritten(span)
                else span
                for span in sentence.spans
            ),
        )

    def given(self, text: str) -> list[str]:
        """The translations that the request gives for the terms of a sentence."""
        if self.terms is None:
            return []
        return [span.replacement for span in self.analyse(text).spans if span.kind == GIVEN]

    def encode(self, sentence: Sentence) -> EncodedSentence:
        """The tokens of a sentence, with placeholders for its spans if the model knows them, else with their
        replacements, and in lower case if it is shouted."""
        text = fold(sentence.masked if self.knows_placeholders else sentence.shown)
        text = text.translate(CORNERS) if self.languages.source.spaced else text
        prompt = self.prompt_format.prompt if self.prompt_format else ""
        text = calm(text) if sentence.is_shouted else text
        return EncodedSentence(self.tokenizer, sentence, text, prompt, placeholders=self.knows_placeholders)

    def can_read(self, sentence: Sentence, encoding: EncodedSentence) -> bool:
        if self.knows_placeholders:
            is_readable = len(sentence.merged) <= len(PLACEHOLDER_TOKENS)
        else:
            is_readable = not sentence.spans or not sentence.is_shouted  # a span would be lower-cased too
        return is_readable and encoding.is_complete and len(encoding.tokens) <= self.max_tokens

    def framed(self, tokens: list[int]) -> list[int]:
        """The model's whole input, from the tokens of the text."""
        if self.prompt_format is not None:
            return self.prompt_format.frame(tokens)
        return [self.tokenizer.id_of(target_tag(self.offered)), *tokens, EOS]

    def decode(self, tokens: list[int], sentence: Sentence, is_complete: bool = True) -> str:
        """The text of a translation with its placeholders, in the client's script, in capitals if the source is. An
        incomplete translation loses the marks at its end."""
        text = OPENED_APART.sub(r"\1", self.tokenizer.decode(tokens))
        if SLASHED.search(sentence.text) and " / " not in sentence.text:
            text = SLASHED_APART.sub("/", text)
        if is_complete:
            text = with_marks_of(text, " ".join(sentence.stretches), self.languages.target)
        else:
            text = text.rstrip(REPLACEMENT_CHARACTER).rstrip(MARKS).rstrip()
        if self.convert_back is not None:
            text = self.convert_back(text)
        return shout(text) if sentence.is_shouted else text

    def alignment(self, encoding: EncodedSentence, found: ScoredTokens, translation: str) -> Alignment:
        """The alignment of a translation's tokens with the tokens of the sentence's text, without the frame of the
        source and the end of the translation."""
        first = self.framed_before
        count = len(encoding.tokens)
        rows = [row[first : first + count] for row in found.attention]
        places = [0, *(len(self.tokenizer.decode(found.tokens[: n + 1])) for n in range(len(rows)))]
        decoded = self.tokenizer.decode(found.tokens)
        offsets = Offsets(decoded, translation, self.anchors(decoded, encoding.sentence))
        target = [Stretch(offsets.of(start), offsets.of(end)) for start, end in pairwise(places)]
        return Alignment(encoding.stretches(), target, rows)

    def anchors(self, decoded: str, sentence: Sentence) -> list[tuple[int, int, str]]:
        """Where the placeholders of a translation stand, and the replacements of their spans."""
        spans = sentence.joined if self.knows_placeholders else []
        return [
            (match.start(), match.end(), spans[int(match[1])].replacement)
            for match in PLACEHOLDER.finditer(decoded)
            if int(match[1]) < len(spans)
        ]

    @property
    def gives_alignment(self) -> bool:
        """Whether the model tells where it looked. Hugging Face models do not."""
        return self.prompt_format is None

    @property
    def framed_before(self) -> int:
        """The number of tokens that the frame puts before those of a text."""
        return len(self.prompt_format.before) if self.prompt_format is not None else 1

    def restore(self, translation: str, sentence: Sentence) -> str | None:
        """The translation with all spans of the sentence; None if the model lost one."""
        if self.prompt_format is not None:
            return carried(translation, sentence)
        return restore(translation, sentence, self.languages.target)


def is_capital_word(text: str) -> bool:
    return len(text) >= FEWEST_CAPITALS and text.isalpha() and text.isupper()


def calm(text: str) -> str:
    """In lower case, with a capital at the beginning. Placeholders are lower case anyway."""
    return text[:1] + text[1:].lower()


def shout(text: str) -> str:
    """In capitals but for the placeholders."""
    return re.sub(r"<PH(\d+)>", r"<ph\1>", text.upper())
