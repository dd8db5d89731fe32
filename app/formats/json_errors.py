"""Explains in plain words why a document is no JSON."""

from __future__ import annotations

from json.decoder import JSONDecodeError

# By the beginning of the decoder's message.
REASONS = (
    ("Expecting property name", "a key in double quotes is expected"),
    ("Illegal trailing comma", "take out the comma before the closing bracket"),
    ("Expecting ':'", "a colon is expected between a key and its value"),
    ("Expecting ','", "a comma or a closing bracket is expected"),
    ("Invalid control character", "a raw line break or control character stands in a text: write it as an escape, \\n"),
    ("Invalid \\u", "four hexadecimal digits are expected behind \\u"),
    ("Invalid \\", "JSON has no such escape: write \\\\ for a backslash"),
    ("Extra data", "the value ends before this: take out what follows"),
    ("Unterminated string", "the text that begins here has no closing quotation mark"),
)
VALUE = "a value is expected: a text in double quotes, a number, true, false, null, an object or a list"


def explained(error: JSONDecodeError, what: str = "document") -> str:
    """Where the document, or what it is called, stops being JSON, and what to change there."""
    found = error.doc[error.pos : error.pos + 1]
    before = error.doc[: error.pos].rstrip()
    reason = next((words for begin, words in REASONS if error.msg.startswith(begin)), VALUE)
    if not error.doc.strip():
        reason = f"the {what} has only white space; {VALUE}"
    elif found == "'":
        reason = "texts and keys stand in double quotes, not in single ones"
    elif found == "/" or found == "#":
        reason = "JSON has no comments: take this one out"
    elif found and found in "]}" and before.endswith(","):
        reason = "take out the comma before the closing bracket"
    elif not error.doc[error.pos :].strip() and before and reason is not REASONS[-1][1]:
        reason = f"the {what} ends here, though an object or a list is still open"
    return f"The {what} is no JSON: line {error.lineno}, column {error.colno}: {reason}."
