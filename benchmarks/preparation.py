"""The cost of processing text without a model: CPU time of language detection, plain text and tokens of a tweet, and of
a whole translation of a sentence of 12 words, with an engine that answers at once with the tokens of the request.

python -m benchmarks.preparation --data DATA --checkout . --checkout OLD     # checkouts side by side in one run

Each checkout runs in a process of its own; these take turns, and every text is new to them, as texts are to a service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TWEETS, WARM, SENTENCES = 500, 10_000, 200  # of a round; before the first round; of a round
WORDS = 12  # of a sentence, two more or fewer at most
STAGES = ("detection", "plain text", "tokens", "all three", "translation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--checkout", type=Path, action="append", help="the others are compared with the first")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--texts", type=Path, help=argparse.SUPPRESS)  # input of one checkout's process
    options = parser.parse_args()
    if options.texts:
        return measure(json.loads(options.texts.read_text("utf-8")))
    checkouts = [path.resolve() for path in options.checkout or [ROOT]]
    texts = ROOT / "benchmarks" / "results" / "preparation_texts.json"
    texts.parent.mkdir(exist_ok=True)
    texts.write_text(json.dumps(draw(options.data, options.rounds)), "utf-8")
    processes = [start(checkout, texts) for checkout in checkouts]
    rounds = [[asked(process) for process in processes] for _ in range(options.rounds)]
    for process in processes:
        process.communicate()
    print(f"median CPU time of {options.rounds} rounds in us, and the ratio to the first checkout")
    for stage in STAGES:
        medians = [
            statistics.median(one[place].get(stage, math.nan) for one in rounds) for place in range(len(checkouts))
        ]
        base = next(median for median in medians if not math.isnan(median))
        shown = [
            f"{path.name} -" if math.isnan(median) else f"{path.name} {median:.1f} ({median / base:.2f})"
            for path, median in zip(checkouts, medians, strict=True)
        ]
        print(f"{stage:12}", *shown, sep="   ")


def draw(data: Path, rounds: int) -> dict[str, list[str]]:
    """Tweets and English sentences of about 12 words; no text occurs twice."""
    from app.training.data.corpora import read_pairs, read_sentiment

    chance = random.Random(1)
    tweets = list(dict.fromkeys(text for text, _ in read_sentiment(data / "sentiment" / "en" / "tweeteval.train")))
    chance.shuffle(tweets)
    names = ("wmt_newstest2013", "tatoeba_dev", "multi30k_val")
    pairs = [pair for name in names for pair in read_pairs(data / "translation" / "dev" / f"{name}.en-de")]
    sentences = list(dict.fromkeys(english for english, _ in pairs if abs(len(english.split()) - WORDS) <= 2))
    chance.shuffle(sentences)
    return {"tweets": tweets[: WARM + rounds * TWEETS], "sentences": sentences[: (rounds + 1) * SENTENCES]}


def start(checkout: Path, texts: Path) -> subprocess.Popen[str]:
    # -P: without this folder, whose http.py would hide Python's.
    command = [sys.executable, "-P", str(Path(__file__).resolve()), "--data", ".", "--texts", str(texts)]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.Popen(
        command, cwd=checkout, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def asked(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    answer: dict[str, float] = json.loads(process.stdout.readline())
    return answer


def measure(texts: dict[str, list[str]]) -> None:
    """Answers each line of standard input with the times of the next round, in microseconds a text."""
    detect, plain_post, tokenizer = preparation()
    translate = translation()
    tweets, sentences = texts["tweets"], texts["sentences"]

    def times(tweets: list[str], sentences: list[str]) -> dict[str, float]:
        found: dict[str, float] = {}

        def timed(stage: str, work: Callable[[], Any], count: int) -> Any:
            started = time.process_time()
            result = work()
            found[stage] = (time.process_time() - started) * 1e6 / max(count, 1)
            return result

        timed("detection", lambda: [detect(text, ["en", "zh"]) for text in tweets], len(tweets))
        plain = timed("plain text", lambda: [plain_post(text) for text in tweets], len(tweets))
        timed("tokens", lambda: [tokenizer.encode(text) for text in plain], len(tweets))
        found["all three"] = found["detection"] + found["plain text"] + found["tokens"]
        if translate is not None:
            timed("translation", lambda: translate(sentences), len(sentences))
        return found

    times(tweets[:WARM], sentences[:SENTENCES])
    for number, _ in enumerate(sys.stdin):
        first, second = WARM + number * TWEETS, (number + 1) * SENTENCES
        print(json.dumps(times(tweets[first : first + TWEETS], sentences[second : second + SENTENCES])), flush=True)


def preparation() -> tuple[Any, Any, Any]:
    """The functions of the checkout; old checkouts have some in other modules."""
    module = "post_text" if Path("app/text/post_text.py").exists() else "posts"
    tokenizer = import_module("app.text.tokenizer").Tokenizer
    return (
        import_module("app.text.detect").detect,
        import_module(f"app.text.{module}").plain_post,
        tokenizer.load(ROOT / "models" / "sentiment-en" / "tokenizer.json"),
    )


def translation() -> Callable[[list[str]], list[str]] | None:
    """Translates English sentences "to German" one by one; None in a checkout without a pipeline of its own."""
    if not Path("app/pipeline/service.py").exists():
        return None
    messages, service = import_module("app.engine.messages"), import_module("app.pipeline.service")
    path = ROOT / "models" / "translation-en-de" / "tokenizer.json"
    info = messages.ModelInfo("t", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 48, str(path))

    class Engine:
        def __init__(self) -> None:
            self.models, self.ready = [info], True

        async def translate(self, model: str, tokens: list[int], **options: Any) -> list[Any]:
            return [messages.ScoredTokens(tokens[1:-1], -0.1)]

    async def load() -> Any:
        return await service.Pipeline.load(Engine(), import_module("app.settings").Settings())

    pipeline = asyncio.run(load())

    async def translated(sentences: list[str]) -> list[str]:
        return [(await pipeline.translate(text, source="en", target="de")).translation for text in sentences]

    return lambda sentences: asyncio.run(translated(sentences))


if __name__ == "__main__":
    main()
