"""`POST /translate` with a Marian model of the size of opus-mt (6 + 6 layers of 512, 58,000 tokens), random weights and
forced equal lengths: by torch, by CTranslate2, by LibreTranslate's engine behind a plain server, and by CTranslate2
without a server, on as many threads each.

    python -m benchmarks.transformer [--seconds 20] [--clients 32] [--beam 4]

Random weights serve for speed alone: each translation has as many tokens as its sentence may have. Prints requests and
written tokens a second, and how long a sentiment request takes alone and beside that load; writes
benchmarks/results/transformer.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from app.huggingface.conversion import convert
from app.huggingface.ct2_folder import read_conversion
from benchmarks import load
from benchmarks.http import post
from benchmarks.results import save, shown, table
from benchmarks.servers import Running, Server, running

TOKENS, WIDTH, INNER, LAYERS, HEADS = 58_000, 512, 2048, 6, 8
NAME = "opus-mt-en-de"  # the name states the direction
WRITTEN = 32  # tokens of each translation: the limit of sentences of up to ten tokens
LENGTHS = (5, 10)  # words of a sentence, each of them a token
SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0, help="duration of each measurement")
    parser.add_argument("--warmup", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is measured; the medians count")
    parser.add_argument("--engines", type=int, default=2)
    parser.add_argument("--servers", default="torch,ct2,argos,offline")
    parser.add_argument("--layers", type=int, default=LAYERS, help="fewer for a quick look")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="undertone-") as temporary:
        folder, cache = Path(temporary) / NAME, Path(temporary) / "cache"
        words = build(folder, options.layers)
        entry = convert(folder, cache)
        package = argos_package(entry, Path(temporary) / "package")
        texts = sentences(words, 500)
        os.environ |= {
            "UNDERTONE_CACHE_DIR": str(cache), "UNDERTONE_TRANSLATION_MODELS": str(folder), "UNDERTONE_DEVICE": "cpu",
            "UNDERTONE_CPU_ENGINES": str(options.engines), "UNDERTONE_BEAM": str(options.beam),
        }  # fmt: skip
        runs: list[dict[str, Any]] = []
        for _ in range(options.rounds):
            for name in options.servers.split(","):
                match name:
                    case "offline":
                        measure = offline(entry, texts, options)
                    case "argos":
                        measure = argos(package, texts, options)
                    case _:
                        measure = served(name, texts, options)
                runs.append({"server": name, **measure})
                print(runs[-1], file=sys.stderr)
    print(table(["", "sentences/s", "tokens/s", "p50 ms", "sentiment p50 ms alone", "beside"], rows(runs)))
    document = {"benchmark": "transformer", "settings": vars(options), "runs": runs}
    print(f"\nwrote {os.path.relpath(save('transformer', document))}")


def rows(runs: list[dict[str, Any]]) -> list[list[str]]:
    names = list(dict.fromkeys(run["server"] for run in runs))
    fields = ("sentences_per_second", "tokens_per_second", "p50_ms", "alone_p50_ms", "beside_p50_ms")
    found = []
    for name in names:
        ours = [run for run in runs if run["server"] == name]
        medians = [median(run[field] for run in ours) if field in ours[0] else None for field in fields]
        found.append([name, *("" if value is None else shown(value, 1) for value in medians)])
    return found


def build(folder: Path, layers: int) -> list[str]:
    """Write a Marian model whose translations never end by themselves, and whose tokens are words; returns some."""
    import torch
    import transformers

    torch.manual_seed(1)
    chance = random.Random(1)
    words = sorted({"".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(2 * TOKENS)})
    tokens = ["</s>", "<unk>", *(f"▁{word}" for word in chance.sample(words, TOKENS - 3)), "<pad>"]
    folder.mkdir(parents=True)
    write_tokenizer(folder, tokens)
    config = transformers.MarianConfig(
        vocab_size=TOKENS, d_model=WIDTH, encoder_layers=layers, decoder_layers=layers, encoder_ffn_dim=INNER,
        decoder_ffn_dim=INNER, encoder_attention_heads=HEADS, decoder_attention_heads=HEADS, scale_embedding=True,
        activation_function="swish", pad_token_id=TOKENS - 1, eos_token_id=0, decoder_start_token_id=TOKENS - 1,
        forced_eos_token_id=0, max_position_embeddings=512,
    )  # fmt: skip
    model = transformers.MarianMTModel(config)
    with torch.no_grad():
        model.final_logits_bias[0, 0] = -1e4  # the end of the sentence is never written
    model.save_pretrained(folder)
    return [token.removeprefix("▁") for token in tokens[2:-1]]


def write_tokenizer(folder: Path, tokens: list[str]) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram([(token, -10.0) for token in tokens], unk_id=1))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ("</s>", "<pad>")])
    tokenizer.save(str(folder / "tokenizer.json"))


def argos_package(entry: Path, folder: Path) -> Path:
    """The same model as an unpacked package of Argos Translate."""
    from sentencepiece import sentencepiece_model_pb2 as pb

    tokens = json.loads((entry / "shared_vocabulary.json").read_text("utf-8"))
    folder.mkdir()
    metadata = {"package_version": "1.0", "argos_version": "1.9", "from_code": "en", "to_code": "de"}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    shutil.copytree(entry, folder / "model")
    pieces = pb.ModelProto()
    pieces.trainer_spec.model_type = pb.TrainerSpec.UNIGRAM
    pieces.normalizer_spec.name = "identity"
    pieces.pieces.add(piece="<unk>", score=0, type=pb.ModelProto.SentencePiece.UNKNOWN)
    for token in tokens:
        if token.startswith("▁"):
            pieces.pieces.add(piece=token, score=-10)
    (folder / "sentencepiece.model").write_bytes(pieces.SerializeToString())
    return folder


def sentences(words: list[str], count: int) -> list[str]:
    chance = random.Random(2)
    return [" ".join(chance.choices(words, k=chance.randint(*LENGTHS))) for _ in range(count)]


def served(backend: str, texts: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """The service with one of the backends: `torch`, or its own choice."""

    def body(text: str) -> dict[str, Any]:
        return {"text": text, "source": "en", "target": "de", "beam": options.beam, "model": NAME}

    os.environ["UNDERTONE_RUNTIME"] = "torch" if backend == "torch" else "auto"
    with running(Server("undertone", "/translate", body=body)) as service:
        requests = [service.server.request(text) for text in texts]
        alone = load.run(sentiment(service, options))
        both = load.run(beside(service, requests, options))
        measured = load.run(translations(service, requests, options))
    summary = measured.summary()
    return {
        "sentences_per_second": measured.throughput,
        "tokens_per_second": measured.throughput * WRITTEN,
        "p50_ms": summary["p50_ms"],
        "alone_p50_ms": alone.summary()["p50_ms"],
        "beside_p50_ms": both.summary()["p50_ms"],
    }


def argos(package: Path, texts: list[str], options: argparse.Namespace) -> dict[str, Any]:
    arguments = ("--package", str(package), "--written", str(WRITTEN))
    peer = Server("argos", "/translate", "benchmarks.peers.argos", "argostranslate", options=arguments)
    with running(peer) as service:
        measured = load.run(translations(service, [peer.request(text) for text in texts], options))
    return {
        "sentences_per_second": measured.throughput,
        "tokens_per_second": measured.throughput * WRITTEN,
        "p50_ms": measured.summary()["p50_ms"],
    }


async def translations(service: Running, requests: list[bytes], options: argparse.Namespace) -> load.Load:
    return await load.closed_loop(
        service.address, requests, clients=options.clients, seconds=options.seconds, warmup_s=options.warmup
    )


async def sentiment(service: Running, options: argparse.Namespace) -> load.Load:
    """One client that asks for the sentiment of short texts, one after the other."""
    requests = [post("/sentiment", {"text": f"I love this phone, it is great number {n}."}) for n in range(10)]
    return await load.closed_loop(
        service.address, requests, clients=1, seconds=options.seconds / 2, warmup_s=options.warmup
    )


async def beside(service: Running, requests: list[bytes], options: argparse.Namespace) -> load.Load:
    """The same beside the translations."""
    _, found = await asyncio.gather(translations(service, requests, options), sentiment(service, options))
    return found


def offline(entry: Path, texts: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """CTranslate2 alone: all sentences at once, in batches as large as those of an engine, on as many threads."""
    import ctranslate2

    source = read_conversion(entry)
    sources = [[*(source.tokens[number] for number in source.tokenizer.encode(text)), source.end] for text in texts]
    translator = ctranslate2.Translator(
        str(entry), device="cpu", compute_type="int8", inter_threads=options.engines, intra_threads=1
    )
    done, started = 0, None
    while started is None or time.perf_counter() - started < options.seconds:
        if started is None:
            translator.translate_batch(
                sources[: 16 * options.engines], beam_size=options.beam, max_decoding_length=WRITTEN
            )
            started = time.perf_counter()
        results = translator.translate_batch(
            sources, max_batch_size=max(1, 64 // options.beam), beam_size=options.beam, max_decoding_length=WRITTEN,
            min_decoding_length=WRITTEN,
        )  # fmt: skip
        assert all(len(one.hypotheses[0]) == WRITTEN for one in results), "lengths are not as forced"
        done += len(results)
    rate = done / (time.perf_counter() - started)
    return {"sentences_per_second": rate, "tokens_per_second": rate * WRITTEN}


if __name__ == "__main__":
    sys.exit(main())
