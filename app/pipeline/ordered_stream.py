"""A translation that grows at its end while its sentences grow side by side."""

from __future__ import annotations

from collections.abc import Callable


class StreamBroken(Exception):
    """The answer does not begin with the text that was streamed."""


class OrderedStream:
    """Puts sentences that grow side by side into one text that grows at its end. The text that was streamed is always a
    prefix of the answer: a partial text that contradicts it is withheld, and an answer that does is an error."""

    def __init__(self, before: list[str], on_text: Callable[[str], None] | None) -> None:
        """`before` is the text before each sentence."""
        self.before, self.on_text = before, on_text
        self.texts, self.done = [""] * len(before), [False] * len(before)
        self.place = 0  # of the first sentence that is not streamed to its end
        self.streamed = ""  # of that sentence and the text before it
        self.has_begun = False

    def update(self, place: int, text: str, *, done: bool = False) -> None:
        """The text of a sentence so far. Raises StreamBroken."""
        if self.on_text is None:
            return
        self.texts[place], self.done[place] = text, done
        fresh: list[str] = []
        while self.place < len(self.texts):
            done = self.done[self.place]
            grown = self.before[self.place] + self.texts[self.place] if done or self.texts[self.place] else ""
            if grown.startswith(self.streamed):
                fresh.append(grown[len(self.streamed) :])
                self.streamed = grown
            elif done:
                raise StreamBroken
            if not done:
                break
            self.place, self.streamed = self.place + 1, ""
        if any(fresh):
            self.has_begun = True
            self.on_text("".join(fresh))
