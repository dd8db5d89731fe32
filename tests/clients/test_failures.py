"""The client of `clients/python` against a server that misbehaves."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.clients.conftest import Clients
from tests.clients.misbehaving import LIMITS, PIECES, Misbehaving
from undertone_client import (
    BatchError,
    ConnectionFailed,
    Overloaded,
    RequestRefused,
    ServiceFailed,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    UnexpectedAnswer,
)
from undertone_client.retries import seconds_of, wait_before

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def test_retry_after_is_honoured(clients: Clients, server: Misbehaving) -> None:
    assert clients(f"{server.url}/limited").sentiment("good").label == "good"
    first, second = server.requests("limited")
    assert second.at - first.at >= 1
    assert clients(f"{server.url}/dated").sentiment("good").label == "good"
    first, second = server.requests("dated")
    assert int(second.at) >= int(first.at) + 1


@pytest.mark.parametrize("scenario", ["resets", "cut"])
def test_a_lost_answer_is_asked_for_again(clients: Clients, server: Misbehaving, scenario: str) -> None:
    assert clients(f"{server.url}/{scenario}").sentiment("good").label == "good"
    assert len(server.requests(scenario)) == 2


def test_retries_end(clients: Clients, server: Misbehaving) -> None:
    with pytest.raises(Overloaded) as caught:
        clients(f"{server.url}/down", max_retries=2).sentiment("good")
    assert (caught.value.status, caught.value.kind, caught.value.retry_after) == (503, None, 0)
    assert len(server.requests("down")) == 3


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("distant", TooManyRequests),
        ("refuses", RequestRefused),
        ("locked", Unauthorized),
        ("fails", ServiceFailed),
        ("page", UnexpectedAnswer),
        ("redirects", UnexpectedAnswer),
    ],
)
def test_what_is_not_asked_again(clients: Clients, server: Misbehaving, scenario: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        clients(f"{server.url}/{scenario}").sentiment("good")
    assert type(caught.value) is error
    assert len(server.requests(scenario)) == 1


def test_a_problem_says_what_to_change(clients: Clients, server: Misbehaving) -> None:
    with pytest.raises(RequestRefused) as caught:
        clients(f"{server.url}/refuses").sentiment("good")
    error = caught.value
    assert (error.status, error.kind, error.detail) == (422, "invalid-request", "invalid-request")
    assert [(one.field, one.message) for one in error.fields] == [("text", "must be a string")]
    assert error.request_id == "order-1"
    with pytest.raises(RequestRefused, match="a proxy may have given it") as caught:
        clients(f"{server.url}/other").sentiment("good")
    assert (caught.value.kind, caught.value.fields) == (None, [])
    with pytest.raises(UnexpectedAnswer, match=r"text/html that is no SentimentAnswer of Undertone.*Please log in"):
        clients(f"{server.url}/page").sentiment("good")
    with pytest.raises(UnexpectedAnswer, match=r"status 308; base_url may be https://example.org/sentiment"):
        clients(f"{server.url}/redirects").sentiment("good")


def test_time_is_limited(clients: Clients, server: Misbehaving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertone_client.base.GRACE_S", 0.1)
    with pytest.raises(TimedOut):
        clients(f"{server.url}/silent", timeout=0.2).sentiment("good")
    (request,) = server.requests("silent")
    assert request.headers["x-request-timeout"] == "0.2"


def test_nobody_there(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("undertone_client.retries.FIRST_WAIT_S", 0.01)
    with pytest.raises(ConnectionFailed, match=r"http://127\.0\.0\.1:9/sentiment"):
        clients("http://127.0.0.1:9").sentiment("good")
    with pytest.raises(ConnectionFailed):
        clients("http://127.0.0.1:9").health()


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://example.org", "http://", "http://x:port"])
def test_a_wrong_url_is_told_at_once(clients: Clients, url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        clients(url)


def test_a_batch_is_cut_to_the_limits(clients: Clients, server: Misbehaving) -> None:
    texts = [str(number) for number in range(7)] + ["é" * 180, "ü" * 40, "\u2028", "x" * 900, "last"]
    progress: list[tuple[int, int]] = []
    answers = clients(f"{server.url}/well").sentiment(
        texts, progress=lambda done, total: progress.append((done, total))
    )
    assert [answer.label for answer in answers] == texts
    parts = server.requests("well", "/sentiment/batch")
    assert sorted(len(part.body) <= LIMITS["max_body_bytes"] for part in parts) == [False, *[True] * (len(parts) - 1)]
    assert max(part.body.count(b'",') for part in parts) == LIMITS["max_batch_items"] - 1
    assert len(server.requests("well", "/models")) == 1
    assert sorted(progress) == progress
    assert progress[-1] == (12, 12)
    assert clients(f"{server.url}/well").sentiment([]) == []
    assert [one.label for one in clients(f"{server.url}/well").sentiment(text for text in ("a", "b"))] == ["a", "b"]


def test_a_bar(clients: Clients, server: Misbehaving, capsys: pytest.CaptureFixture[str]) -> None:
    clients(f"{server.url}/well").sentiment(list("abcdefg"), progress=True)
    assert "7/7" in capsys.readouterr().err


def test_a_part_that_takes_too_long_is_halved(clients: Clients, server: Misbehaving) -> None:
    answers = clients(f"{server.url}/slow").sentiment(list("abcdefg"))
    assert [answer.label for answer in answers] == list("abcdefg")


def test_a_text_that_has_to_wait_is_asked_for_again(
    clients: Clients, server: Misbehaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("undertone_client.retries.FIRST_WAIT_S", 0.01)
    answers = clients(f"{server.url}/full").sentiment(list("abc"))
    assert [answer.label for answer in answers] == list("abc")
    assert [request.body for request in server.requests("full", "/sentiment/batch")] == [
        b'{"texts":["a","b","c"]}',
        b'{"texts":["b"]}',
    ]


def test_bad_texts_leave_the_others(clients: Clients, server: Misbehaving) -> None:
    with pytest.raises(BatchError, match="2 of 6 texts have no answer; the first is number 1: empty-text") as caught:
        clients(f"{server.url}/bad").sentiment(["a", "", "b", "c", "bad", "d"])
    results = caught.value.results
    assert [result and result.label for result in results] == ["a", None, "b", "c", None, "d"]
    assert [(place, error.kind) for place, error in caught.value.errors.items()] == [
        (1, "empty-text"),
        (4, "empty-text"),
    ]


def test_what_is_done_is_kept_when_a_part_fails(clients: Clients, server: Misbehaving) -> None:
    with pytest.raises(Unauthorized) as caught:
        clients(f"{server.url}/stops").sentiment(list(LETTERS))
    results = caught.value.results
    assert results is not None
    assert len(results) == 26
    assert sum(result is not None for result in results) == 6
    assert all(result is None or result.label == letter for letter, result in zip(LETTERS, results, strict=True))


def test_a_batch_with_an_answer_missing(clients: Clients, server: Misbehaving) -> None:
    with pytest.raises(UnexpectedAnswer, match="1 results for 2 texts"):
        clients(f"{server.url}/short").sentiment(["a", "b"])


def test_a_stream_in_bytes(clients: Clients, server: Misbehaving) -> None:
    stream = clients(f"{server.url}/grows").translate_stream("Good morning", target="de")
    with pytest.raises(RuntimeError, match="read the stream to its end"):
        _ = stream.answer
    assert list(stream) == PIECES
    assert stream.answer.translation == stream.text == "".join(PIECES)


def test_a_stream_that_breaks_off(clients: Clients, server: Misbehaving) -> None:
    for scenario, error in (("withers", ConnectionFailed), ("fades", ServiceFailed)):
        stream = clients(f"{server.url}/{scenario}").translate_stream("Good morning", target="de")
        with pytest.raises(error):
            list(stream)
        assert stream.text == "".join(PIECES)
        assert len(server.requests(scenario, "/translate")) == 1, "nobody gets pieces twice"
    with pytest.raises(UnexpectedAnswer, match="no event stream"):
        list(clients(f"{server.url}/page").translate_stream("Good morning", target="de"))


def test_files_that_cannot_be_trusted(clients: Clients, server: Misbehaving) -> None:
    with pytest.raises(ConnectionFailed):
        clients(f"{server.url}/breaks").translate_file(b"Good morning", target="de", name="a.txt")
    assert len(server.requests("breaks", "/translate/file")) == 1
    assert clients(f"{server.url}/climbs").translate_file(b"Good morning", target="de").name == "a.txt"
    with pytest.raises(UnexpectedAnswer, match="without the name"):
        clients(f"{server.url}/page").translate_file(b"Good morning", target="de")


def test_a_client_of_ones_own(server: Misbehaving) -> None:
    from undertone_client import Undertone

    with httpx.Client(headers={"X-Mine": "1"}) as http:
        with Undertone(f"{server.url}/well/", api_key="KEY", http=http) as client:
            client.sentiment("good")
        assert not http.is_closed
    (request,) = server.requests("well")
    assert request.headers["x-mine"] == "1"
    assert request.headers["authorization"] == "Bearer KEY"


def test_waits() -> None:
    failure = ConnectionFailed()
    waits = [wait_before(attempt, failure, 10) or 0.0 for attempt in range(10)]
    for attempt, wait in enumerate(waits):
        assert 0.5 <= wait / min(0.5 * 2**attempt, 8) <= 1
    assert wait_before(10, failure, 10) is None
    assert wait_before(0, TimedOut(), 10) is None
    assert [seconds_of(text) for text in (None, "", "soon", "-3", "1.5", "nan")] == [None, None, None, 0, 1.5, 0]
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    date = "Wed, 21 Oct 2116 07:28:00 GMT"
    assert (seconds_of(date) or 0) > 10**8
    assert parsedate_to_datetime(date).tzinfo is not None
