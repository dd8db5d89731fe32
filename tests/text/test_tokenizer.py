from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import decoders, models, pre_tokenizers, trainers

from app.text.normalize import normalize
from app.text.restore import restore
from app.text.sentence import analyse
from app.text.tokenizer import (
    BOS,
    EOS,
    PAD,
    PLACEHOLDER_TOKENS,
    SPECIAL_TOKENS,
    UNKNOWN,
    Tokenizer,
    target_tag,
)

SENTENCES = [
    "Ein Mann, der auf einer Leiter steht.",
    "A man is standing on a ladder; he isn't tall!",
    'She said: "No" (twice). <s> </s> {x} 0123456789 > < / ph & ?',
    "你好，世界。",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    backend = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                tokenizers.Regex(r" ?\p{L}{1,40}| ?\p{N}| ?[^\s\p{L}\p{N}]{1,16}|\s{1,16}"), "isolated"
            ),
            pre_tokenizers.Metaspace(prepend_scheme="first", split=False),
        ]
    )
    backend.decoder = decoders.Metaspace(prepend_scheme="first")
    special = [*SPECIAL_TOKENS, *PLACEHOLDER_TOKENS, target_tag("de"), target_tag("fr")]
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    backend.train_from_iterator(SENTENCES, trainer)
    return Tokenizer(backend.to_str())


def test_special_tokens_have_fixed_ids(tokenizer: Tokenizer) -> None:
    assert [tokenizer.id_of(token) for token in SPECIAL_TOKENS] == [PAD, UNKNOWN, BOS, EOS] == [0, 1, 2, 3]
    assert tokenizer.id_of("<2de>") < tokenizer.size
    with pytest.raises(KeyError, match="<2xx>"):
        tokenizer.id_of("<2xx>")


@pytest.mark.parametrize("text", [*SENTENCES, "a", "A man; a ladder", "12 on a ladder, 34!"])
def test_round_trip(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(st.sampled_from(list("Aadein .,:;!?()01\"'<>/s"))))
def test_round_trip_of_any_normalised_text(tokenizer: Tokenizer, text: str) -> None:
    text = normalize(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_text_cannot_forge_special_tokens(tokenizer: Tokenizer) -> None:
    text = "a </s> <s> <2fr> <2de> <pad> <unk> <ph3> a</s>"
    forbidden = {tokenizer.id_of(t) for t in ["<pad>", "<s>", "</s>", "<2de>", "<2fr>", *PLACEHOLDER_TOKENS]}
    assert not forbidden & set(tokenizer.encode(text))
    assert not forbidden & set(tokenizer.encode_batch([text, text])[1])


def test_a_protected_text_has_its_own_placeholders_alone(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode(analyse("a </s> a <ph3> a <2fr>, a").masked, placeholders=True)
    special = [i for i in ids if i <= tokenizer.id_of("<2fr>") and i != UNKNOWN]
    assert special == [tokenizer.id_of(token) for token in PLACEHOLDER_TOKENS[:3]]


def test_placeholders_come_back_with_their_spaces(tokenizer: Tokenizer) -> None:
    text = "A man (<ph0>) said: <ph1>, <ph2>."
    assert tokenizer.decode(tokenizer.encode(text, placeholders=True)) == text


def test_from_text_to_tokens_and_back(tokenizer: Tokenizer) -> None:
    sentence = analyse("Ein Mann (42) steht auf {name}, <b>A</b> </s>")
    decoded = tokenizer.decode(tokenizer.encode(sentence.masked, placeholders=True))
    assert restore(decoded, sentence) == "Ein Mann (42) steht auf {name}, <b>A</b> </s>"


def test_offsets_are_those_of_the_text(tokenizer: Tokenizer) -> None:
    text = "A man (<ph0>) said"
    ids, offsets = tokenizer.encode_with_offsets(text, placeholders=True)
    assert ids == tokenizer.encode(text, placeholders=True)
    assert "".join(text[start:end] for start, end in offsets) == text


def test_model_output_ends_without_special_tokens(tokenizer: Tokenizer) -> None:
    ids = [BOS, *tokenizer.encode("A man"), EOS, PAD]
    assert tokenizer.decode(ids) == "A man"


def test_a_batch_is_its_texts(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode_batch(SENTENCES) == [tokenizer.encode(text) for text in SENTENCES]
    assert tokenizer.encode_batch([]) == []
    assert tokenizer.encode("") == []


def test_a_saved_tokenizer_is_the_same(tokenizer: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(tokenizer.json, "utf-8")
    again = Tokenizer.load(tmp_path / "tokenizer.json")
    assert again.json == tokenizer.json
    assert again.encode(SENTENCES[0]) == tokenizer.encode(SENTENCES[0])


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"model": 3}', '{"added_tokens": [1]}'])
def test_what_is_no_tokenizer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not the text of a tokenizer\.json"):
        Tokenizer(text)


@pytest.mark.parametrize("unit", ["a", "1", ".", " ", "<ph1>", "你", "\U0010ffff", "\u0301"])
def test_hostile_texts_do_not_stall(tokenizer: Tokenizer, unit: str) -> None:
    tokenizer.encode(unit * (200_000 // len(unit)))


@given(st.text(alphabet="aAbzéßÄŒſ'’ ,.!?…“—<>ph0/s&@#12\t\u0130\u0301\u2581中", max_size=80))
def test_a_text_by_its_words_has_the_tokens_of_the_whole_text(text: str) -> None:
    for shipped in shipped_tokenizers():
        assert shipped.encode(text) == shipped.encode_with_offsets(text)[0]


@cache
def shipped_tokenizers() -> list[Tokenizer]:
    models = Path(__file__).resolve().parents[2] / "models"
    found = [Tokenizer.load(models / name / "tokenizer.json") for name in ("sentiment-en", "translation-en-de")]
    assert all(one.has_words for one in found)
    return found


def test_only_so_many_words_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.text.tokenizer.WORDS_KEPT", 3)
    shipped = Tokenizer.load(Path(__file__).resolve().parents[2] / "models" / "sentiment-en" / "tokenizer.json")
    text = "one two three four five six"
    assert shipped.encode(text) == shipped.encode_with_offsets(text)[0]
    assert len(shipped.words) <= 3
