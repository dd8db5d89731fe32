"""Runs encoder-decoders in CTranslate2: a whole batch at a time, in the calling thread. Imports neither torch nor
`transformers`; knows neither queues nor where a model came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.runtime.base import OnToken
from app.runtime.beam_search import Scored, Sentence

# Batches that run at a time, each on one thread: one, and a shorter one beside it (app/engine/batches.py).
WORKERS = 2
BUCKET = 32  # tokens; limits of length are rounded up to multiples of it, so that batches can share one


def compute_type(device: str) -> str:
    """The precision of weights and products on a device (`cpu`, `cuda:0`): int8, with float16 beside it on a GPU."""
    return "int8" if device == "cpu" else "int8_float16"


@dataclass(slots=True, frozen=True)
class Search:
    """The search options of a model's generation config, under CTranslate2's names."""

    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0


class Ct2Translator:
    """A model whose token ids are places in `tokens`, which CTranslate2 knows by their text; `positions` is the number
    of tokens that it can write, None for no limit."""

    def __init__(
        self,
        folder: Path,
        tokens: Sequence[str],
        end: str,
        device: str = "cpu",
        positions: int | None = None,
        search: Search | None = None,
    ) -> None:
        """Raises ImportError without CTranslate2, and RuntimeError and ValueError where it cannot load the folder."""
        import ctranslate2

        kind, _, index = device.partition(":")
        self.model: Any = ctranslate2.Translator(
            str(folder),
            device=kind,
            device_index=int(index or 0),
            compute_type=compute_type(device),
            inter_threads=WORKERS,
            intra_threads=1,
        )
        self.tokens, self.end, self.positions, self.search = tokens, end, positions, search or Search()
        self.ids = {token: number for number, token in enumerate(tokens)}

    def limit(self, sentence: Sentence) -> int:
        """The limit of the sentence, rounded up, so that it does not depend on the other sentences of the batch."""
        limit = -(-sentence.max_tokens // BUCKET) * BUCKET
        return limit if self.positions is None else min(limit, self.positions - 1 - len(sentence.begin))

    def translate(
        self, sources: list[list[int]], sentences: list[Sentence], beam: int, on_token: OnToken | None = None
    ) -> list[list[Scored]]:
        """All translations have the limit of the first sentence. Scores are mean log probabilities of a token, the end
        included. The attention is that of the model's alignment heads."""
        written = max(len(sentence.begin) for sentence in sentences)
        looking = any(sentence.attention for sentence in sentences)
        results = self.model.translate_batch(
            [self.texts(source) for source in sources],
            [self.texts(sentence.begin) for sentence in sentences],
            beam_size=beam,
            num_hypotheses=max(sentence.alternatives for sentence in sentences),
            length_penalty=self.search.length_penalty,
            repetition_penalty=self.search.repetition_penalty,
            no_repeat_ngram_size=self.search.no_repeat_ngram_size,
            max_input_length=0,
            max_decoding_length=self.limit(sentences[0]) + written,
            min_decoding_length=0,
            return_scores=True,
            return_attention=looking,
            return_end_token=True,
            **({"callback": self.callback(on_token)} if on_token is not None and beam == 1 else {}),
        )
        return [
            [
                self.scored(result, number, sentence, len(source))
                for number in range(min(len(result.hypotheses), sentence.alternatives))
            ]
            for result, sentence, source in zip(results, sentences, sources, strict=True)
        ]

    def texts(self, ids: list[int]) -> list[str]:
        return [self.tokens[number] for number in ids]

    def scored(self, result: Any, number: int, sentence: Sentence, source: int) -> Scored:
        """One of the hypotheses. CTranslate2 divides log P by a power of the length, which includes the given tokens
        that the translation begins with. In the first step a short sentence attends to its padding too, so rows of
        attention are scaled to a sum of 1."""
        hypothesis, score, begin = result.hypotheses[number], result.scores[number], len(sentence.begin)
        length, ended = len(hypothesis), hypothesis[-1:] == [self.end]
        log_p = score * length**self.search.length_penalty if length else score
        places = [place for place in range(begin, length - ended) if hypothesis[place] in self.ids]
        rows = [result.attention[number][place][:source] for place in places] if sentence.attention else []
        attention = [[weight / total for weight in row] for row, total in zip(rows, map(sum, rows), strict=True)]
        return Scored([self.ids[hypothesis[place]] for place in places], log_p / max(1, length - begin), attention)

    def callback(self, on_token: OnToken) -> Any:
        def called(step: Any) -> bool:
            token = self.ids.get(step.token)
            return token is not None and step.token != self.end and on_token(step.batch_id, token)

        return called

    def log_probabilities(self, sources: list[list[int]], targets: list[list[int]]) -> list[list[float]]:
        """The log probabilities of each token of given translations and of the end after them."""
        results = self.model.score_batch([self.texts(one) for one in sources], [self.texts(one) for one in targets])
        return [list(result.log_probs) for result in results]
