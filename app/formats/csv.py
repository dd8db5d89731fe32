"""Tables with separators: the words of cells are texts; quotes, separators and line breaks stay as they are.

Read by the `csv` module of the standard library. It does not tell where a cell stands, so each cell is looked up behind
the one before it, and a row that cannot be found again as it was read is an error.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.formats.document import Document, FormatError
from app.formats.passages import Composite, Field
from app.formats.values import IDENTIFIER, are_symbols, content, is_text
from app.text.data_lines import has_number, names_in

DELIMITERS = (",", ";", "\t", "|")
# The head of a column of persons, and a name in it: capitalised words, perhaps with an initial.
PERSONS = "name|author|person|who|sender|user|nick|speaker|nom|prénom|vorname|autor"
PERSON = re.compile(rf"(?:^|[\s_-]|first|last|sur|user|full)(?:{PERSONS})$", re.IGNORECASE)
NAME = re.compile(r"[A-Z\u00c0-\u00de][\w'’-]{0,30}\.?(?:,? [A-Z\u00c0-\u00de][\w'’-]{0,30}\.?){0,3}")
SAMPLE_ROWS = 50
SAMPLE = 65_536  # characters


@dataclass(slots=True, frozen=True)
class Cell:
    """A cell with its quotes, from `start` to `end` of the document."""

    start: int
    end: int
    value: str
    quoted: bool


def parse(
    source: str,
    *,
    delimiter: str | None = None,
    header: str = "auto",
    columns: Sequence[str | int] | None = None,
    syntax: str = "auto",
) -> Document:
    """Parse a table.

    `delimiter` is found by the rows where it is not given. `header`: whether the first row is kept ("keep") or
    translated ("translate"); "auto" keeps names for programs such as `unit_price`. `columns` are the names or the
    numbers (from 1) of those to translate; without it, the cells that have words are. Raises FormatError.
    """
    if header not in ("auto", "keep", "translate"):
        raise FormatError('The option "header" is "auto", "keep" or "translate".')
    if delimiter is not None and not is_delimiter(delimiter):
        raise FormatError('The option "delimiter" is one character, no letter, digit, quotation mark or line break.')
    delimiter = delimiter or sniffed(source)
    rows = list(read(source, delimiter))
    names = [cell.value.strip() for cell in rows[0]] if rows else []
    chosen = indices(columns, names)
    named = columns is not None and any(isinstance(column, str) for column in columns)
    kept = header == "keep" or (header == "auto" and (named or is_header(names, len(rows))))
    symbols = set() if chosen is not None else symbol_columns(rows)
    persons = {column for column, name in enumerate(names) if PERSON.search(name)}
    parts: list[str | Document] = []
    end = 0
    has_head = bool(rows) and not has_number(names)
    for index, row in enumerate(rows):
        if kept and index == 0:
            continue
        lone = [] if has_head or chosen is not None else names_in([cell.value for cell in row])
        for column, cell in enumerate(row):
            is_head = index == 0 and not kept
            wanted = is_text(cell.value) if chosen is None or is_head else column in chosen
            if not wanted or column in lone or (column in symbols and not is_head):
                continue
            if column in persons and chosen is None and not is_head and NAME.fullmatch(cell.value.strip()):
                continue
            written = source[cell.start : cell.end]
            field = Field(written, cell.value, content(cell.value, syntax), encoder(cell, delimiter))
            if field.texts:
                parts += (source[end : cell.start], field)
                end = cell.end
    return Composite([*parts, source[end:]])


def symbol_columns(rows: Sequence[Sequence[Cell]]) -> set[int]:
    """The columns whose cells below the first row are symbols."""
    width = max(map(len, rows), default=0)
    return {
        column for column in range(width) if are_symbols(row[column].value for row in rows[1:] if len(row) > column)
    }


def sniffed(source: str) -> str:
    """The separator that parts the first rows into the same number of cells, more than one; a comma where none does."""
    lines = source[:SAMPLE].splitlines(keepends=True)[: SAMPLE_ROWS * 4]
    best, most = ",", 1.0
    for delimiter in DELIMITERS:
        try:
            rows = [
                row for _, row in zip(range(SAMPLE_ROWS), csv.reader(lines, delimiter=delimiter), strict=False) if row
            ]
        except csv.Error:
            continue
        counts = [len(row) for row in rows]
        common = max(set(counts), key=counts.count, default=1)
        score = counts.count(common) / len(counts) * min(common, 4) if common > 1 else 0.0
        if score > most:
            best, most = delimiter, score
    return best


def is_delimiter(text: str) -> bool:
    return len(text) == 1 and not text.isalnum() and text not in '"\r\n'


def read(source: str, delimiter: str) -> Iterator[list[Cell]]:
    """The rows of the table."""
    place = 1 if source.startswith("\ufeff") else 0
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", source[place:])
    reader = csv.reader(lines, delimiter=delimiter)
    read_lines = 0
    try:
        for row in reader:
            size = sum(map(len, lines[read_lines : reader.line_num]))
            read_lines = reader.line_num
            yield located(source, place, place + size, row, delimiter, reader.line_num)
            place += size
    except csv.Error as error:
        raise FormatError(f"The table cannot be read at line {reader.line_num}: {plain_reason(error)}.") from None


def plain_reason(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell has more than {csv.field_size_limit():,} characters; a quotation mark may lack its partner"
    return str(error)


def located(source: str, start: int, end: int, row: Sequence[str], delimiter: str, line: int) -> list[Cell]:
    """Where the cells of a row stand that goes from `start` to `end`."""
    cells: list[Cell] = []
    place = start
    for index, value in enumerate(row):
        if index and not source.startswith(delimiter, place):
            raise unclear(line, index)
        place += index > 0
        quoted = '"' + value.replace('"', '""') + '"'
        if source.startswith(quoted, place) and source[place + len(quoted) : place + len(quoted) + 1] in (
            "",
            delimiter,
            "\r",
            "\n",
        ):
            size = len(quoted)
        elif source.startswith(value, place) and not source.startswith('"', place):
            size = len(value)
        else:
            raise unclear(line, index + 1)
        cells.append(Cell(place, place + size, value, size != len(value)))
        place += size
    if source[place:end].strip("\r\n"):
        raise unclear(line, len(row))
    return cells


def unclear(line: int, cell: int) -> FormatError:
    return FormatError(
        f"The table cannot be read at cell {cell} of the row that ends in line {line}: a cell with quotes begins and "
        'ends with one, and those inside of it are written twice, as "a ""b"" c".'
    )


def indices(columns: Sequence[str | int] | None, names: Sequence[str]) -> set[int] | None:
    if columns is None:
        return None
    chosen: set[int] = set()
    for column in columns:
        if isinstance(column, int) or (column not in names and column.isdecimal()):
            if not 0 < int(column) <= len(names):
                raise FormatError(f"The table has no column {column}: its first row has {len(names):,} cells.")
            chosen.add(int(column) - 1)
        elif column in names:
            chosen.update(index for index, name in enumerate(names) if name == column)
        else:
            raise FormatError(
                f"The table has no column {column!r}: its first row has {', '.join(names[:20]) or 'no names'}."
            )
    return chosen


def is_header(names: Sequence[str], rows: int) -> bool:
    """Whether the first row names columns for programs."""
    return rows > 1 and len(names) > 1 and all(IDENTIFIER.fullmatch(name) for name in names)


def encoder(cell: Cell, delimiter: str) -> Callable[[str], str]:
    def encode(value: str) -> str:
        if cell.quoted or any(c in value for c in f'{delimiter}"\r\n'):
            return '"' + value.replace('"', '""') + '"'
        return value

    return encode
