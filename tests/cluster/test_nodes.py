"""How texts are given to nodes of which some die; the nodes are stand-ins that fail as Ray says it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.engine.errors import RequestFailed
from app.pipeline.marked import Marked
from app.settings import Settings
from app.text.decode_options import DecodeOptions

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]


class Node:
    """Writes texts in capitals; dies, or fails with `error`, at a call of this number."""

    def __init__(self, fails_at: int = -1, error: Exception | None = None) -> None:
        self.fails_at, self.error, self.calls = fails_at, error, 0
        self.translate = SimpleNamespace(remote=self.answer)

    async def answer(self, requests: list[tuple[Marked, Any]]) -> list[Marked | str]:
        from ray.exceptions import ActorDiedError

        await asyncio.sleep(0)
        self.calls += 1
        if self.calls - 1 == self.fails_at:
            raise self.error or ActorDiedError
        return ["of no language" if text.text == "?" else Marked(text.text.upper()) for text, _ in requests]


async def translated(texts: list[str], *nodes: Node) -> list[Marked | BaseException]:
    from ray.exceptions import ActorDiedError

    from app.cli.nodes import Asked, Nodes, Waiting

    given = Nodes(Settings())
    asked = Asked(0, "", "en", "de", model=None, prefer=None, options=DecodeOptions(), glossary=None)
    waiting = [Waiting(Marked(text), asked) for text in texts]
    await given.add(waiting)
    giving = [asyncio.create_task(given.give(node)) for node in nodes]
    answers = await asyncio.wait_for(
        asyncio.gather(*(one.translation for one in waiting), return_exceptions=True), timeout=60
    )
    for task in giving:
        task.cancel()
    ends = await asyncio.gather(*giving, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError | ActorDiedError) for end in ends)
    return answers


TEXTS = [f"text {number}" for number in range(500)]


@pytest.mark.parametrize("fails_at", [0, 1, 3])
def test_the_texts_of_a_node_that_dies_go_to_another(fails_at: int) -> None:
    dying, living = Node(fails_at), Node()
    answers = asyncio.run(translated(TEXTS, dying, living))
    assert [answer.text for answer in answers if isinstance(answer, Marked)] == [text.upper() for text in TEXTS]
    assert dying.calls == fails_at + 1


def test_a_bad_text_fails_alone() -> None:
    good, bad, other = asyncio.run(translated(["a", "?", "b"], Node()))
    assert (good, other) == (Marked("A"), Marked("B"))
    assert isinstance(bad, RequestFailed)
    assert str(bad) == "of no language"


def test_a_fault_of_the_code_fails_its_texts_and_not_the_nodes() -> None:
    from ray.exceptions import RayTaskError

    node = Node(0, RayTaskError("translate", "", ValueError("a bug")))
    first, *_, last = asyncio.run(translated(TEXTS[:100], node))
    assert isinstance(first, RequestFailed)
    assert "a bug" in str(first)
    assert isinstance(last, Marked)
