"""Language codes: those that clients may send, their names, and which code of a model serves a text."""

from __future__ import annotations

from collections.abc import Iterable

PIVOT = "en"  # the language between two that no model leads between
NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "cy": "Welsh",
    "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "is": "Icelandic",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "la": "Latin", "lt": "Lithuanian", "lv": "Latvian",
    "ms": "Malay", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "yue": "Cantonese", "zh": "Chinese", "zh-Hans": "Chinese (Simplified)",
    "zh-Hant": "Chinese (Traditional)",
}  # fmt: skip
# ISO 639-2, ISO 639-3, and older codes.
LONGER = {
    "ara": "ar", "arb": "ar", "baq": "eu", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs", "cze": "cs", "chi": "zh",
    "zho": "zh", "cmn": "zh", "cym": "cy", "wel": "cy", "dan": "da", "deu": "de", "ger": "de", "ekk": "et", "ell": "el",
    "gre": "el", "eng": "en", "epo": "eo", "est": "et", "eus": "eu", "fas": "fa", "per": "fa", "pes": "fa", "fin": "fi",
    "fra": "fr", "fre": "fr", "gle": "ga", "glg": "gl", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ice": "is",
    "ind": "id", "isl": "is", "ita": "it", "iw": "he", "jpn": "ja", "kor": "ko", "lat": "la", "lav": "lv", "lvs": "lv",
    "lit": "lt", "may": "ms", "msa": "ms", "zsm": "ms", "nb": "no", "nld": "nl", "dut": "nl", "nn": "no", "nno": "no",
    "nob": "no", "nor": "no", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk",
    "slv": "sl", "spa": "es", "srp": "sr", "swa": "sw", "swe": "sv", "swh": "sw", "tam": "ta", "tgl": "tl", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi",
}  # fmt: skip
CHINESE = {
    "hans": "zh-Hans", "hant": "zh-Hant", "cn": "zh-Hans", "sg": "zh-Hans", "my": "zh-Hans",
    "tw": "zh-Hant", "hk": "zh-Hant", "mo": "zh-Hant",
}  # fmt: skip


def canonical(code: str) -> str:
    """`DE`, `de-AT` and `deu` become `de`, `zh_CN` becomes `zh-Hans`. Raises ValueError, which says what to send."""
    language, *subtags = code.strip().replace("_", "-").lower().split("-")
    language = LONGER.get(language, language)
    if language not in NAMES:
        raise ValueError(
            f"{code[:40]!r} is no language code known here; send an ISO 639-1 code such as en or de, "
            "or zh-Hans or zh-Hant"
        )
    if language == "zh":
        # A script comes before a region (BCP 47), so the first subtag that tells the script counts: zh-Hant-CN.
        return next((CHINESE[subtag] for subtag in subtags if subtag in CHINESE), "zh")
    return language


def name_of(code: str) -> str:
    """The English name of a code; the code itself if it is unknown."""
    return NAMES.get(code, code)


def serving(code: str, offered: Iterable[str]) -> str | None:
    """The offered code that serves a text in `code`: the same, else one of the same language in no other script. `zh`
    serves `zh-Hans`, and `zh-Hans` serves `zh`, but never `zh-Hant`."""
    offers = list(offered)
    if code in offers:
        return code
    language, _, script = code.partition("-")
    if script:
        return language if language in offers else None
    return next((offer for offer in offers if offer.partition("-")[0] == language), None)


def language(code: str) -> str:
    """The language of a code, without its script."""
    return code.partition("-")[0]


def scripts_of(code: str) -> list[str]:
    """The codes that a model serves which offers `code`: of `zh` both scripts, first that of the models."""
    return ["zh-Hans", "zh-Hant"] if code == "zh" else [code]
