from __future__ import annotations

from app.text.tokenizer import PLACEHOLDER_TOKENS, SPECIAL_TOKENS, UNKNOWN, Tokenizer, target_tag
from app.training.data.vocabulary import train_bpe, with_first
from tests.conftest import TEXTS


def test_wanted_tokens_come_first_and_nothing_else_changes() -> None:
    text = train_bpe(TEXTS * 3, 120, tags=[target_tag("de")])
    before = Tokenizer(text)
    wanted = set(before.encode(TEXTS[1]))
    renumbered, numbers = with_first(text, wanted)
    after = Tokenizer(renumbered)
    assert sorted(numbers) == list(range(before.size)) == list(range(after.size))
    for token in [*SPECIAL_TOKENS, *PLACEHOLDER_TOKENS, target_tag("de")]:
        assert after.id_of(token) == before.id_of(token)
    special = len(SPECIAL_TOKENS) + len(PLACEHOLDER_TOKENS) + 1
    assert max(after.encode(TEXTS[1])) == special + len(wanted) - 1
    for one in [*TEXTS, "Leiter <ph0> shirt, 42 Männer?"]:
        ids = after.encode(one, placeholders=True)
        assert ids == [numbers[i] for i in before.encode(one, placeholders=True)]
        assert after.decode(ids) == before.decode(before.encode(one, placeholders=True))


def test_what_no_text_is_made_of_can_be_left_out() -> None:
    text = train_bpe(TEXTS * 3, 120, tags=[target_tag("de")])
    before = Tokenizer(text)
    wanted, read = before.encode(TEXTS[1]), before.encode(TEXTS[0])
    pared, numbers = with_first(text, wanted, read)
    after = Tokenizer(pared)
    assert after.size < before.size
    for one in TEXTS[:2]:
        assert after.encode(one) == [numbers[i] for i in before.encode(one)]
    assert max(after.encode(TEXTS[1])) < min(set(after.encode(TEXTS[0])) - set(after.encode(TEXTS[1])))
    lost = next(i for i in range(before.size) if numbers[i] == UNKNOWN and i != UNKNOWN)
    assert lost not in {*wanted, *read}
    assert with_first(pared, after.encode(TEXTS[1]), after.encode(TEXTS[0]))[0] == pared
