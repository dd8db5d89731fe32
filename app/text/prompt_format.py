"""How a model that was made elsewhere wants a text to be put, and what a translator of that kind begins with. Plain
data that travels from the engine to the front side; knows no library."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, frozen=True)
class Reading:
    """`prompt` stands before the text as text, `before` and `after` around its tokens as token ids; `begin` are the
    token ids that a translation is made to begin with. Of what makes a task or a language known, each family of models
    uses one: T5 a prompt, Marian a token before, M2M-100 and NLLB a token at either side's beginning."""

    prompt: str = ""
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    begin: list[int] = field(default_factory=list)

    def frame(self, tokens: list[int]) -> list[int]:
        """All token ids of an input whose text (with the prompt) has `tokens`."""
        return [*self.before, *tokens, *self.after]

    @property
    def extra(self) -> int:
        """How many tokens it adds."""
        return len(self.before) + len(self.after)
