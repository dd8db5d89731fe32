"""The cost of decoding in flight, compared with static batches of the same model: one engine without sockets, in a
closed loop.

    python -m benchmarks.inflight --data DATA [--checkout DIR]      # DIR: another checkout, compared in the same run

Each client asks for its next sentence when it has its answer; static batching decodes as many at a time as there are
clients. All take turns and count sentences per second of CPU time of their process, so that other work on the machine
matters less.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.options import parsed
from benchmarks.texts import sentences

ROOT = Path(__file__).resolve().parents[1]
MODEL, DIRECTION = "translation-en-de", "de"
Answers = dict[int, list[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    parser.add_argument("--checkout", type=Path, help="another checkout, measured too; ratios are to its decoding")
    parser.add_argument("--clients", type=int, default=16, help="of the engine")
    parser.add_argument("--sentences", type=int, default=128, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--way", choices=("in flight", "static"), help=argparse.SUPPRESS)  # the way of a subprocess
    options = parsed(parser, sentences=64, rounds=2)
    if options.way:
        work(options)
        return
    trees = [tree.resolve() for tree in (options.checkout, ROOT) if tree]
    ways = [(tree, way) for tree in trees for way in ("in flight", "static")]
    processes = [start(tree, way) for tree, way in ways]
    rates: list[list[float]] = [[] for _ in ways]
    for turn in range(1 + options.rounds):
        texts = sentences(options.data, options.sentences, 1 + turn)
        for process, found in zip(processes, rates, strict=True):
            found.append(options.sentences / ask(process, texts))
    warm = [found[1:] for found in rates]
    for (tree, way), found in zip(ways, warm, strict=True):
        ratio = statistics.median(one / first for one, first in zip(found, warm[0], strict=True))
        print(f"{way:10} {statistics.median(found):7.1f} sentences per CPU second, ratio {ratio:.2f}  {tree}")


def start(tree: Path, way: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", str(Path(__file__).resolve()), *sys.argv[1:], "--way", way]
    environment = {"PYTHONPATH": f"{tree}:{ROOT}", "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=tree, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def ask(process: subprocess.Popen[str], texts: list[str]) -> float:
    """The CPU seconds that the texts take."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(texts) + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def work(options: argparse.Namespace) -> None:
    """The process of one way: runs a round for each list of texts that it reads."""
    from app.text.tokenizer import EOS, Tokenizer, target_tag

    tokenizer = Tokenizer.load(Path("models") / MODEL / "tokenizer.json")
    tag = tokenizer.id_of(target_tag(DIRECTION))
    runner = one_model()
    decode: Callable[..., Answers] = in_flight if options.way == "in flight" else static
    for line in sys.stdin:
        sources = [[tag, *tokenizer.encode(text), EOS] for text in json.loads(line)]
        before = time.process_time()
        answers = decode(runner, sources, options.clients, options.beam)
        print(time.process_time() - before, flush=True)
        assert sorted(answers) == list(range(len(sources))), "sentences without an answer"


def one_model() -> Any:
    from app.engine.runner import Runner
    from app.runtime.graph_cache import GraphCache
    from app.runtime.load import Loader

    folder, cache, private = (Path(tempfile.mkdtemp()) for _ in range(3))
    (folder / MODEL).symlink_to((Path("models") / MODEL).resolve())
    return Runner(folder, Loader("cpu", "onnx", "auto", GraphCache(cache), False), 64, private)


def static(runner: Any, sources: list[list[int]], clients: int, beam: int) -> Answers:
    from app.runtime.decoding import translate

    (backend,) = runner.translators.values()
    answers: Answers = {}
    for first in range(0, len(sources), clients):
        batch = sources[first : first + clients]
        results = translate(backend, batch, beam=beam, max_tokens=[limit(source) for source in batch])
        answers |= {first + n: found[0].tokens for n, found in enumerate(results)}
    return answers


def in_flight(runner: Any, sources: list[list[int]], clients: int, beam: int) -> Answers:
    import zmq

    from app.engine.messages import Translate, Translated
    from app.engine.scheduler import Job
    from app.engine.worker import Worker
    from app.text.decode_options import DecodeOptions

    sent: list[Any] = []

    class Engine(Worker):
        def send(self, client: bytes, message: Any) -> None:
            sent.append(message)

    context = zmq.Context.instance()
    engine = Engine(context.socket(zmq.ROUTER), context.socket(zmq.PAIR), runner, 16_384)
    waiting = list(enumerate(sources))[::-1]
    answers: Answers = {}
    come = clients
    while len(answers) < len(sources):
        for number, source in (waiting.pop() for _ in range(min(come, len(waiting)))):
            request = Translate(number, runner.infos[0].key, source, limit(source), DecodeOptions(beam))
            engine.sentences.add(Job(b"client", request))
        engine.turn()
        found = {one.id: one.hypotheses[0].tokens for one in sent if isinstance(one, Translated)}
        answers |= found
        come = len(found)
        sent.clear()
    return answers


def limit(source: list[int]) -> int:
    return 40 + len(source)


if __name__ == "__main__":
    main()
