"""Finds the directions of a Hugging Face translator, and the way its input states the languages.

family   directions                                                     the input states the languages by
Marian   `source_lang` and `target_lang` of its tokenizer, or its name  nothing; with several targets a token before the
         (opus-mt-en-de); targets of a multilingual one are its tokens  text, such as `>>fra<<`
T5       `task_specific_params` of its config                           "translate English to German: "
M2M-100  all pairs of the languages that have tokens in its vocabulary  the source's token before the text, the
NLLB     (`__en__`, `eng_Latn`) and codes known to this project         target's before the translation

Directions in the settings (`en-de`) take precedence. Imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import permutations
from typing import Any

from app.nets.config import ModelConfig
from app.nets.folder import ModelFolderError
from app.text.languages.codes import canonical, name_of, serving
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import Tokenizer

Direction = tuple[str, str]
FAMILIES = ("marian", "t5", "m2m_100")  # of translators, by the `model_type` of a config; NLLB is of the family m2m_100
MARIAN_NAME = re.compile(r"opus-mt(?:-tc)?(?:-big|-base|-tiny)?-([a-z]{2,3}(?:_[A-Za-z]+)?)-([A-Za-z_]+)$")
MARIAN_TOKEN = re.compile(r">>(\w+)<<")
M2M_TOKEN = re.compile(r"__([a-z]{2,3})__")
NLLB_TOKEN = re.compile(r"([a-z]{3}_[A-Z][a-z]{3})")
T5_TASK = re.compile(r"translation_([a-z]{2})_to_([a-z]{2})")
NAME_THEM = "name its directions behind it, such as {name}=en-de, in UNDERTONE_TRANSLATION_MODELS"


def named_directions(text: str) -> list[Direction]:
    """Parses `en-de+de-en` into pairs of codes. Raises ValueError."""
    pairs = []
    for part in text.split("+"):
        source, arrow, target = part.partition("-")
        if not arrow:
            raise ValueError(f"{part!r} is no direction; write it as en-de, several as en-de+de-en")
        pairs.append((canonical(source), canonical(target)))
    return pairs


def described(what: str, directions: Collection[Direction]) -> str:
    """The description of a translator, with the number of its directions."""
    return f"{what}, {len(directions)} direction{'s' * (len(directions) != 1)}"


def known(code: Any) -> str | None:
    """The canonical code of a language, or None where the code is unknown."""
    try:
        return canonical(code) if isinstance(code, str) else None
    except ValueError:
        return None


def language_tokens(tokens: Iterable[str], pattern: re.Pattern[str]) -> dict[str, str]:
    """The token of each known language. Of several tokens of one language the plainest counts: not one for a region
    (`>>fr_BE<<`), and Bokmål for Norwegian."""

    def plainness(match: re.Match[str]) -> tuple[int, bool, str]:
        return len(match.group()), match.group(1).startswith("nn"), match.group()

    by_language: dict[str, str] = {}
    matches = [match for token in tokens if (match := pattern.fullmatch(token))]
    for match in sorted(matches, key=plainness):
        if code := known(match.group(1)):
            by_language.setdefault(code, match.group())
    return by_language


def formats_of(
    name: str,
    family: str,
    config: dict[str, Any],
    tokenizer_config: dict[str, Any],
    tokenizer: Tokenizer,
    named: Iterable[Direction],
) -> dict[Direction, PromptFormat]:
    """As `prompt_formats`, for a model that is to be served. Raises ModelFolderError."""
    try:
        return prompt_formats(name, family, config, tokenizer_config, tokenizer, list(named) or None)
    except (ValueError, KeyError) as error:
        raise ModelFolderError(f"{name}: {error}") from error


def translator_config(
    name: str, architecture: str, directions: Collection[Direction], max_tokens: int, description: str
) -> ModelConfig:
    """The configuration of a translator, as the catalogue shows it."""
    return ModelConfig(
        name=name,
        task="translation",
        architecture=architecture,
        sizes={},
        languages=sorted({code for pair in directions for code in pair}),
        max_tokens=max_tokens,
        directions=list(directions),
        description=description,
    )


def prompt_formats(
    name: str,
    family: str,
    config: dict[str, Any],
    tokenizer_config: dict[str, Any],
    tokenizer: Tokenizer,
    named: list[Direction] | None = None,
) -> dict[Direction, PromptFormat]:
    """The input format of each direction of a model. `family` is the `model_type` of its config, `named` the directions
    in the settings. In a config, `eos_token_id` None means that the model reads sentences without an end token. Raises
    ValueError that says what to do."""
    end = [] if config["eos_token_id"] is None else [config["eos_token_id"]]
    if family == "marian":
        return marian(name, config, tokenizer_config, tokenizer, named, end)
    if family == "t5":
        return t5(name, config, named, end)
    return many_to_many(name, tokenizer_config, tokenizer, named, end)


def marian(
    name: str,
    config: dict[str, Any],
    tokenizer_config: dict[str, Any],
    tokenizer: Tokenizer,
    named: list[Direction] | None,
    end: list[int],
) -> dict[Direction, PromptFormat]:
    tokens = language_tokens(tokenizer.backend.get_vocab(), MARIAN_TOKEN)
    pairs = named
    if pairs is None:
        source, target = marian_languages(name, config, tokenizer_config)
        if source is None or (target is None and not tokens):
            raise ValueError(f"nothing tells its languages; {NAME_THEM.format(name=name)}")
        pairs = [(source, code) for code in ([target] if target else tokens) if code != source]
    by_direction: dict[Direction, PromptFormat] = {}
    for source, target in pairs:
        offered = serving(target, tokens)
        if offered is None and len(tokens) > 1:  # one token alone does not prove that the model has a single target
            raise ValueError(f"it has no token for {name_of(target)}; it has some for {', '.join(sorted(tokens))}")
        before = [tokenizer.id_of(tokens[offered])] if offered else []
        by_direction[source, target] = PromptFormat(before=before, after=end)
    return by_direction


def marian_languages(
    name: str, config: dict[str, Any], tokenizer_config: dict[str, Any]
) -> tuple[str | None, str | None]:
    """Source and target as far as the tokenizer or the name states them; a group of languages (`ROMANCE`, `mul`) does
    not count."""
    source, target = known(tokenizer_config.get("source_lang")), known(tokenizer_config.get("target_lang"))
    for called in (name, config.get("_name_or_path")):
        match = MARIAN_NAME.search(str(called).partition("@")[0])
        if match and not (source and target):
            source, target = source or known(match.group(1)), target or known(match.group(2))
    return source, target


def t5(
    name: str, config: dict[str, Any], named: list[Direction] | None, end: list[int]
) -> dict[Direction, PromptFormat]:
    tasks = config.get("task_specific_params") or {}
    prompts: dict[Direction, str] = {}
    for task, options in tasks.items():
        match = T5_TASK.fullmatch(task)
        source, target = (known(match.group(1)), known(match.group(2))) if match else (None, None)
        if source and target and isinstance(options, dict):
            prompts[source, target] = str(options.get("prefix") or "")
    pairs = list(prompts) if named is None else named
    if not pairs:
        raise ValueError(f"its config names no task of translation; {NAME_THEM.format(name=name)}")
    plain = {pair: f"translate {name_of(pair[0])} to {name_of(pair[1])}: " for pair in pairs}
    return {pair: PromptFormat(prompt=prompts.get(pair) or plain[pair], after=end) for pair in pairs}


def many_to_many(
    name: str,
    tokenizer_config: dict[str, Any],
    tokenizer: Tokenizer,
    named: list[Direction] | None,
    end: list[int],
) -> dict[Direction, PromptFormat]:
    vocabulary = tokenizer.backend.get_vocab(with_added_tokens=True)
    tokens = language_tokens(vocabulary, M2M_TOKEN) or language_tokens(vocabulary, NLLB_TOKEN)
    if not tokens:
        raise ValueError("its vocabulary has no tokens of languages, neither __en__ (M2M-100) nor eng_Latn (NLLB)")
    ids = {code: tokenizer.id_of(token) for code, token in tokens.items()}
    for pair in named or []:
        for code in pair:
            if serving(code, ids) is None:
                raise ValueError(f"it has no token for {name_of(code)}; it has some for {', '.join(sorted(ids))}")
    different = (pair for pair in permutations(ids, 2) if pair[0].partition("-")[0] != pair[1].partition("-")[0])
    behind = bool(
        tokenizer_config.get("legacy_behaviour")
    )  # the first release of NLLB put the source's token after the text
    by_direction: dict[Direction, PromptFormat] = {}
    for source, target in named or different:
        here, there = ids[serving(source, ids) or source], ids[serving(target, ids) or target]
        before, after = ([], [*end, here]) if behind else ([here], end)
        by_direction[source, target] = PromptFormat(before=before, after=after, begin=[there])
    return by_direction
