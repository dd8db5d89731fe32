from __future__ import annotations

from pathlib import Path

import pytest

from app.training.data.corpora import CorpusSpec
from app.training.data.pairs import direction_of, read_direction
from app.training.errors import CorpusError


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
