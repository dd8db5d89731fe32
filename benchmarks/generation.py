"""The CPU time of language models: of reading a token, of writing one, and of finding the next words.

python -m benchmarks.generation MODEL
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from app.nets.folder import TOKENIZER, open_folder
from app.runtime.language_model import LanguageModel, Sampling
from app.text.tokenizer import EOS, Tokenizer, target_tag

PROMPT = "Tom is a cat. Tom's favourite food is"
ROUNDS, WRITTEN, COUNT = 15, 40, 10


def used_ms(work: Callable[[], Any]) -> float:
    """The median CPU time over some rounds, in milliseconds."""
    work()
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return 1000 * statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.generation", description=__doc__)
    parser.add_argument("model", type=Path, help="folder of a language model")
    folder = parser.parse_args().model
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    model = LanguageModel(open_folder(folder), tokenizer.json)
    tokens = [tokenizer.id_of(target_tag(model.config.languages[0])), *tokenizer.encode(PROMPT)]
    model.bias[EOS] = -1e9  # every text has its full length

    def drained(steps: Generator[Any, None, Any]) -> None:
        deque(steps, maxlen=0)

    read = used_ms(lambda: drained(model.read(tokens)))
    words = used_ms(lambda: drained(model.predict(tokens, COUNT))) - read
    print(f"a token that is read     {read / len(tokens):.2f} ms")
    for top_p in (0.9, 1.0):
        written = used_ms(lambda: drained(model.generate(tokens, Sampling(0.8, top_p, 1), WRITTEN))) - read  # noqa: B023
        print(f"a token that is written  {written / WRITTEN:.2f} ms, top_p {top_p}")
    print(f"the {COUNT} likeliest words   {words:.1f} ms")


if __name__ == "__main__":
    main()
