"""Enumerations: sentences that are a list of short items, "red, green, blue and white". A model may leave some out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from app.text.languages.profile import Profile
from app.text.sentence import has_letters

FEWEST_ITEMS, MOST_ITEMS = 4, 30
MOST_WORDS, MOST_IDEOGRAPHS = 2, 6  # of an item
MOST_WORDS_TRANSLATED, MOST_IDEOGRAPHS_TRANSLATED = 4, 12
MOST_CHARS = 600
SEPARATING = re.compile("[,，、;；]")
SEPARATOR = re.compile(r"\s*[,，、;；]\s*")
JOINT = re.compile(r"\s*(?P<comma>[,，、]?)\s*(?P<word>[^\s,，、]{1,20}(?: que)?)\s*")
AND, OR = 0, 1  # their places among the joints of a language
BODY = re.compile(r"\s*(?P<body>.*?)\s*[.!。！:：]?\s*", re.DOTALL)


@dataclass(slots=True, frozen=True)
class Item:
    """An item and where it stands; `is_joined` if a word such as "and" stands before it."""

    start: int
    end: int
    text: str
    is_joined: bool = False


def enumerated(text: str, language: Profile) -> list[Item]:
    """The items of a sentence that is nothing but an enumeration, else none."""
    items = items_of(text, language)
    longest = MOST_WORDS if language.spaced else MOST_IDEOGRAPHS
    is_list = all(length(item.text, language) <= longest for item in items)
    return items if is_list and not any(item.is_joined for item in items[:-1]) else []


def items_of(text: str, language: Profile) -> list[Item]:
    """The short parts of a sentence between commas, if it has no others."""
    if len(SEPARATING.findall(text)) < FEWEST_ITEMS - 2:  # a word such as "and" separates the last two
        return []
    match = BODY.fullmatch(text[:MOST_CHARS]) if len(text) < MOST_CHARS else None
    if match is None or not language.joints:
        return []
    place, end = match.span("body")
    items: list[Item] = []
    for separator in SEPARATOR.finditer(text, place, end):
        items.append(item_at(text, place, separator.start(), language))
        place = separator.end()
    items += last_items(text, place, end, language)
    is_list = FEWEST_ITEMS <= len(items) <= MOST_ITEMS and all(is_item(one.text, language) for one in items)
    return items if is_list else []


def item_at(text: str, start: int, end: int, language: Profile) -> Item:
    """An item, without the word such as "and" before it."""
    joint = joint_before(language.joints, language.spaced).match(text, start, end)
    place = joint.end() if joint else start
    return Item(place, end, text[place:end], is_joined=joint is not None)


def last_items(text: str, start: int, end: int, language: Profile) -> list[Item]:
    """The last item, or the last two with the word between them."""
    item = item_at(text, start, end, language)
    joint = joint_between(language.joints, language.spaced).search(text, item.start + 1, end)
    if joint is None or item.is_joined:
        return [item]
    return [
        Item(start, joint.start(), text[start : joint.start()]),
        Item(joint.end(), end, text[joint.end() : end], True),
    ]


@cache
def joint_before(joints: tuple[str, ...], spaced: bool) -> re.Pattern[str]:
    """A word such as "and" before an item."""
    gap = r"\s+" if spaced else r"\s*"
    return re.compile(rf"(?:{'|'.join(map(re.escape, joints))}){gap}")


@cache
def joint_between(joints: tuple[str, ...], spaced: bool) -> re.Pattern[str]:
    return re.compile((r"\s+" if spaced else "") + joint_before(joints, spaced).pattern)


def written_joint(text: str, source: Profile, target: Profile) -> str | None:
    """A stretch between two spans that is nothing but a word such as "and", with a comma or without, as the target
    language writes it; None for any other."""
    match = JOINT.fullmatch(text)
    word = match["word"].lower() if match else ""
    if match is None or word not in source.joints or not target.joints:
        return None
    is_or = word == source.joints[OR]
    joint = target.joints[OR if is_or else AND]
    comma = target.wide_marks.get(",", ",") if match["comma"] else ""
    is_apart = text[0].isspace() or comma or not source.spaced
    before = " " if is_apart and not (comma and not target.spaced) else ""
    return f"{comma}{before}{joint}{' ' if text[-1].isspace() or not source.spaced else ''}"


def is_item(text: str, language: Profile) -> bool:
    longest = MOST_WORDS_TRANSLATED if language.spaced else MOST_IDEOGRAPHS_TRANSLATED
    return has_letters(text) and length(text, language) <= longest and not re.search(r"[.!?。！？:\"]", text)


def length(text: str, language: Profile) -> int:
    """In words, or in characters where words are not spaced."""
    return len(text.split()) if language.spaced else len(text)


def separators(items: list[Item], target: Profile) -> list[str]:
    """The separators before each item but the first, as the target language writes them."""
    comma, gap = (", ", " ") if target.spaced else ("、", "")
    return [f"{gap}{target.joints[0]}{gap}" if item.is_joined else comma for item in items[1:]]


def as_item(translation: str, item: Item, target: Profile) -> str:
    """The translation of an item by itself, without the full stop and the capital of a sentence."""
    translation = translation.strip().rstrip(".。")
    if item.text[:1].islower() and not target.nouns_capitalised:
        return translation[:1].lower() + translation[1:]
    return translation


def differs(source: list[Item], translation: str, target: Profile) -> bool:
    """Whether a translation has other items than an enumeration: fewer or more, or one of them again."""
    if not source:
        return False
    there = [item.text.lower() for item in items_of(translation, target)]
    repeats = len(source) - len({item.text.lower() for item in source})
    return len(there) != len(source) or len(there) - len(set(there)) > repeats
