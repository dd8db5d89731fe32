"""The frame that a Hugging Face model expects around a text. Plain data that travels from the engine to the front side;
knows no library."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, frozen=True)
class PromptFormat:
    """`prompt` stands before the text as text, `before` and `after` around its tokens as token ids; a translation is
    made to start with the token ids `begin`. Each family of models has one way to be told a task or a language: T5 a
    prompt, Marian a token before the text, M2M-100 and NLLB a token at the beginning of either side."""

    prompt: str = ""
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    begin: list[int] = field(default_factory=list)

    def frame(self, tokens: list[int]) -> list[int]:
        """All token ids of an input whose text (with the prompt) has `tokens`."""
        return [*self.before, *tokens, *self.after]

    @property
    def extra(self) -> int:
        """The number of tokens that it adds to those of the text."""
        return len(self.before) + len(self.after)
