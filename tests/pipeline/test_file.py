"""Files in the pipeline: texts in their order, a few at a time, patient with a full queue."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from app.engine.errors import EngineOverloaded, RequestFailed
from app.formats.files import open_file
from app.pipeline.errors import PipelineError
from app.pipeline.file import IN_FLIGHT, beginning, chunks, opened
from app.pipeline.marked import Marked

LINES = "".join(f"Line number {number} here.\n" for number in range(300)).encode()


def test_few_texts_are_under_way_and_their_order_stays() -> None:
    under_way, most = 0, 0

    async def translate(text: Marked) -> Marked:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 if "7" in text.text else 0)
        under_way -= 1
        return Marked(text.text.replace("Line", "Zeile"))

    async def run() -> list[bytes]:
        return [chunk async for chunk in chunks(open_file(LINES, "text", most_bytes=10**6), translate)]

    written = asyncio.run(run())
    assert len(written) > 100
    assert b"".join(written) == LINES.replace(b"Line", b"Zeile")
    assert most <= IN_FLIGHT


def test_a_full_queue_is_waited_for() -> None:
    tries: list[str] = []

    async def translate(text: Marked) -> Marked:
        tries.append(text.text)
        if len(tries) < 3:
            raise EngineOverloaded("full", 0.01)
        return text

    async def run() -> bytes:
        return b"".join([c async for c in chunks(open_file(b"One line.", "text", most_bytes=10**6), translate)])

    assert asyncio.run(run()) == b"One line."
    assert tries == ["One line."] * 3


@pytest.mark.parametrize("leaves", [True, False])
def test_no_work_is_left_behind(leaves: bool) -> None:
    started, ended = 0, 0

    async def translate(text: Marked) -> Marked:
        nonlocal started, ended
        started += 1
        try:
            if "number 3 " in text.text and not leaves:
                raise RequestFailed("it crashed")
            at_once = text.text.split()[2] in ("0", "1", "2")
            await asyncio.sleep(0 if at_once else 60)
            return text
        finally:
            ended += 1

    async def run() -> None:
        async with aclosing(chunks(open_file(LINES, "text", most_bytes=10**6), translate)) as parts:
            await anext(parts)
            if not leaves:
                async for _ in parts:
                    pass

    if leaves:
        asyncio.run(run())
    else:
        with pytest.raises(RequestFailed):
            asyncio.run(asyncio.wait_for(run(), 20))
    assert 0 < started == ended


def test_what_was_translated_before_is_not_asked_for_again() -> None:
    class Memory:
        def __init__(self) -> None:
            self.known = {"One line.": Marked("Eine Zeile.")}

        def get(self, text: Marked) -> Marked | None:
            return self.known.get(text.text)

        def put(self, text: Marked, translation: Marked) -> None:
            self.known[text.text] = translation

    async def translate(text: Marked) -> Marked:
        assert text.text == "Another line."
        return Marked("Noch eine.")

    async def run(memory: Memory) -> bytes:
        file = open_file(b"One line.\n\nAnother line.", "text", most_bytes=10**6)
        return b"".join([chunk async for chunk in chunks(file, translate, memory)])

    memory = Memory()
    assert asyncio.run(run(memory)) == b"Eine Zeile.\n\nNoch eine."
    assert memory.known["Another line."] == Marked("Noch eine.")


def test_the_language_is_detected_by_the_beginning() -> None:
    file = open_file(b"<p>Good <code>x = 1</code> night</p>" + b"<p>All of it.</p>" * 10_000, "html", most_bytes=10**7)
    words = beginning(file)
    assert "Good" in words
    assert "x = 1" not in words
    assert len(words) < 12_000


def test_an_empty_file_is_an_error() -> None:
    with pytest.raises(PipelineError, match="empty"):
        asyncio.run(opened(b" \n", "text", syntax="auto", charset="", most_bytes=100))
