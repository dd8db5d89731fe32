"""Token ids of a text, and the text of token ids, by the `tokenizers` library.

Knows the special tokens of our models; the rest of a vocabulary stands in a `tokenizer.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

PAD, UNKNOWN, BOS, EOS = range(4)
SPECIAL_TOKENS = ["<pad>", "<unk>", "<s>", "</s>"]
PLACEHOLDER_TOKENS = [f"<ph{number}>" for number in range(10)]
LITERAL_PLACEHOLDER = re.compile(r"<(?=ph\d>)")
# How our vocabularies split a text into words (`app/training/data/vocabulary.py`): letters with apostrophes, single
# digits, runs of punctuation, each with the space before it. Merging a word takes quadratic time, so lengths are
# bounded: a hostile word of a million letters becomes many short ones.
WORDS = r" ?\p{L}[\p{L}\p{M}']{0,40}| ?\p{N}| ?[^\s\p{L}\p{N}]{1,16}|\s{1,16}"
SPACE = "▁"  # stands for a space in the tokens
# The same for texts in Western letters, in lower case or not, since `re` knows no \p{L}.
LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u012f\u0131-\u017f"
WESTERN = re.compile(rf"[ -~{LETTERS}–—…‘’“”„«»¡¿€£]+")
WESTERN_WORD = re.compile(rf" ?[{LETTERS}][{LETTERS}']{{0,40}}| ?[0-9]| ?[^ {LETTERS}0-9]{{1,16}}| {{1,16}}")
WORDS_KEPT = 16_384
LONGEST_BY_WORDS = 2_000  # characters of a text


def target_tag(language: str) -> str:
    """The token that asks a translator for a language: `<2de>`."""
    return f"<2{language}>"


class Tokenizer:
    """No text can forge a special token: `</s>` is read as the four characters that it is. Placeholders
    alone are read as tokens, and only where the caller says that it put them there. `unknown` is the id of the token
    for characters that the vocabulary lacks."""

    def __init__(self, text: str, unknown: int = UNKNOWN) -> None:
        """`text` is that of a `tokenizer.json`. Raises ValueError if it is not one."""
        import tokenizers  # here, since engines need the numbers of the special tokens alone

        self.json, self.unknown = text, unknown
        try:
            document = json.loads(text)
            # Below, the library is told neither to read nor to write special tokens, but placeholders it has to.
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
        self.is_lower = document.get("normalizer") is not None
        self.has_words = splits_into_words(document)
        self.model = self.backend.model
        self.words = Words(self.encode_word)

    @classmethod
    def load(cls, path: Path | str, unknown: int = UNKNOWN) -> Tokenizer:
        """Raises OSError and ValueError."""
        return cls(Path(path).read_text("utf-8"), unknown)

    @property
    def size(self) -> int:
        """Number of tokens, special ones included."""
        return int(self.backend.get_vocab_size(with_added_tokens=True))

    @property
    def vocabulary(self) -> dict[str, int]:
        """The id of each token."""
        return dict(self.backend.get_vocab(with_added_tokens=True))

    def id_of(self, token: str) -> int:
        """Raises KeyError for a token that the vocabulary lacks."""
        number: int | None = self.backend.token_to_id(token)
        if number is None:
            raise KeyError(f"the vocabulary has no token {token!r}")
        return number

    def encode(self, text: str, *, placeholders: bool = False) -> list[int]:
        """Ids of a normalised text, without any start or end token.

        With `placeholders`, `<ph0>` to `<ph9>` are tokens: only for a text that `app.text.sentence.mask` or
        `app.training.data.augment.mask_pair` gave.
        """
        if self.has_words and not placeholders and len(text) <= LONGEST_BY_WORDS and WESTERN.fullmatch(text):
            text = readable(text, placeholders) if "<ph" in text else text
            text = text if text[0] == " " else " " + text
            words = WESTERN_WORD.findall(text.lower() if self.is_lower else text)
            return list(chain.from_iterable(map(self.words.__getitem__, words)))
        return self.encode_with_offsets(text, placeholders=placeholders)[0]

    def encode_word(self, word: str) -> tuple[int, ...]:
        """Ids of a word that `WESTERN_WORD` found; its space is a part of it."""
        return tuple(self.known([token.id for token in self.model.tokenize(word.replace(" ", SPACE))]))

    def known(self, ids: list[int]) -> list[int]:
        """The vocabulary of a Hugging Face model may hold special tokens among its words: they become unknown."""
        if self.special.isdisjoint(ids):
            return ids
        return [self.unknown if number in self.special else number for number in ids]

    def encode_with_offsets(self, text: str, *, placeholders: bool = False) -> tuple[list[int], list[tuple[int, int]]]:
        """`encode`, and where in the text each token begins and ends."""
        encoding = self.backend.encode(readable(text, placeholders), add_special_tokens=False)
        return self.known(encoding.ids), encoding.offsets

    def encode_batch(self, texts: Iterable[str], *, placeholders: bool = False) -> list[list[int]]:
        """`encode` of each text, on several cores."""
        encodings = self.backend.encode_batch_fast(
            [readable(text, placeholders) for text in texts], add_special_tokens=False
        )
        return [encoding.ids for encoding in encodings]

    def decode(self, ids: list[int]) -> str:
        """The text of ids. Placeholders stay in it, other special tokens do not."""
        return str(self.backend.decode(ids, skip_special_tokens=True))


class Words(dict[str, tuple[int, ...]]):
    """The ids of words, kept since most words of a text have occurred before; forgotten when there are many."""

    def __init__(self, encode: Callable[[str], tuple[int, ...]]) -> None:
        self.encode = encode

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= WORDS_KEPT:
            self.clear()
        ids = self[word] = self.encode(word)
        return ids


def splits_into_words(document: dict[str, Any]) -> bool:
    """Whether a `tokenizer.json` encodes the words of a text one by one, as our vocabularies do."""
    splitting = [
        {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Isolated", "invert": False},
        {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "first", "split": False},
    ]
    return (
        document.get("normalizer") in (None, {"type": "Lowercase"})
        and document.get("pre_tokenizer") == {"type": "Sequence", "pretokenizers": splitting}
        and document.get("post_processor") is None
        and document["model"]["type"] == "BPE"
        and not document["model"].get("dropout")
    )


def readable(text: str, placeholders: bool) -> str:
    """The text, its literal placeholders broken up unless they are meant."""
    return text if placeholders else LITERAL_PLACEHOLDER.sub("< ", text)
