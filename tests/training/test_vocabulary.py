from __future__ import annotations

from app.text.tokenizer import PLACEHOLDER_TOKENS, SPECIAL_TOKENS, Tokenizer, target_tag
from app.training.vocabulary import old_numbers, train_bpe, with_first
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
    assert old_numbers(text, text) == list(range(before.size))
    old = old_numbers(text, renumbered)
    assert old is not None
    assert [numbers[i] for i in old] == list(range(before.size))
    assert old_numbers(text, train_bpe(TEXTS, 110, tags=[target_tag("de")])) is None
