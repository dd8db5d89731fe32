import torch

from app.text.tokenizer import Tokenizer, target_tag
from app.training.data.vocabulary import train_bpe, with_first
from app.training.vocabulary_transfer import spellings, token_ids, transferred

TEXTS = ["the woman sings the song", "the woman sang", "another woman sings another song"] * 5


def test_new_tokens_are_the_mean_of_the_old_pieces_that_spell_them() -> None:
    small = Tokenizer(train_bpe(TEXTS, 36, tags=[target_tag("de")]))
    large = Tokenizer(train_bpe([*TEXTS, "Größe ü"] * 2, 90, tags=[target_tag("de")]))
    rows = torch.randn(small.size, 4)
    fresh = torch.randn(large.size, 4)
    weight = transferred(rows, spellings(small, large), fresh)
    assert weight.shape == (large.size, 4)
    old, new = token_ids(small), token_ids(large)
    for token, number in new.items():
        if token in old:
            assert torch.equal(weight[number], rows[old[token]])
    assert "▁woman" in new
    assert "▁woman" not in old
    pieces = small.encode("woman")
    assert len(pieces) > 1
    assert torch.allclose(weight[new["▁woman"]], rows[pieces].mean(dim=0))
    assert torch.equal(weight[new["ü"]], fresh[new["ü"]])


def test_a_vocabulary_that_is_numbered_anew_keeps_its_rows() -> None:
    text = train_bpe(TEXTS, 60, tags=[target_tag("de")])
    tokenizer = Tokenizer(text)
    renumbered, numbers = with_first(text, set(tokenizer.encode("another song")))
    assert [numbers[old] for (old,) in spellings(tokenizer, Tokenizer(renumbered))] == list(range(tokenizer.size))
