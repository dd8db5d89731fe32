"""Tags that a document shows to its reader, as &lt;b&gt; in HTML and Markdown: they stay as they are."""

from __future__ import annotations

from turbohtml import TokenType, tokenize

from app.formats.flow import Flow, Kind, Piece

_LONGEST_TAG = 200  # pieces of a flow


def keep_escaped_tags(words: Flow) -> None:
    """Make one kept piece of the pieces of each such tag."""
    if not any(piece.plain == "<" for piece in words.pieces):
        return
    result: list[Piece] = []
    run: list[Piece] = []
    for piece in [*words.pieces, None]:
        if piece and piece.kind in (Kind.WORDS, Kind.SPACE):
            run.append(piece)
            continue
        result += _with_kept_tags(run) if any(p.plain == "<" for p in run) else run
        run = []
        if piece:
            result.append(piece)
    words.pieces = result


def _with_kept_tags(run: list[Piece]) -> list[Piece]:
    result: list[Piece] = []
    index = 0
    while index < len(run):
        piece = run[index]
        if piece.plain == "<":
            behind = range(index + 1, min(index + _LONGEST_TAG, len(run)))
            last = next((at for at in behind if run[at].plain == ">"), None)
            if last is not None:
                plain = "".join(p.plain for p in run[index : last + 1])
                tokens = list(tokenize(plain, capture_source=True))
                if len(tokens) == 1 and tokens[0].type is not TokenType.TEXT:
                    end = run[last].end
                    result.append(Piece(Kind.KEPT, piece.start, end, plain, (piece.start, end)))
                    index = last + 1
                    continue
        result.append(piece)
        index += 1
    return result
