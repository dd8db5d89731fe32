"""Sentences of one text on their way through a translator, and back into one text. Knows neither HTTP nor torch."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.engine.client import EngineClient
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import off_loop, together
from app.text.chinese import simplified, traditional
from app.text.decode_options import DecodeOptions
from app.text.languages.codes import unspaced
from app.text.normalize import normalize
from app.text.prompt_format import Reading
from app.text.rules.dates import MONTHS, dates
from app.text.rules.names import with_names
from app.text.rules.numbers import same_numbers, unmasked
from app.text.rules.times import times
from app.text.segment import pieces
from app.text.spans import PLACEHOLDER, UNSPACED, Run, carried, protect, replaced, restore, runs
from app.text.tokenizer import EOS, Tokenizer, target_tag

FEWEST_SHOUTED = 6  # letters
RARE_PIECES = 3  # tokens of a word that a model may not know
RARER_PIECES = 5  # of one that begins a sentence, in lower case too
LONGEST_TOKEN = 16  # characters; hardly any has more
# By how much a translation must be likelier, in log probability a token, for such words to be kept: more in Chinese,
# which writes names in its own characters.
SURER, SURER_IN_CHINESE = 0.1, 0.2
UNMASKED = 0.05  # by how much less likely numbers that are read may be than masked ones
# No names, though English writes them so.
CALENDAR = re.compile(rf"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|{'|'.join(MONTHS['en'])}")
WORD_START = re.compile(r"(?<=\s)(?=\S)|(?<=[\u4e00-\u9fff])(?=\S)|(?<=\S)(?=[\u4e00-\u9fff])")
# Keys, hashes, keyboards with a cat on them; a dozen times the same letter. Scripts without spaces have long words.
OVERLONG = re.compile(
    r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff]{50}|([^\W\d_\u2e80-\U0003ffff])\1{11}"
)
NARROW = str.maketrans("，。！？；：（）", ",.!?;:()")
CLAUSE_MARKS = {",": "，", ";": "；", ":": "："}  # and how Chinese has them


@dataclass(slots=True, frozen=True)
class Version:
    """A way in which a model may read a sentence."""

    parts: list[Run]
    numbers: bool = False  # whether numbers are among its words
    handicap: float = 0.0  # by how much its translation must be likelier, in log probability a token


@dataclass(slots=True)
class Found:
    """A translation, and its mean log probability a token, where the model gave it as a whole."""

    text: str
    score: float = 0.0


@dataclass(slots=True)
class SentenceTranslator:
    """Translates the sentences of one request, from `source` to `target`, which the model knows as `spoken` and
    `offered`: one that offers `zh` reads and writes Simplified Chinese.

    Our models read what is protected as placeholders. Others, which have a `reading`, know none: they read the sentence
    as it is, and a translation counts only if everything protected stands in it.
    """

    engine: EngineClient
    info: ModelInfo
    tokenizer: Tokenizer
    source: str
    target: str
    spoken: str
    offered: str
    options: DecodeOptions
    reading: Reading | None = None

    async def sentence(self, text: str, on_begun: Callable[[str], None] | None = None) -> str:
        """A sentence, or a piece of one, without losing anything of it: what has nothing to translate comes back as
        it is, what is too long goes in pieces, and what the model cannot carry over is put around it."""
        parts, versions = await off_loop(text, lambda: self.versions_of(text))
        if not versions:
            return shown(parts)
        if len(versions) == 1:
            results = [await self.whole(text, versions[0], on_begun)]
        else:
            results = await together([self.whole(text, version) for version in versions])
        rated = [
            (found.score - version.handicap, found.text)
            for found, version in zip(results, versions, strict=True)
            if found
        ]
        return max(rated, key=itemgetter(0))[1] if rated else await self.in_parts(text, parts)

    def versions_of(self, text: str) -> tuple[list[Run], list[Version]]:
        """The runs of a sentence, and how the model may read them: what is protected kept, or, where the sentence fits
        the model as a whole, words kept as well that may be names, and numbers read."""
        parts, others = (runs(text), []) if self.reading is not None else self.kept_runs(text)
        if not any(speaks(part) for part in parts):
            return parts, []
        versions = [Version(kept) for kept in (parts, *others)]
        if self.reading is not None:
            return parts, versions
        named = self.with_names(text, parts)
        if named != parts and self.count(text) <= self.most:
            versions.append(Version(named, handicap=SURER_IN_CHINESE if unspaced(self.target) else SURER))
        for version in versions[:]:
            words = unmasked(version.parts)
            if words == version.parts:
                continue
            tokens = self.read(text, words)
            if len(tokens) <= self.most and self.tokenizer.unknown not in tokens:
                versions.append(Version(words, True, version.handicap - UNMASKED))
        return parts, versions

    def kept_runs(self, text: str) -> tuple[list[Run], list[list[Run]]]:
        """The runs of a sentence, its dates and times as the target has them, and other ways to have them: Chinese says
        in a word of its own which half of the day it is."""
        parts = runs(text)
        source, target = self.source.partition("-")[0], self.target.partition("-")[0]
        days, hours = dates(text, source, target), times(text, source, target)
        dated = replaced(parts, days) if days else parts
        timed = replaced(parts, [*days, *hours]) if hours else dated
        return timed, [dated] if hours and unspaced(source) else []

    async def whole(self, text: str, version: Version, on_begun: Callable[[str], None] | None = None) -> Found | None:
        """The translation with all that is protected, and every number; None where the model cannot carry it over."""
        parts = version.parts
        shouted, bare = is_shouted(parts), not version.numbers and not any(part.protected for part in parts)
        masking = await off_loop(text, lambda: self.masking(text, parts))
        if masking is None or (self.reading is not None and shouted and not bare):
            return None
        masked, restored = masking
        tokens = await off_loop(text, lambda: self.encode(calm(masked) if shouted else masked))
        if len(tokens) > self.most:
            shorter = await off_loop(text, lambda: pieces(text, self.most, self.count))
            if len(shorter) == 1:
                return Found(text)  # a single character
            found = await together([self.within(piece) for piece in shorter])
            bordered = [self.bordered(*pair) for pair in zip(shorter[:-1], found[:-1], strict=True)]
            return Found(self.joined([*bordered, found[-1]]))
        if self.tokenizer.unknown in tokens or OVERLONG.search(masked):
            return Found(await self.in_parts(text, self.known_runs(parts)))
        source = self.framed(tokens)
        converted = self.offered == "zh" and self.target == "zh-Hant"

        def decode(ids: list[int]) -> str:
            translation = self.tokenizer.decode(ids)
            if converted:
                translation = traditional(translation)
            return shout(translation) if shouted else translation

        # What is begun can neither be restored nor converted for sure, so such a sentence shows only when it is done.
        sure = bare and not converted
        hypotheses = await self.engine.translate(
            self.info.key,
            source,
            max_tokens=2 * len(source) + 10,
            options=self.options,
            alternatives=1 if bare else self.options.beam,
            on_partial=(lambda ids: on_begun(decode(ids))) if on_begun and sure else None,
            begin=self.reading.begin if self.reading else None,
        )
        for ids, score in hypotheses:
            decoded = decode(ids)
            # Words that came out as marks alone are no translation.
            if not has_letters(PLACEHOLDER.sub("", decoded)) or not (translation := restored(decoded)):
                continue
            if not version.numbers or same_numbers(shown(parts), translation):
                return Found(translation, score)
        return None

    def with_names(self, text: str, parts: list[Run]) -> list[Run]:
        """The runs, with words kept that may be names that the model does not know, since it would have to spell them
        in many pieces: more where a sentence begins and any word has a capital. Not where all is in capitals, and of
        German, whose every noun has one, only behind a title."""
        if is_shouted(parts):
            return parts
        if len(text) > LONGEST_TOKEN * self.most:
            return parts  # it goes in pieces anyway, and thousands of words need not be looked at one by one

        def is_rare(word: str) -> bool:
            return not CALENDAR.fullmatch(word) and len(self.encode(word)) >= RARE_PIECES

        def is_rarer(word: str) -> bool:
            return "-" not in word and min(len(self.encode(word)), len(self.encode(word.lower()))) >= RARER_PIECES

        named = with_names(parts, is_rare, is_rarer, titled=self.source == "de")
        return named if any(speaks(part) for part in named) else parts

    def masking(self, text: str, parts: list[Run]) -> tuple[str, Callable[[str], str | None]] | None:
        """What the model reads, and what makes a translation whole again or finds that it cannot be; None where the
        model cannot carry all that is protected."""
        if self.reading is not None:
            return text, lambda translation: carried(translation, parts)
        protected = protect(parts)
        return None if protected is None else (protected.text, lambda found: restore(found, protected.spans))

    @property
    def most(self) -> int:
        """Tokens of a text that the model can take."""
        frame = self.reading.extra if self.reading else 2  # the target tag and the end of the sentence
        return self.info.max_tokens - frame

    def framed(self, tokens: list[int]) -> list[int]:
        """All that the model reads, given what the text has."""
        if self.reading is not None:
            return self.reading.frame(tokens)
        return [self.tokenizer.id_of(target_tag(self.offered)), *tokens, EOS]

    async def in_parts(self, text: str, parts: list[Run]) -> str:
        """Translate the runs of a sentence one by one and leave what is protected where it stands."""
        if len(parts) == 1:
            return text  # nothing came out for it as a whole: better the original than nothing
        narrow = unspaced(self.source) and not unspaced(self.target)

        def translated(part: Run) -> Coroutine[Any, Any, str]:
            if speaks(part):
                return self.within(part.text)
            return self.kept(part.text.translate(NARROW) if narrow and not part.protected else part.text)

        return self.joined(await together([translated(part) for part in parts]))

    def bordered(self, piece: str, translation: str) -> str:
        """The translation of a piece that is cut behind a clause, with the mark that stood there: a model ends what it
        takes for a sentence by a full stop, or by nothing."""
        mark = piece.rstrip()[-1:].translate(NARROW)
        end = len(translation.rstrip())
        if mark not in CLAUSE_MARKS or not end or translation[end - 1].translate(NARROW) == mark:
            return translation
        wide = CLAUSE_MARKS[mark] if unspaced(self.target) else mark
        if translation[end - 1] in ".。":
            return translation[: end - 1] + wide + translation[end:]
        return translation[:end] + wide + translation[end:] if translation[end - 1].isalnum() else translation

    def joined(self, parts: list[str]) -> str:
        """The parts of a sentence in one, with spaces between words that Chinese does not put there."""
        gap = " " if unspaced(self.source) and not unspaced(self.target) else ""
        text = ""
        for part in parts:
            apart = text[-1:].isalnum() or text[-1:] in set(".,;:!?")
            text += gap + part if apart and part[:1].isalnum() else part
        return text

    async def kept(self, text: str) -> str:
        return text

    async def within(self, text: str) -> str:
        """Translate what stands between the white space around a text."""
        body = text.strip()
        start = text.find(body)
        return text[:start] + await self.sentence(body) + text[start + len(body) :] if body else text

    def encode(self, text: str) -> list[int]:
        if self.source.startswith("zh") and self.spoken != "zh-Hant":
            text = simplified(text)
        if self.reading is not None:
            return self.tokenizer.encode(self.reading.prompt + normalize(text))
        return self.tokenizer.encode(normalize(text), placeholders=True)

    def count(self, text: str) -> int:
        """Tokens that a piece has, as `whole` gives them to a model: what counted fewer there would be cut for ever."""
        return len(self.read(text, runs(text)))

    def read(self, text: str, parts: list[Run]) -> list[int]:
        """The tokens of a text where what is protected of its parts is masked, if the model can have it so."""
        protected = protect(parts) if self.reading is None else None
        masked = protected.text if protected else text
        return self.encode(calm(masked) if is_shouted(parts) else masked)

    def known_runs(self, parts: list[Run]) -> list[Run]:
        """The runs with every word protected that the vocabulary cannot spell, or that is no word."""

        def is_known(word: str) -> bool:
            return self.tokenizer.unknown not in self.encode(word) and not OVERLONG.search(word)

        finer: list[Run] = []
        for part in parts:
            if part.protected:
                finer.append(part)
                continue
            words = WORD_START.split(part.text)
            for known, group in groupby(words, key=is_known):
                finer.append(Run("".join(group), not known))
        return finer


def speaks(run: Run) -> bool:
    """Whether a run has anything to translate."""
    return not run.protected and has_letters(run.text)


def shown(parts: list[Run]) -> str:
    return "".join(part.text for part in parts)


def has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def is_shouted(parts: list[Run]) -> bool:
    """Whether a sentence is all in capitals, which models have hardly read; one short word may be an abbreviation, and
    so may all that Chinese has of Latin letters."""
    text = " ".join(part.text for part in parts if not part.protected)
    if not text.isupper() or UNSPACED.search(text):
        return False
    return len(text.split()) > 1 and sum(map(str.isalpha, text)) >= FEWEST_SHOUTED


def calm(text: str) -> str:
    """In lower case, with a capital at the beginning. Placeholders are lower case anyway."""
    return text[:1] + text[1:].lower()


def shout(text: str) -> str:
    """In capitals but for the placeholders."""
    return re.sub(r"<PH(\d+)>", r"<ph\1>", text.upper())
