"""LitServe with its dynamic batching: up to 64 requests, or those that come within 10 ms; two workers for two cores.

python -m benchmarks.peers.litserve_app --port 8001 [--runtime onnx]
"""

from pathlib import Path

import litserve

from benchmarks.peers.model import SENTIMENT, Sentiment, options


class SentimentAPI(litserve.LitAPI):
    def __init__(self, folder: Path, runtime: str, *, max_batch_size: int, batch_timeout_s: float) -> None:
        super().__init__(max_batch_size=max_batch_size, batch_timeout=batch_timeout_s, api_path="/sentiment")
        self.folder, self.runtime = folder, runtime

    def setup(self, device: str) -> None:
        self.model = Sentiment(self.folder, self.runtime)

    # LitServe derives its route from annotations. Without any it parses the JSON itself, which is fastest.
    def decode_request(self, request):  # type: ignore[no-untyped-def]
        return self.model.tokens(request["text"])

    def batch(self, inputs: list[list[int]]) -> list[list[int]]:
        return inputs

    def predict(self, batch: list[list[int]]) -> list[list[float]]:
        return self.model.classify(batch)

    def unbatch(self, output: list[list[float]]) -> list[list[float]]:
        return output

    def encode_response(self, output):  # type: ignore[no-untyped-def]
        return self.model.answer(output)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--runtime", default="torch", choices=("torch", "onnx"))
    parser.add_argument("--max-batch-size", type=int, default=64)
    parser.add_argument("--batch-timeout-s", type=float, default=0.01)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    api = SentimentAPI(
        given.models_dir / SENTIMENT,
        given.runtime,
        max_batch_size=given.max_batch_size,
        batch_timeout_s=given.batch_timeout_s,
    )
    server = litserve.LitServer(api, accelerator="cpu", devices=1, workers_per_device=given.workers)
    server.run(host="127.0.0.1", port=given.port, log_level="warning", generate_client_file=False)
