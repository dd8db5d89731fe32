"""Ray Serve with `@serve.batch`: up to 64 requests, or those that come within 10 ms; two replicas for two cores.

python -m benchmarks.peers.ray_serve_app --port 8001
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing leaves this machine

import ray
from ray import serve
from starlette.requests import Request

from benchmarks.peers.model import SENTIMENT, options


# By default a deployment takes 5 requests at a time, which would leave batches nearly empty.
@serve.deployment(num_replicas=2, max_ongoing_requests=512, ray_actor_options={"num_cpus": 1})
class SentimentDeployment:
    def __init__(self, folder: Path) -> None:
        from benchmarks.peers.model import Sentiment

        self.model = Sentiment(folder)

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.01)
    async def classify(self, batch: list[list[int]]) -> list[list[float]]:
        return self.model.classify(batch)

    async def __call__(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        row: Any = await self.classify(self.model.tokens(body["text"]))
        return self.model.answer(row)


if __name__ == "__main__":
    given = options(__doc__).parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # lets ray end the processes that it started
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
        object_store_memory=128 * 2**20,
    )
    serve.start(http_options={"host": "127.0.0.1", "port": given.port})
    serve.run(SentimentDeployment.bind(given.models_dir / SENTIMENT), route_prefix="/sentiment")
    signal.pause()
