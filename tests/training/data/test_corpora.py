from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from app.training.data.corpora import in_share, read_pairs, read_sentiment
from app.training.errors import CorpusError


def test_columns_are_found_by_name_and_xz_is_read(tmp_path: Path) -> None:
    text = 'text\tstars\tlabel\nit "works\t5\tpositive\nno\t1\tnegative\n'
    (tmp_path / "a.train.tsv.xz").write_bytes(lzma.compress(text.encode()))
    assert list(read_sentiment(tmp_path / "a.train")) == [('it "works', "positive"), ("no", "negative")]


def test_pairs(tmp_path: Path) -> None:
    (tmp_path / "a.en-de.tsv").write_text("a man\tein Mann\n\u2028x\ty\n")
    assert list(read_pairs(tmp_path / "a.en-de")) == [("a man", "ein Mann"), ("\u2028x", "y")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label\tbody\n", "line 1: the header must name"),
        ("", "line 1"),
        ("label\ttext\npositive\thi\ngood\thi\n", "line 3: wants a label"),
        ("label\ttext\npositive\n", "line 2"),
    ],
)
def test_a_malformed_corpus_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(CorpusError, match=message):
        list(read_sentiment(tmp_path / "a.tsv"))


def test_a_malformed_parallel_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.en-de.tsv").write_text("one\teins\nonly one column\n")
    with pytest.raises(CorpusError, match="line 2: wants two columns, has 1"):
        list(read_pairs(tmp_path / "a.en-de.tsv"))


def test_a_corpus_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.en-de.tsv").write_bytes(b"one\teins\n\xff\xfe\tzwei\n")
    with pytest.raises(CorpusError, match=r"after line \d: 'utf-8' codec"):
        list(read_pairs(tmp_path / "a.en-de"))
    (tmp_path / "b.en-de.tsv.xz").write_bytes(lzma.compress(b"one\teins\n")[:-8])
    with pytest.raises(CorpusError, match="after line"):
        list(read_pairs(tmp_path / "b.en-de"))


def test_lines_of_other_systems(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"label\ttext\r\npositive\tfine\rwine\r\n")
    assert list(read_sentiment(tmp_path / "a")) == [("fine\rwine", "positive")]


def test_a_missing_corpus(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such corpus"):
        list(read_pairs(tmp_path / "a.en-de"))


def test_a_share_is_of_the_size_asked_and_always_the_same() -> None:
    texts = [f"text {n}" for n in range(4000)]
    chosen = [text for text in texts if in_share(text, 0.25, "share")]
    assert 900 < len(chosen) < 1100
    assert chosen == [text for text in texts if in_share(text, 0.25, "share")]
    other = [text for text in chosen if in_share(text, 0.25, "holdout")]
    assert 180 < len(other) < 320  # independent of each other
    assert not any(in_share(text, 0.0, "share") for text in texts)
    assert all(in_share(text, 1.0, "share") for text in texts)
