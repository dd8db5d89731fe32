"""The format of a text that was sent as plain and plainly is none: its structure stays, though nobody named it.

Each test wants a sign that prose does not have; a text that has one and cannot be parsed so is plain all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from app.formats.ini import ENTRY, OTHER
from app.formats.messages.accelerators import place_of_mark
from app.formats.messages.icu import FORMATTED
from app.formats.templates import template_tags
from app.text.characters import LETTER
from app.text.spans import BRANCHING

LONGEST_CHECKED = 200_000  # characters; a longer text is what it was sent as
# No test finds anything in a text without one of these, and most texts are such.
SIGN = re.compile(r"[]{[<>&\\|*_`\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
LONGEST_ROW = 10_000
FEWEST_CELLS = 3  # in a row of data
FEWEST_PIPES = 3  # around two cells

MSGID = re.compile(r'^msgid "', re.MULTILINE)
MSGSTR = re.compile(r'^msgstr(?:\[\d{1,2}\])? "', re.MULTILINE)
JSON = json.JSONDecoder()
NEXT_VALUE = re.compile(r"[ \t]*+(?:[\r\n]\s*+|\Z)")
INLINE = r"a|abbr|b|code|em|i|label|small|span|strong|sub|sup|u"
BLOCK = r"body|button|div|form|h[1-6]|html|li|ol|option|p|pre|script|style|table|td|th|title|tr|ul"
VOID = r"hr|img|input|link|meta"
# Blocks that may have no end, in front of their words: "the <p> tag" and "<p>s" speak of one, "<title>" may be a place.
OPENED = r"blockquote|dd|div|dt|h[1-6]|li|ol|p|t[dhr]|ul"
HAS_ATTRIBUTE = r"""\s[^<>=]{0,200}[\w-]=["'\w/#.][^<>]{0,2000}>"""
BLOCKS = re.compile(
    rf"<!doctype html|</(?:{BLOCK})\s*>|<(?:{OPENED})>(?!s\b)(?:\w|<[a-z])|<(?:{BLOCK}){HAS_ATTRIBUTE}", re.IGNORECASE
)
TAG = re.compile(rf"<(?:{INLINE}|{VOID}){HAS_ATTRIBUTE}", re.IGNORECASE)
LINE_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
INLINES = re.compile(rf"</(?:{INLINE})\s*>|&(?:nbsp|lt|gt|amp|quot|#\d{{1,7}});", re.IGNORECASE)
CUE_TIME = r"(?:\d{1,3}:)?\d{2}:\d{2}[.,]\d{3}"
CUE = re.compile(rf"^{CUE_TIME}[ \t]+-->[ \t]+{CUE_TIME}", re.MULTILINE)
ICU = re.compile(
    rf"\{{\s{{0,9}}\w{{1,60}}\s{{0,9}},\s{{0,9}}(?:(?:{BRANCHING})\s{{0,9}},|(?:{FORMATTED})\s{{0,9}}[,}}])"
)
# Not in a path of Windows: neither behind its drive nor between its folders.
# Behind a word a capital must follow, as a folder's name seldom does.
ESCAPED_BREAK = re.compile(
    r"(?<![\w:\\])\\[nrt](?![a-z])|\\n\\n|\\r\\n|(?:(?<=[.!?;,])|(?<=\w\w:))\\n|(?<=[^\W\d_]{2})\\[nrt](?![a-z\W\d_])"
)
SUBTITLE_BREAK = re.compile(r"(?<=[^\s\\:])\\N(?=[^\s{\\])")
WINDOWS_PATH = re.compile(r"[A-Za-z]:\\|\\\\")
LONGEST_LABEL = 80
ACCELERATOR = re.compile(r"&[A-Za-z]\w{0,30}(?![\w;=])|_[A-Z][a-z]{1,30}(?!\w)|[A-Z]&[a-z]{3,30}(?:…|\.{3})?\Z")
MODIFIER = "Alt|Cmd|Control|Ctrl|Maj|Meta|Shift|Strg|Umschalt"
SHORTCUT = re.compile(rf"\t(?:F\d{{1,2}}|(?:(?:{MODIFIER}) ?\+ ?){{1,3}}\S{{1,9}})\Z", re.IGNORECASE)
CELLS = {mark: re.compile(rf'"(?:[^"]|""){{0,1000}}+"|[^"\n{mark}]{{0,1000}}+') for mark in ",;|"}
# A cell that no sentence has: a number, an amount, a date, a time, or nothing.
DATA = re.compile(r"[$€£¥]?[\d.,/:-]{0,40} ?[$€£¥%]?")
DIGIT = re.compile(r"\d")
DECIMAL = re.compile(r"\d,\d")
THOUSANDS = re.compile(r"\d,\d{3}(?!\d)")
SENTENCE_ENDS = ".!?…"
FEWEST_WRAPPED_WORDS = 3  # in a line of a sentence that goes on; items and verses have fewer
FEWEST_LAST_WORDS = 2
TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")
ROW_OF_CELLS = re.compile(r"\|(?: (?:[^|\\]|\\.){1,1000} \|){2,100}")
PIPE = re.compile(r"(?<!\\)\|")
RULE_BELOW_HEAD = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)++\|?")
# Stars and backticks between letters are a censored word, a power, an apostrophe.
MARKDOWN = re.compile(
    rf"(?<!\*)(?<!{LETTER})\*\*(?=\S)[^*\n]{{1,300}}?(?<=\S)\*\*(?!\*|{LETTER})"
    r"|(?<!\w)_(?=\w)[^_\n]{1,200}?(?<=\w)_(?!\w)"
    r"|\]\((?=[^\s()]{0,500}[/.#:])[^\s()]{1,500}(?:\([^\s()]{0,200}\)[^\s()]{0,200})?\)"
    r"|\[\^\w{1,30}\]|<https?://[^\s<>]{1,500}>"
    rf"|(?<!`)(?<!{LETTER})`[^`\n]{{1,300}}`(?!`|{LETTER})"
)


def format_of(text: str) -> str | None:
    """The format of a text that plainly is a document; None for plain text."""
    if len(text) > LONGEST_CHECKED or not SIGN.search(text):
        return None
    return next((name for name, is_of in TESTS if is_of(text)), None)


def is_json(text: str) -> bool:
    """Whether a text is objects or lists of JSON, one or one a line, with a string in them."""
    body = text.removeprefix("\ufeff").strip()
    if '"' not in body:
        return False
    place = 0
    while place < len(body):
        if body[place] not in "{[":
            return False
        try:
            _, end = JSON.raw_decode(body, place)
        except (ValueError, RecursionError):
            return False
        following = NEXT_VALUE.match(body, end)
        if following is None:
            return False
        place = following.end()
    return True


def is_catalogue(text: str) -> bool:
    """Whether a text is a catalogue of gettext, or entries of one."""
    return MSGID.search(text) is not None and MSGSTR.search(text) is not None


def has_keys(text: str) -> bool:
    """Whether a text is lines of keys and values. With spaces around the sign, words are an equation or a dictionary,
    unless there are sections or comments."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    entries = [ENTRY.match(line) for line in lines if not OTHER.fullmatch(line)]
    if len(lines) < 2 or not entries or None in entries:
        return False
    return len(entries) < len(lines) or all(
        entry["quoted"] is not None or entry["sign"] == "=" or not entry["key"].isalpha() for entry in entries if entry
    )


def is_html(text: str) -> bool:
    """Whether a text has tags or entities of HTML. Lines with only inline ones are a chat or a poem, which HTML would
    run together."""
    if BLOCKS.search(text) or LINE_TAG.search(text):
        return True
    return is_line(text) and INLINES.search(text) is not None


def is_tagged(text: str) -> bool:
    """Whether a text is a line with an element that may have no end, such as a picture."""
    return is_line(text) and TAG.search(text) is not None


def is_vtt(text: str) -> bool:
    return CUE.search(text) is not None and "." in CUE.findall(text)[0].partition("-->")[0]


def is_srt(text: str) -> bool:
    return CUE.search(text) is not None


def is_icu(text: str) -> bool:
    """Whether a text has arguments of ICU, which HTML would take for words. Between blocks it is HTML all the same: a
    message would run them together."""
    return ICU.search(text) is not None and not BLOCKS.search(text)


def is_message(text: str) -> bool:
    """Whether a text is a message of a program: with escaped line breaks, or labels of its menus."""
    if SUBTITLE_BREAK.search(text) and not WINDOWS_PATH.search(text):
        return True
    return ESCAPED_BREAK.search(text) is not None or is_wrapped(text) or is_menu(text)


def is_menu(text: str) -> bool:
    """Whether each line has an accelerator, and one of them cannot be meant otherwise: before the last of two words it
    may stand between two names ("Rock &Roll")."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(len(line) > LONGEST_LABEL or place_of_mark(line) is None for line in lines):
        return False
    return any(ACCELERATOR.match(line) or SHORTCUT.search(line) for line in lines)


def is_template(text: str) -> bool:
    """Whether a text has branches or repeats words, as templates do."""
    return any(tag.bounds for tag in template_tags(text))


def is_line(text: str) -> bool:
    return len(text.strip().splitlines()) == 1


def is_table(text: str) -> bool:
    """Whether a text has rows of as many cells, without spaces behind commas and semicolons, that prose does not have:
    with quotes, with a column of data, or at least three cells between semicolons or pipes."""
    lines = text.removeprefix("\ufeff").strip().splitlines()
    if len(lines) < 2 or lines[0].startswith("|") or any(len(line) > LONGEST_ROW for line in lines):
        return False
    body = "\n".join(lines)
    return any(separator in lines[0] and has_cells(body, separator) for separator in CELLS)


def has_cells(text: str, separator: str) -> bool:
    rows = rows_of(text, separator)
    if len(rows) < 2:
        return False
    if any(cell.startswith('"') for row in rows for cell in row):
        return True
    is_wide = len(rows[0]) >= FEWEST_CELLS
    if separator == "," and (THOUSANDS if is_wide else DECIMAL).search(text):
        return False
    if is_wide and separator != "," and not any(row[-1].endswith(tuple(SENTENCE_ENDS)) for row in rows):
        return True
    columns = [[row[column].strip() for row in rows[1:]] for column in range(len(rows[0]))]
    return any(all(map(DATA.fullmatch, column)) and (is_wide or DIGIT.search("".join(column))) for column in columns)


def rows_of(text: str, separator: str) -> list[list[str]]:
    """The rows of a table with their cells; none where their numbers differ, where a comma with a space behind it
    separates clauses, or where a quotation mark is no border of a cell."""
    rows: list[list[str]] = [[]]
    place = 0
    while cell := CELLS[separator].match(text, place):
        rows[-1].append(cell.group())
        place = cell.end()
        border = text[place : place + 1]
        if border in ("", "\n"):
            if len(rows[-1]) < 2 or len(rows[-1]) != len(rows[0]):
                break
            if not border:
                return rows
            rows.append([])
        elif border != separator or (border != "|" and text[place + 1 : place + 2] == " "):
            break
        place += 1
    return []


def is_wrapped(text: str) -> bool:
    """Whether a text is a sentence over several lines: it begins with a capital and ends with a mark, and each line
    goes on where the one before broke off, in small letters. Commas at the ends of lines are those of verses or of a
    list, but for one."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 2 or not lines[0][:1].isupper() or lines[-1][-1:] not in SENTENCE_ENDS:
        return False
    *wrapped, last = (len(line.split()) for line in lines)
    if min(wrapped) < FEWEST_WRAPPED_WORDS or last < FEWEST_LAST_WORDS:
        return False
    ends = [line[-1:] for line in lines[:-1]]
    return (
        all(end.isalpha() or end == "," for end in ends)
        and ends.count(",") < 2
        and all(line[:1].islower() for line in lines[1:])
    )


def is_markdown_table(text: str) -> bool:
    """Whether all lines of a text are rows of a table of Markdown: with a rule below its head, or between pipes."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return False
    if RULE_BELOW_HEAD.fullmatch(lines[1]) and all(map(PIPE.search, lines)):
        head, rule = (len(PIPE.findall(line.strip("|"))) for line in lines[:2])
        return head == rule
    widths = {len(PIPE.findall(line)) if TABLE_ROW.fullmatch(line) else 0 for line in lines}
    return len(widths) == 1 and min(widths) >= FEWEST_PIPES


def is_markdown(text: str) -> bool:
    """Whether a text is a line with marks of Markdown: several lines may be verses or items, which it would run
    together."""
    return is_line(text) and (ROW_OF_CELLS.fullmatch(text.strip()) or MARKDOWN.search(text)) is not None


TESTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("json", is_json),
    ("po", is_catalogue),
    ("ini", has_keys),
    ("vtt", is_vtt),
    ("srt", is_srt),
    ("markdown", is_markdown_table),
    ("csv", is_table),
    ("messages", is_icu),
    ("html", is_html),
    ("messages", is_message),
    ("markdown", is_markdown),
    ("html", is_tagged),
    ("messages", is_template),
)
