"""Trains and renumbers subword vocabularies: byte-pair encoding (Sennrich et al. 2016) by the library `tokenizers`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from app.text.tokenizer import PLACEHOLDER_TOKENS, SPECIAL_TOKENS, UNKNOWN, WORDS


def train_bpe(
    texts: Iterable[str], size: int, *, alphabet: int = 500, tags: Sequence[str] = (), lowercase: bool = False
) -> str:
    """Train a vocabulary of `size` tokens on normalised texts; returns the content of a `tokenizer.json`.

    The `alphabet` most frequent characters are known, the others are unknown. White space belongs to the token after it
    (as `▁`), so that decoding restores the encoded text.
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
    """Renumber the tokens of a `tokenizer.json` of `train_bpe`: special tokens keep their ids, then come the tokens
    `wanted`, then the others, each group in its order.

    With `others`, only `wanted`, `others` and the parts that they are merged from stay: texts of remaining tokens are
    tokenized as before. Returns the new content and the new id of every old one; tokens that are left out get the id of
    the unknown token.
    """
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
    merges = document["model"]["merges"]
    document["model"]["merges"] = [[left, right] for left, right in merges if left + right in stay]
    return Tokenizer.from_str(json.dumps(document)).to_str(), numbers
