"""The models for all peers, with the model folders and the text preparation of the service, so that only the servers
differ. Knows no server."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from app.nets.folder import open_folder
from app.nets.modules import load_model
from app.text.normalize import normalize
from app.text.post_text import plain_post
from app.text.tokenizer import EOS, UNKNOWN, Tokenizer, target_tag

MODELS = Path(__file__).resolve().parents[2] / "models"
SENTIMENT, TRANSLATION = "sentiment-en", "translation-en-de"

Batch = list[list[int]]
Classify = Callable[[Batch], list[list[float]]]
Translate = Callable[[Batch, int], list[list[int]]]


def load_runtime(folder: Path, runtime: str) -> Any:
    """The model of a folder in another runtime than torch. Only this function depends on how the service loads it.

    Raises SystemExit if the runtime is not installed.
    """
    try:
        from app.runtime.factory import runtime_of

        return runtime_of(open_folder(folder), runtime)
    except ImportError as error:
        raise SystemExit(f"the runtime {runtime} is not to be had here ({error}); torch is") from error


def load_classifier(folder: Path, runtime: str = "torch") -> Classify:
    """A function from token ids of texts to probabilities; one compute thread per process, as in the engines."""
    torch.set_num_threads(1)
    model: Any = load_model(folder) if runtime == "torch" else load_runtime(folder, runtime)
    classify: Classify = model.classify
    return classify


def load_translator(folder: Path, runtime: str = "torch") -> Translate:
    """A function from token ids of sources and a beam width to token ids of their best translations. The runtime
    `ctranslate2` is a Transformer of like size with random weights, for which only speed has a meaning."""
    torch.set_num_threads(1)
    if runtime == "ctranslate2":
        return random_transformer(Tokenizer.load(folder / "tokenizer.json").size)
    from app.runtime.decoding import translate

    translator = load_runtime(folder, runtime)

    def run(batch: Batch, beam: int) -> list[list[int]]:
        limits = [2 * len(source) + 10 for source in batch]  # the limit of app/pipeline/sentence.py
        return [hypotheses[0][0] for hypotheses in translate(translator, batch, beam=beam, max_tokens=limits)]

    return run


def random_transformer(vocabulary: int) -> Translate:
    """CTranslate2 in int8. Random weights never end a translation, so each of a batch gets as many tokens as its
    sources have in the mean."""
    from benchmarks.peers.ctranslate2_model import LIKE_OURS, translator_of

    translator = translator_of(LIKE_OURS | {"vocabulary": vocabulary}, threads=1)

    def run(batch: Batch, beam: int) -> list[list[int]]:
        length = round(sum(map(len, batch)) / len(batch))
        results = translator.translate_batch(
            [[f"w{token}" for token in source] for source in batch],
            beam_size=beam,
            min_decoding_length=length,
            max_decoding_length=length,
        )
        return [[int(word[1:]) for word in one.hypotheses[0] if word[1:].isdigit()] for one in results]

    return run


class Sentiment:
    """From a text to the answer of `POST /sentiment`, in three steps; servers batch the second one."""

    def __init__(self, folder: Path, runtime: str = "torch") -> None:
        self.tokenizer = Tokenizer.load(folder / "tokenizer.json")
        self.classify = load_classifier(folder, runtime)

    def tokens(self, text: str) -> list[int]:
        return self.tokenizer.encode(plain_post(text))[:512] or [UNKNOWN]

    @staticmethod
    def answer(probabilities: list[float]) -> dict[str, Any]:
        scores = dict(zip(("negative", "neutral", "positive"), probabilities, strict=True))
        return {"label": max(scores, key=scores.__getitem__), "scores": scores}


class TranslationText:
    """From text to token ids and back; a text is one sentence here."""

    def __init__(self, folder: Path, target: str = "de") -> None:
        self.tokenizer = Tokenizer.load(folder / "tokenizer.json")
        self.tag = self.tokenizer.id_of(target_tag(target))

    def tokens(self, text: str) -> list[int]:
        return [self.tag, *self.tokenizer.encode(normalize(text)), EOS]

    def text(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids)


def options(description: str | None) -> argparse.ArgumentParser:
    """The command-line options of every peer."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--models-dir", type=Path, default=MODELS)
    return parser
