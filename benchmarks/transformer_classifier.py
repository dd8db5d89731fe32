"""A classifier of DistilBERT's size with random weights: int8 under ONNX Runtime beside torch, in one run.

    python -m benchmarks.transformer_classifier [--clients 64] [--seconds 10] [--rounds 3] [--forward-only]

Prints the CPU time of batches without a server, alternating between both runtimes, and then the requests a second of
the service with each. Random weights take as long as trained ones; the texts have 5 to 60 words.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import string
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.servers import OURS, Server, running

RUNTIMES = ("torch", "onnx")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY = 30_522
BATCHES = ((1, 20), (8, 20), (32, 20), (32, 60))  # texts, tokens


def words() -> list[str]:
    """Enough words for a vocabulary of DistilBERT's size, each a token."""
    made = map("".join, itertools.product(string.ascii_lowercase, repeat=4))
    return list(itertools.islice(made, VOCABULARY - len(SPECIAL)))


def make_model(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate([*SPECIAL, *words()])}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(1)
    names = {0: "NEGATIVE", 1: "POSITIVE"}
    config = DistilBertConfig(
        vocab_size=VOCABULARY, id2label=names, label2id={name: number for number, name in names.items()}
    )
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


def classifiers(models_dir: Path, cache: Path) -> dict[str, Any]:
    import torch

    from app.engine.models import load_models
    from app.huggingface.selection import NOTHING
    from app.runtime.graph_cache import GraphCache
    from app.runtime.load import Loader

    torch.set_num_threads(1)
    loaded = {}
    for runtime in RUNTIMES:
        [model] = load_models(models_dir, NOTHING, Loader("cpu", runtime, cache=GraphCache(cache)))
        loaded[runtime] = model.classifier
        print(f"{runtime}: {model.config.description}")
    return loaded


def compare_forwards(models_dir: Path, cache: Path, rounds: int) -> None:
    loaded = classifiers(models_dir, cache)
    generator = random.Random(1)
    print("texts  tokens  torch ms  int8 ms  ratio  (processor time of a batch, medians)")
    for texts, tokens in BATCHES:
        batch = [[2, *(generator.randrange(5, VOCABULARY) for _ in range(tokens - 2)), 3] for _ in range(texts)]
        times: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
        for turn in range(rounds + 1):
            for runtime, classifier in loaded.items():
                began = time.process_time()
                classifier.classify(batch)
                if turn:  # the first is a warm-up
                    times[runtime].append(1000 * (time.process_time() - began))
        slow, fast = (statistics.median(times[runtime]) for runtime in RUNTIMES)
        print(f"{texts:5}  {tokens:6}  {slow:8.1f}  {fast:7.1f}  {slow / fast:5.2f}")


def compare_services(models_dir: Path, cache: Path, clients: int, seconds: float, rounds: int) -> None:
    generator, vocabulary = random.Random(2), words()
    server = Server(OURS, "/sentiment", body=lambda text: {"text": text, "language": "en"})
    texts = [" ".join(generator.choices(vocabulary, k=generator.randint(5, 60))) for _ in range(2000)]
    requests = [server.request(text) for text in texts]
    rates: dict[str, list[float]] = {runtime: [] for runtime in RUNTIMES}
    os.environ |= {"UNDERTONE_MODELS_DIR": str(models_dir), "UNDERTONE_CACHE_DIR": str(cache)}
    for _ in range(rounds):
        for runtime in RUNTIMES:
            os.environ["UNDERTONE_RUNTIME"] = runtime
            with running(server) as service:
                measured = load.run(
                    load.closed_loop(service.address, requests, clients=clients, seconds=seconds, warmup_s=3)
                )
            rates[runtime].append(measured.throughput)
            print(f"{runtime}: {rates[runtime][-1]:.1f} requests a second, {clients} clients")
    slow, fast = (statistics.median(rates[runtime]) for runtime in RUNTIMES)
    print(f"int8 to torch, medians: {fast / slow:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10.0, help="duration of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forward-only", action="store_true", help="without the service")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models_dir, cache = Path(folder) / "models", Path(folder) / "cache"
        make_model(models_dir / "distilbert")
        compare_forwards(models_dir, cache, 5)
        if not options.forward_only:
            compare_services(models_dir, cache, options.clients, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
