"""Tiny models with random weights in Hugging Face layout, one of each family, made on the spot."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = [
    "A man in a blue shirt stands on a ladder.",
    "I love this phone, and my dog loves it too!",
    "translate English to German: The train leaves at nine.",
    "Ein Mann im blauen Hemd steht auf einer Leiter.",
    "Un homme en chemise bleue se tient sur une échelle.",
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,:;!?'\"-/()<>[]_@#%&äöüßéèà",
] * 4
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
SEQ2SEQ = {
    "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 24, "decoder_ffn_dim": 24,
}  # fmt: skip


def sentence_pieces(kind: str = "unigram", size: int = 160, **special: Any) -> bytes:
    """A SentencePiece model, as the makers of these models train it; `special` numbers and names its special tokens."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_writer=model, vocab_size=size, model_type=kind, minloglevel=2,
        hard_vocab_limit=False, **special,
    )  # fmt: skip
    return model.getvalue()


def pieces_of(model: bytes) -> list[str]:
    loaded = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [loaded.id_to_piece(number) for number in range(loaded.get_piece_size())]


def save(model: Any, folder: Path, **fields: Any) -> Path:
    """Weights, config (with `fields` besides) and generation config."""
    model.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **fields}))
    return folder


BERT_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MPNET_TOKENS = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]


def word_pieces(folder: Path, special: list[str], start: str, end: str) -> int:
    """A tokenizer whose vocabulary begins with the special tokens, and which puts two of them around a text."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=200, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{start} $A {end}", None, [(start, special.index(start)), (end, special.index(end))]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return int(tokenizer.get_vocab_size())


LABELS = {
    "id2label": {0: "NEGATIVE", 1: "NEUTRAL", 2: "POSITIVE"},
    "label2id": {"NEGATIVE": 0, "NEUTRAL": 1, "POSITIVE": 2},
}


def bert(folder: Path, **options: Any) -> Path:
    size = word_pieces(folder, BERT_TOKENS, "[CLS]", "[SEP]")
    config = transformers.BertConfig(vocab_size=size, max_position_embeddings=64, **SMALL, **{**LABELS, **options})
    return save(transformers.BertForSequenceClassification(config), folder)


def distilbert(folder: Path) -> Path:
    """Two classes whose names say it, and a vocabulary file of the older kind."""
    size = word_pieces(folder, BERT_TOKENS, "[CLS]", "[SEP]")
    vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(sorted(vocabulary, key=vocabulary.__getitem__)) + "\n")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "DistilBertTokenizer", "model_max_length": 48}')
    config = transformers.DistilBertConfig(
        vocab_size=size, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=64,
        id2label={0: "neg", 1: "pos"}, label2id={"neg": 0, "pos": 1},
    )  # fmt: skip
    return save(transformers.DistilBertForSequenceClassification(config), folder)


def mpnet(folder: Path) -> Path:
    """Positions from behind the padding's id, and a head of two layers."""
    size = word_pieces(folder, MPNET_TOKENS, "<s>", "</s>")
    config = transformers.MPNetConfig(vocab_size=size, max_position_embeddings=66, **SMALL, **LABELS)
    return save(transformers.MPNetForSequenceClassification(config), folder)


def roberta(folder: Path) -> Path:
    """Five stars, `vocab.json` and `merges.txt`."""
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(TEXTS, 400, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_model(str(folder))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "RobertaTokenizer"}')
    names = {0: "1 star", 1: "2 stars", 2: "3 stars", 3: "4 stars", 4: "5 stars"}
    config = transformers.RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=66, **SMALL,
        id2label=names, label2id={name: number for number, name in names.items()},
    )  # fmt: skip
    return save(transformers.RobertaForSequenceClassification(config), folder)


def xlm_roberta(folder: Path) -> Path:
    """A SentencePiece model alone, and classes that are only numbered."""
    pieces = sentence_pieces()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentencepiece.bpe.model").write_bytes(pieces)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "XLMRobertaTokenizer"}')
    (folder / "README.md").write_text("---\nlanguage:\n- de\n- fr\n- xx\n---\nA card.\n")
    size = len(transformers.AutoTokenizer.from_pretrained(folder))
    config = transformers.XLMRobertaConfig(vocab_size=size, max_position_embeddings=66, num_labels=3, **SMALL)
    return save(transformers.XLMRobertaForSequenceClassification(config), folder)


def deberta(folder: Path) -> Path:
    names = {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
    pieces = sentence_pieces(pad_id=0, bos_id=1, eos_id=2, unk_id=3, **names)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spm.model").write_bytes(pieces)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "DebertaV2Tokenizer"}')
    size = len(transformers.AutoTokenizer.from_pretrained(folder))
    config = transformers.DebertaV2Config(
        vocab_size=size, max_position_embeddings=64, **SMALL, relative_attention=True, position_buckets=16,
        norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False,
        id2label={0: "Very Negative", 1: "Negative", 2: "Neutral", 3: "Positive", 4: "Very Positive"},
        label2id={"Very Negative": 0, "Negative": 1, "Neutral": 2, "Positive": 3, "Very Positive": 4},
    )  # fmt: skip
    return save(transformers.DebertaV2ForSequenceClassification(config), folder)


def marian(folder: Path, targets: tuple[str, ...] = (), **tokenizer_config: Any) -> Path:
    """`source.spm` and `vocab.json`, whose ids are not those of the pieces, as in the models of Helsinki-NLP."""
    pieces = sentence_pieces()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.spm").write_bytes(pieces)
    (folder / "target.spm").write_bytes(pieces)
    words = [piece for piece in pieces_of(pieces) if not piece.startswith("<")]
    order = ["</s>", "<unk>", *[f">>{code}<<" for code in targets], *reversed(words), "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(order)}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "MarianTokenizer", "model_max_length": 60, **tokenizer_config})
    )
    pad = len(order) - 1
    config = transformers.MarianConfig(
        vocab_size=len(order), pad_token_id=pad, eos_token_id=0, decoder_start_token_id=pad, forced_eos_token_id=0,
        max_position_embeddings=64, bad_words_ids=[[pad]], **SEQ2SEQ,
    )  # fmt: skip
    return save(transformers.MarianMTModel(config), folder)


def t5(folder: Path, **fields: Any) -> Path:
    pieces = sentence_pieces(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spiece.model").write_bytes(pieces)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer", "model_max_length": 60}')
    size = len(transformers.AutoTokenizer.from_pretrained(folder))
    config = transformers.T5Config(
        vocab_size=size, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, decoder_start_token_id=0
    )
    tasks = {"translation_en_to_de": {"prefix": "translate English to German: "}, "summarization": {}}
    return save(transformers.T5ForConditionalGeneration(config), folder, **{"task_specific_params": tasks, **fields})


def m2m_100(folder: Path) -> Path:
    pieces = sentence_pieces("bpe")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentencepiece.bpe.model").write_bytes(pieces)
    words = [piece for piece in pieces_of(pieces) if not piece.startswith("<")]
    order = ["<s>", "<pad>", "</s>", "<unk>", *words]
    (folder / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(order)}))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "M2M100Tokenizer"}')
    config = transformers.M2M100Config(vocab_size=len(order) + 108, max_position_embeddings=64, **SEQ2SEQ)
    return save(transformers.M2M100ForConditionalGeneration(config), folder)


def nllb(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentencepiece.bpe.model").write_bytes(sentence_pieces("bpe"))
    codes = ["eng_Latn", "deu_Latn", "fra_Latn", "nno_Latn", "nob_Latn", "zho_Hans", "zho_Hant", "ace_Arab"]
    tokenizer = transformers.NllbTokenizer.from_pretrained(folder, extra_special_tokens=codes)
    tokenizer.save_pretrained(folder)
    config = transformers.M2M100Config(vocab_size=len(tokenizer), max_position_embeddings=64, **SEQ2SEQ)
    return save(transformers.M2M100ForConditionalGeneration(config), folder)


CLASSIFIERS: dict[str, Callable[[Path], Path]] = {
    "bert": bert,
    "distilbert": distilbert,
    "mpnet": mpnet,
    "roberta": roberta,
    "xlm-roberta": xlm_roberta,
    "deberta-v2": deberta,
}
TRANSLATORS: dict[str, Callable[[Path], Path]] = {
    "opus-mt-en-de": marian,
    "opus-mt-en-mul": lambda folder: marian(folder, ("fra", "deu", "fr_BE", "nno"), source_lang="en"),
    "t5": t5,
    "m2m_100": m2m_100,
    "nllb": nllb,
}


def make(folder: Path, names: list[str]) -> Path:
    """A folder of model folders."""
    torch.manual_seed(1)
    for name in names:
        {**CLASSIFIERS, **TRANSLATORS}[name](folder / name)
    return folder


def loud(folder: Path) -> Path:
    """With weights ten times as large: the answers of small random ones hardly differ."""
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file({name: 10 * tensor for name, tensor in load_file(path).items()}, path, {"format": "pt"})
    return folder
