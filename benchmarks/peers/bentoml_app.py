"""BentoML with its adaptive batching, two workers for two cores.

BentoML batches over a list argument, so its route takes `{"text": ["..."]}` and returns a list of answers. The load
generator sends such lists: a second service in front that takes one text would cost BentoML another hop.

    python -m benchmarks.peers.bentoml_app --port 8001
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # read at the import: nothing leaves this machine

import bentoml

from benchmarks.peers.model import SENTIMENT, Sentiment, options

MODELS_VARIABLE = "BENCHMARK_MODELS_DIR"  # BentoML imports this file in its own processes, which get no arguments


@bentoml.service(name="sentiment", workers=2, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class SentimentService:
    def __init__(self) -> None:
        self.model = Sentiment(Path(os.environ[MODELS_VARIABLE]) / SENTIMENT)

    @bentoml.api(route="/sentiment", batchable=True, max_batch_size=64)
    def sentiment(self, text: list[str]) -> list[dict[str, Any]]:
        rows = self.model.classify([self.model.tokens(one) for one in text])
        return [self.model.answer(row) for row in rows]


if __name__ == "__main__":
    import sys

    given = options(__doc__).parse_args()
    os.environ[MODELS_VARIABLE] = str(given.models_dir)
    service = "benchmarks.peers.bentoml_app:SentimentService"
    arguments = ["-m", "bentoml", "serve", service, "--host", "127.0.0.1", "--port", str(given.port)]
    os.execv(sys.executable, [sys.executable, *arguments])
