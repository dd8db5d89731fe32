"""A vocabulary for the tests of rules."""

from __future__ import annotations

from app.text.sentence import Sentence


class WordLengths:
    """A vocabulary in which the pieces of a word are its letters but for those of `common` words, and that lacks the
    characters of `unknown`."""

    def __init__(self, sentence: Sentence, common: tuple[str, ...] = (), unknown: str = "") -> None:
        self.sentence, self.common, self.unknown = sentence, common, unknown

    def pieces(self, start: int, end: int) -> int:
        return self.pieces_of(self.sentence.text[start:end])

    def pieces_of(self, word: str) -> int:
        return 1 if word in self.common else len(word)

    def is_spelled(self, start: int, end: int) -> bool:
        return not set(self.unknown) & set(self.sentence.text[start:end])

    @property
    def is_complete(self) -> bool:
        return all(not set(self.unknown) & set(stretch) for stretch in self.sentence.stretches)
