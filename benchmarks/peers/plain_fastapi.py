"""The usual first version: FastAPI, the model in the process, no batching. The route is a plain function, so it runs in
the thread pool, where torch lets threads compute in parallel.

    python -m benchmarks.peers.plain_fastapi --port 8001
"""

from __future__ import annotations

from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.model import SENTIMENT, Sentiment, options


class Body(BaseModel):
    text: str


def create_app(model: Sentiment) -> FastAPI:
    app = FastAPI()

    @app.post("/sentiment")
    def sentiment(body: Body) -> dict[str, Any]:
        return model.answer(model.classify([model.tokens(body.text)])[0])

    return app


if __name__ == "__main__":
    given = options(__doc__).parse_args()
    app = create_app(Sentiment(given.models_dir / SENTIMENT))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
