"""Converts Chinese between Simplified and Traditional characters, by OpenCC."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC


QUOTES = str.maketrans("“”‘’", "「」『』")
TAIWAN_DICTIONARIES = ("TWPhrases", "TWVariantsPhrases", "TWVariants")  # of OpenCC, first the words


def simplified(text: str) -> str:
    """A Chinese text in Simplified characters. A text that is mostly Traditional gets the words of the mainland too
    (`軟體` to `软件`); in any other only the characters change, since such words can mean something else there."""
    return str(converter("tw2sp" if script(text) == "zh-Hant" else "t2s").convert(text))


def traditional(text: str) -> str:
    """A Simplified text in the characters, words and quotation marks of Taiwan."""
    return str(taiwan().convert(converter("s2t").convert(text))).translate(QUOTES)


def script(text: str) -> str:
    """`zh-Hans` or `zh-Hant`, by the characters that only one of them has; `zh` if there are as many of either."""
    # The national character sets: GB 2312 has only Simplified characters, Big5 only Traditional ones.
    simple = sum(in_charset(c, "gb2312") and not in_charset(c, "big5") for c in text)
    complex_ = sum(in_charset(c, "big5") and not in_charset(c, "gb2312") for c in text)
    if simple == complex_:
        return "zh"
    return "zh-Hans" if simple > complex_ else "zh-Hant"


# Characters of written Cantonese that written Mandarin does without: none of them is in 160,000 sentences of the
# corpora. The last is an interjection there.
CANTONESE = frozenset("咗喺嘅佢冇嘢啲嗰咁哋乜嚟睇攞噉瞓㗎喎啱嘥唔")
CANTONESE_SHARE = 1 / 25  # of the ideographs of a text, which may quote a word


def is_cantonese(text: str) -> bool:
    """Whether a Chinese text is written Cantonese, which has words and particles of its own."""
    found = [character for character in text if character in CANTONESE]
    ideographs = sum("\u3400" <= character <= "\u9fff" for character in text)
    return len(found) > CANTONESE_SHARE * ideographs and set(found) != {"唔"}


@cache
def converter(name: str) -> OpenCC:
    """Loaded at its first use, in about 10 ms: a service without Chinese never needs it."""
    from opencc import OpenCC  # here, since training on packed data does without it

    return OpenCC(name)


@cache
def taiwan() -> OpenCC:
    """Converts Traditional characters to the characters and words of Taiwan.

    OpenCC's own `s2twp` looks for words in the Simplified text, by another dictionary: in 在出租车上 it finds
    在出 first, so that 出租车 stays what it is. This converter looks for the words that differ in Taiwan.
    OpenCC reads its configuration from a file only.
    """
    import opencc

    folder = Path(opencc.__file__).parent / "clib" / "share" / "opencc"
    words, *characters = ({"type": "ocd2", "file": str(folder / f"{name}.ocd2")} for name in TAIWAN_DICTIONARIES)
    chain = [{"dict": {"type": "group", "match_policy": "short_circuit", "dicts": [words, *characters]}}]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        segmentation = {"type": "mmseg", "dict": words}
        json.dump({"name": "Taiwan", "segmentation": segmentation, "conversion_chain": chain}, file)
        file.flush()
        return opencc.OpenCC(file.name)


def in_charset(character: str, charset: str) -> bool:
    return bool(character.encode(charset, "ignore"))
