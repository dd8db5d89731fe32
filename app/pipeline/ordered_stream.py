"""A translation that grows at its end while its sentences grow side by side."""

from __future__ import annotations

from collections.abc import Callable


class Growing:
    """Puts sentences that grow side by side into one text that grows at its end."""

    def __init__(self, before: list[str], on_text: Callable[[str], None] | None) -> None:
        self.before, self.on_text = before, on_text
        self.texts, self.done = [""] * len(before), [False] * len(before)
        self.place, self.shown = 0, 0  # the sentence that grows, and how much of it was shown
        self.begun = False  # whether anything was shown

    def update(self, place: int, text: str, *, done: bool = False) -> None:
        if self.on_text is None:
            return
        self.texts[place], self.done[place] = text, done
        fresh: list[str] = []
        while self.place < len(self.texts):
            begun = self.texts[self.place] or self.done[self.place]
            whole = self.before[self.place] + self.texts[self.place] if begun else ""
            fresh.append(whole[self.shown :])
            self.shown = max(self.shown, len(whole))
            if not self.done[self.place]:
                break
            self.place, self.shown = self.place + 1, 0
        if any(fresh):
            self.begun = True
            self.on_text("".join(fresh))
