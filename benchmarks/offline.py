"""Decoding without a server: a GRU translator of the size that ships in int8 against a Transformer of like size in
CTranslate2's int8, two threads each, random weights, every translation forced to the same length.

    python -m benchmarks.offline

Prints tokens a second of both at several batch sizes and the ratio of the best; writes benchmarks/results/offline.json.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from app.nets.folder import open_folder
from benchmarks.options import parsed
from benchmarks.peers.model import MODELS, TRANSLATION
from benchmarks.results import save, shown, table
from benchmarks.servers import PEER_PYTHON, ROOT

LENGTH = 18
OURS = open_folder(MODELS / TRANSLATION).config.sizes
WORDS = OURS["vocabulary"]
PROCESSES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=256)
    parser.add_argument("--beams", default="1,4")
    parser.add_argument("--batches", default="8,16,32,64", help="sentences decoded together, by each thread")
    parser.add_argument("--rounds", type=int, default=2, help="how often everything is measured; the best counts")
    options = parsed(parser, sentences=128, batches="16", rounds=1)
    beams, batches = ([int(n) for n in one.split(",")] for one in (options.beams, options.batches))
    chance = np.random.default_rng(1)
    # Lengths like those of captions, talk and news: a mean of 16 tokens and a long tail.
    lengths = np.clip(chance.gamma(4.0, 4.0, options.sentences), 3, 40).astype(int)
    sources = [chance.integers(20, WORDS - 20, length).tolist() for length in lengths]
    work = {"sources": sources, "length": LENGTH, "beams": beams, "batches": batches, "rounds": options.rounds}

    theirs = ctranslate2({**work, "vocabulary": WORDS, "threads": PROCESSES})
    ours = [
        {"beam": beam, "batch": batch, "tokens_per_second": measure(work, beam, batch)}
        for beam in beams
        for batch in batches
    ]
    document = {"benchmark": "offline", "ours": ours, "theirs": theirs["runs"], "version": theirs["version"]}
    rows = []
    for beam in beams:
        best = [max(run["tokens_per_second"] for run in runs if run["beam"] == beam) for runs in (ours, theirs["runs"])]
        for one, other in zip(ours, theirs["runs"], strict=True):
            if one["beam"] == beam:
                rates = [run["tokens_per_second"] for run in (one, other)]
                rows.append([str(beam), str(one["batch"]), *(shown(rate, 0) for rate in rates), ""])
        rows.append([str(beam), "best", *(shown(rate, 0) for rate in best), f"{best[0] / best[1]:.2f}x"])
    print(table(["beam", "sentences", "ours, tokens/s", f"CTranslate2 {theirs['version']}", "ours is"], rows))
    print(f"\nwrote {os.path.relpath(save('offline', document))}")


def ctranslate2(question: dict[str, Any]) -> dict[str, Any]:
    """Raises SystemExit if CTranslate2 is not installed."""
    if not PEER_PYTHON.exists():
        raise SystemExit("CTranslate2 is not installed; run benchmarks/setup.sh")
    done = subprocess.run(
        [str(PEER_PYTHON), "-m", "benchmarks.peers.ctranslate2_model"],
        input=json.dumps(question),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit("CTranslate2 failed; its output is above")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measure(work: dict[str, Any], beam: int, batch: int) -> float:
    """Tokens a second of two processes, each with half of the sentences."""
    context = multiprocessing.get_context("spawn")
    pairs = []
    for number in range(PROCESSES):
        here, there = context.Pipe()
        arguments = (work["sources"][number::PROCESSES], work["length"], beam, batch, there)
        process = context.Process(target=decode, args=arguments, daemon=True)
        process.start()
        pairs.append((process, here))
    times = []
    for _ in range(1 + work["rounds"]):  # the first warms up
        for _, pipe in pairs:
            pipe.recv()
        started = time.perf_counter()
        for _, pipe in pairs:
            pipe.send(True)
        for _, pipe in pairs:
            pipe.recv()
        times.append(time.perf_counter() - started)
    for process, pipe in pairs:
        pipe.recv()
        pipe.send(False)
        process.join()
    return float(len(work["sources"]) * work["length"] / min(times[1:]))


def decode(sources: list[list[int]], length: int, beam: int, batch: int, pipe: Connection) -> None:
    """The work of one process: decode all sentences, as often as the pipe asks for it. A sentence takes the slot of a
    finished one, as in the engine."""
    import torch

    from app.nets.config import ModelConfig
    from app.nets.modules import stored_form
    from app.nets.translator import EOS, GruTranslator
    from app.runtime.beam_search import Sentence
    from app.runtime.decoding import SlotDecoding
    from app.runtime.onnx import OnnxTranslator

    torch.set_num_threads(1)
    torch.manual_seed(1)
    config = ModelConfig("random", "translation", "gru-translator", OURS, ["en", "de"], 64, directions=[("en", "de")])
    model = GruTranslator(config).eval()
    with torch.no_grad():
        model.output_bias[EOS] = -1e4  # every translation has its full length
    translator = OnnxTranslator(stored_form(model))
    order = sorted(range(len(sources)), key=lambda n: len(sources[n]))  # as CTranslate2 does
    while True:
        pipe.send("ready")
        if not pipe.recv():
            return
        waiting, decoding, tokens = [[*sources[n], EOS] for n in order], SlotDecoding(translator, beam), 0
        while waiting or len(decoding):
            joining, waiting = waiting[: batch - len(decoding)], waiting[batch - len(decoding) :]
            if joining:
                decoding.join(joining, [Sentence(n, length) for n in range(len(joining))])
                for sentence in decoding.search.sentences:
                    sentence.may_repeat = True  # random weights produce repetitions
            tokens += sum(len(hypotheses[0][0]) for _, hypotheses in decoding.step())
        assert tokens == length * len(sources), "lengths are not as forced"
        pipe.send("done")


if __name__ == "__main__":
    sys.exit(main())
