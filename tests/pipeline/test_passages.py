"""Long texts are read by passages, and the sentiment of each sentence is given where it is asked for."""

from __future__ import annotations

import httpx
import pytest

from app.pipeline.passages import PASSAGE_TOKENS, Sentence, passages, pooled, sentences, with_mixed

GOOD = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
BAD = {"negative": 0.8, "neutral": 0.15, "positive": 0.05}
NEUTRAL = {"negative": 0.0, "neutral": 1.0, "positive": 0.0}


def tokens_of(text: str) -> list[int]:
    return [len(word) for word in text.split() if word.strip(".!*`")]


def found(text: str, language: str = "en", most: int = 10) -> list[tuple[str, list[int]]]:
    parts = sentences(text, language, tokens_of(text) or [0], most, tokens_of)
    return [(text[one.start : one.end], one.tokens) for one in parts]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It is. We were\n\n - all!  ", ["It is.", "We were", "all!"]),
        ("  \n* one\n* two", ["one", "two"]),
        ("... Yes. ***", ["Yes."]),
        ("***", ["***"]),
        ("```\nx = 1\n```", ["```\nx = 1\n```"]),
    ],
)
def test_sentences_have_their_places(text: str, parts: list[str]) -> None:
    assert [sentence for sentence, _ in found(text)] == parts


def test_a_sentence_of_too_many_tokens_comes_in_parts() -> None:
    text = "Yes. " + " ".join("a" * length for length in range(1, 26)) + "."
    assert [tokens for _, tokens in found(text)[1:]] == [
        list(range(1, 11)),
        list(range(11, 21)),
        [*range(21, 25), 26],  # with the full stop
    ]
    assert len({sentence for sentence, _ in found(text)}) == 2


def test_passages_hold_whole_sentences() -> None:
    lengths = [30, 30, 5, 70, 1, 63, 1]
    parts = [Sentence(0, 0, [place] * length) for place, length in enumerate(lengths)]
    read = passages(parts, 512)
    assert [sorted(set(tokens)) for tokens in read] == [[0, 1], [2], [3], [4, 5], [6]]
    assert sum(map(len, read)) == sum(lengths)
    assert max(len(tokens) for tokens in read if len(set(tokens)) > 1) <= PASSAGE_TOKENS
    assert [len(tokens) for tokens in passages([Sentence(0, 0, [1] * 20)] * 5, 46)] == [40, 40, 20]


def test_passages_without_an_opinion_hardly_count() -> None:
    assert pooled([GOOD]) == pytest.approx(GOOD)
    scores = pooled([NEUTRAL] * 8 + [GOOD])
    assert max(scores, key=scores.__getitem__) == "positive"
    assert sum(scores.values()) == pytest.approx(1)
    assert pooled([NEUTRAL, NEUTRAL]) == pytest.approx(NEUTRAL)
    assert pooled([{"bad": 0.2, "good": 0.8}, {"bad": 0.6, "good": 0.4}]) == pytest.approx({"bad": 0.4, "good": 0.6})


def test_clearly_good_and_bad_sentences_make_a_text_mixed() -> None:
    both = with_mixed(pooled([GOOD, BAD]), [GOOD, BAD])
    assert both["mixed"] == pytest.approx(0.6)
    assert max(both, key=both.__getitem__) == "mixed"
    assert sum(both.values()) == pytest.approx(1)
    for one_sided in ([GOOD], [GOOD, NEUTRAL], [BAD, BAD], [GOOD, {"negative": 0.5, "neutral": 0.5, "positive": 0.0}]):
        assert with_mixed(pooled(one_sided), one_sided)["mixed"] == 0


def test_the_service_gives_sentences_and_says_what_is_mixed(service: httpx.Client) -> None:
    text = "The room was wonderful. The staff was terrible!\n\nWe came on Monday."
    answer = service.post("/sentiment", json={"text": text, "language": "en", "sentences": True}).json()
    assert [(one["text"], one["label"]) for one in answer["sentences"]] == [
        ("The room was wonderful.", "positive"),
        ("The staff was terrible!", "negative"),
        ("We came on Monday.", "neutral"),
    ]
    assert [text[one["start"] : one["end"]] for one in answer["sentences"]] == [
        one["text"] for one in answer["sentences"]
    ]
    assert answer["label"] == "mixed"
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=1e-5)
    plain = service.post("/sentiment", json={"text": text, "language": "en"}).json()
    assert "sentences" not in plain
    assert "mixed" not in plain["scores"]
    chinese = {"text": "房间很漂亮。服务太差了！", "sentences": True}
    assert [one["text"] for one in service.post("/sentiment", json=chinese).json()["sentences"]] == [
        "房间很漂亮。",
        "服务太差了！",
    ]


def test_the_end_of_a_long_review_counts(service: httpx.Client) -> None:
    def scores(end: str, truncate: bool) -> dict[str, float]:
        body = {"text": "We went to the cinema on Monday. " * 80 + end, "language": "en", "truncate": truncate}
        answer = service.post("/sentiment", json=body).json()
        assert answer["truncated"] is truncate
        return dict(answer["scores"])

    praise = "It was a wonderful, moving film, and I loved every minute of it. " * 3
    blame = "It was a dull, silly film, and I hated every minute of it. " * 3
    assert scores(praise, truncate=True) == scores(blame, truncate=True)
    assert scores(praise, truncate=False)["positive"] > scores(blame, truncate=False)["positive"] + 0.05
