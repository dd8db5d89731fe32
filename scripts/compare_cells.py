"""Trains a plain RNN, an LSTM and a GRU of like size by one recipe of a language model, on the same tokens, and prints
the perplexities and next words of each: the rows of the table in docs/how-it-reads.md.

    python scripts/compare_cells.py DATA --steps 250 --runs runs

A run that is complete in the folder of runs is not repeated.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

from app.nets.folder import TOKENIZER, open_folder
from app.runtime.language_model import LanguageModel
from app.text.tokenizer import Tokenizer, target_tag
from app.training.loop import BEST, LOG
from app.training.recipe import load_recipe
from app.training.run import FINISHED, train

RECIPE = Path("configs/language-en-zh.yaml")
CELLS = {"rnn": 805, "lstm": 379, "gru": 448}  # units, so that all have a million weights beside the embedding
PROMPTS = ("the apple is", "Tom is a cat. Tom's favourite food is")
COUNT = 4


def run_of(cell: str, data: Path, runs: Path, steps: int) -> Path:
    """The folder of the run of a cell, which is trained unless it is there."""
    folder = runs / f"language-{cell}"
    sizes = {**load_recipe(RECIPE).sizes, "cell": cell, "hidden": CELLS[cell]}
    optimisation = {"steps": steps, "warmup": max(1, steps // 5), "evaluate_every": steps}
    if not (folder / FINISHED).is_file():
        train(load_recipe(RECIPE, changes={"sizes": sizes, "optimisation": optimisation}), data, folder)
    return folder


def next_words(folder: Path, prompt: str) -> str:
    tokenizer = Tokenizer.load(folder / TOKENIZER)
    model = LanguageModel(open_folder(folder), tokenizer.json)
    words, _ = returned(model.predict([tokenizer.id_of(target_tag("en")), *tokenizer.encode(prompt)], COUNT))
    return ", ".join(f"{tokenizer.decode(word.tokens).strip()} {100 * word.probability:.1f} %" for word in words)


def returned(steps: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


def row(name: str, folder: Path) -> str:
    """The perplexities of the last evaluation of a run, and its next words."""
    entries = [json.loads(line) for line in (folder / LOG).read_text("utf-8").splitlines()]
    last = [entry for entry in entries if "dev/metric" in entry][-1]
    found = [f"{value:.1f}" for key, value in last.items() if "tatoeba" in key]
    cells = [f"{name}, {last['step']:,} steps", *found, *(next_words(folder / BEST, prompt) for prompt in PROMPTS)]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the corpora (docs/data.md)")
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    options = parser.parse_args()
    print(f"| | English | Chinese | {' | '.join(PROMPTS)} |\n| --- | ---: | ---: | --- | --- |")
    for cell, hidden in CELLS.items():
        print(
            row(f"{cell.upper()}, {hidden} units", run_of(cell, options.data, options.runs, options.steps)), flush=True
        )


if __name__ == "__main__":
    main()
