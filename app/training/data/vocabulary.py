"""Trains subword vocabularies: byte-pair encoding (Sennrich et al. 2016) by the `tokenizers` library."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from app.text.tokenizer import PLACEHOLDER_TOKENS, SPECIAL_TOKENS, UNKNOWN

# Words with their apostrophes, single digits, runs of punctuation. The bounds keep the merging of a word short,
# which is quadratic: a hostile word of a million letters becomes many short ones.
WORDS = r" ?\p{L}[\p{L}\p{M}']{0,40}| ?\p{N}| ?[^\s\p{L}\p{N}]{1,16}|\s{1,16}"


def train_bpe(
    texts: Iterable[str], size: int, *, alphabet: int = 500, tags: Sequence[str] = (), lowercase: bool = False
) -> str:
    """Learn a vocabulary of `size` tokens from normalised texts; returns the text of a `tokenizer.json`.

    Characters rarer than the `alphabet` most frequent ones are unknown.

    White space belongs to the token behind it (as `▁`), so decoding gives back the very text that was encoded.
    """
    tokenizer = Tokenizer(BPE(unk_token="<unk>"))
    if lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    trainer = BpeTrainer(
        vocab_size=size,
        special_tokens=[*SPECIAL_TOKENS, *PLACEHOLDER_TOKENS, *tags],
        limit_alphabet=alphabet,
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    text: str = tokenizer.to_str()
    return text


def with_first(text: str, wanted: Collection[int], others: Collection[int] | None = None) -> tuple[str, list[int]]:
    """The text of a `tokenizer.json` that `train_bpe` gave, numbered anew: special tokens keep their ids, then come the
    tokens `wanted`, then the others, each in their order. With `others`, these alone stay, and what any that stays is
    merged from, so texts that were made of them are read as before. Returns the text and the new id of every old one,
    which is that of the unknown token for what is left out."""
    document = json.loads(text)
    special = len(document["added_tokens"])
    vocabulary: dict[str, int] = document["model"]["vocab"]
    tokens = {number: token for token, number in vocabulary.items()}
    first = set(range(special)) | set(wanted)
    stay = set(tokens.values())
    if others is not None:
        stay = {tokens[number] for number in first.union(others)}
        for left, right in reversed(document["model"]["merges"]):  # a token is merged after its parts
            if left + right in stay:
                stay |= {left, right}
    order = [
        *sorted(first),
        *(number for number in range(len(tokens)) if number not in first and tokens[number] in stay),
    ]
    numbers = [UNKNOWN] * len(tokens)
    for new, old in enumerate(order):
        numbers[old] = new
    document["model"]["vocab"] = {tokens[old]: new for new, old in enumerate(order)}
    document["model"]["merges"] = merges_of(document["model"]["merges"], stay)
    return Tokenizer.from_str(json.dumps(document)).to_str(), numbers


def merges_of(merges: list[list[str]], tokens: Collection[str]) -> list[list[str]]:
    """Those merges that give one of the tokens."""
    return [[left, right] for left, right in merges if left + right in tokens]


def old_numbers(old: str, new: str) -> list[int] | None:
    """What number each token of one `tokenizer.json` has in another, None where the new one has others or reads texts
    that are made of its tokens otherwise."""
    before, after = json.loads(old), json.loads(new)
    numbers: dict[str, int] = before["model"].pop("vocab")
    tokens: dict[str, int] = after["model"].pop("vocab")
    before["model"]["merges"] = merges_of(before["model"]["merges"], tokens.keys())
    if before != after or not tokens.keys() <= numbers.keys():
        return None
    return [numbers[token] for token in sorted(tokens, key=tokens.__getitem__)]
