"""Token ids of a text, and the text of token ids, by the `tokenizers` library.

Knows the tokens that mean something by themselves; the rest of a vocabulary is what a `tokenizer.json` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import tokenizers

PAD, UNKNOWN, BOS, EOS = range(4)
SPECIAL_TOKENS = ["<pad>", "<unk>", "<s>", "</s>"]
PLACEHOLDER_TOKENS = [f"<ph{number}>" for number in range(10)]
LITERAL_PLACEHOLDER = re.compile(r"<(?=ph\d>)")


def target_tag(language: str) -> str:
    """The token that asks a translator for a language: `<2de>`."""
    return f"<2{language}>"


class Tokenizer:
    """No text can forge a special token: `</s>` is read as the four characters that it is. Placeholders
    alone are read as tokens, and only where the caller says that `protect` made them. `unknown` is the id of what the
    vocabulary cannot spell."""

    def __init__(self, text: str, unknown: int = UNKNOWN) -> None:
        """Of the text of a `tokenizer.json`. Raises ValueError if it is not one."""
        self.json, self.unknown = text, unknown
        try:
            document = json.loads(text)
            # The library neither reads nor writes special tokens as we ask it below; placeholders it shall
            # do both.
            for token in document.get("added_tokens", []):
                if token["content"] in PLACEHOLDER_TOKENS:
                    token["special"] = False
            self.backend = tokenizers.Tokenizer.from_str(json.dumps(document))
        except Exception as error:  # the library has no narrower type
            raise ValueError(f"not the text of a tokenizer.json: {error}") from error
        self.backend.encode_special_tokens = True
        self.backend.no_padding()
        self.backend.no_truncation()
        added = self.backend.get_added_tokens_decoder()
        self.special = {number for number, token in added.items() if token.special} - {unknown}

    @classmethod
    def load(cls, path: Path | str, unknown: int = UNKNOWN) -> Tokenizer:
        """Of a `tokenizer.json`. Raises OSError and ValueError."""
        return cls(Path(path).read_text("utf-8"), unknown)

    @property
    def size(self) -> int:
        """Number of tokens, special ones included."""
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    def id_of(self, token: str) -> int:
        """Raises KeyError for a token that the vocabulary lacks."""
        number: int | None = self.backend.token_to_id(token)
        if number is None:
            raise KeyError(f"the vocabulary has no token {token!r}")
        return number

    def encode(self, text: str, *, placeholders: bool = False) -> list[int]:
        """Ids of a normalised text, without any start or end token.

        With `placeholders`, `<ph0>` to `<ph9>` are tokens: only for a text that `protect` or
        `app.training.data.augment.mask_pair` gave.
        """
        ids: list[int] = self.backend.encode(readable(text, placeholders), add_special_tokens=False).ids
        # A vocabulary of sentence pieces, which others bring, may hold special tokens among its words.
        return ids if self.special.isdisjoint(ids) else [self.unknown if i in self.special else i for i in ids]

    def encode_batch(self, texts: Iterable[str], *, placeholders: bool = False) -> list[list[int]]:
        """`encode` of each text, on several cores."""
        encodings = self.backend.encode_batch_fast(
            [readable(text, placeholders) for text in texts], add_special_tokens=False
        )
        return [encoding.ids for encoding in encodings]

    def decode(self, ids: list[int]) -> str:
        """The text of ids. Placeholders stay in it, other special tokens do not."""
        return str(self.backend.decode(ids, skip_special_tokens=True))


def readable(text: str, placeholders: bool) -> str:
    """The text, its literal placeholders broken up unless they are meant."""
    return text if placeholders else LITERAL_PLACEHOLDER.sub("< ", text)
