from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.training.corpora import CorpusError, CorpusSpec
from app.training.translation import direction_of, read_direction, sampled_words


def test_sampled_words_stand_for_the_whole_vocabulary() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1000)
    wanted = torch.tensor([[5, 7, 0], [7, 999, 5]])
    total = logits.exp()[1:].sum()
    sums = []
    for _ in range(300):
        words, places, correction = sampled_words(wanted, 1000, 100)
        assert len(words) == len(set(words.tolist())) == 104  # padding, three that are wanted, a hundred others
        assert torch.equal(words[places], wanted)
        assert places[0, 2] == 0  # what the loss leaves out
        assert not correction[:4].any()
        sums.append((logits[words] + correction).exp()[1:].sum())
    assert torch.stack(sums).mean().item() == pytest.approx(total.item(), rel=0.02)


def test_no_more_words_than_there_are() -> None:
    words, _, correction = sampled_words(torch.tensor([[3]]), 10, 100)
    assert sorted(words.tolist()) == list(range(10))
    assert not correction.any()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "a.en-zh_Hant.tsv").write_text("The software is good.\t軟體很好。\n", "utf-8")
    (tmp_path / "a.en-de.tsv").write_text("one two three\t„eins zwei drei“\n", "utf-8")
    return tmp_path


def test_chinese_of_either_script_is_simplified_for_a_model_of_chinese(data: Path) -> None:
    spec = CorpusSpec("a.en-zh_Hant")
    assert read_direction(spec, data, "en", "zh") == [("The software is good.", "软件很好。")]
    assert read_direction(spec, data, "zh", "en") == [("软件很好。", "The software is good.")]
    assert read_direction(spec, data, "en", "zh-Hant") == [("The software is good.", "軟體很好。")]
    assert read_direction(spec, data, "en", "zh-Hans") == []
    assert direction_of(spec.file, [("de", "en"), ("zh", "en")]) == ("zh", "en")


def test_long_english_is_left_out_on_either_side(data: Path) -> None:
    assert read_direction(CorpusSpec("a.en-de"), data, "de", "en") == [('"eins zwei drei"', "one two three")]
    assert read_direction(CorpusSpec("a.en-de", max_words=2), data, "de", "en") == []
    with pytest.raises(CorpusError, match="serves none"):
        direction_of("a.en-de", [("en", "fr")])
