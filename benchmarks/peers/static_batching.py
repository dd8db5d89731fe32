"""Static batching of the same translator, or of a random Transformer in CTranslate2, behind plain FastAPI, as it is
usually done: collect requests, translate them as one batch, answer all when the last one is ready.

Two processes with one compute thread each take batches from one queue; at 16 a batch both have work with 32 clients.

    python -m benchmarks.peers.static_batching --port 8001 [--max-batch-size 16] [--batch-timeout-s 0.01]
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.model import TRANSLATION, Translate, TranslationText, load_translator, options

translate: Translate  # set in each process of the pool


class Body(BaseModel):
    text: str
    beam: int = 4


@dataclass(slots=True)
class Pending:
    tokens: list[int]
    beam: int
    answer: asyncio.Future[list[int]]


def prepare(folder: Path, runtime: str) -> None:
    global translate
    translate = load_translator(folder, runtime)


def ready() -> bool:
    return True


def run(batch: list[list[int]], beam: int) -> list[list[int]]:
    return translate(batch, beam)


class StaticBatching:
    def __init__(
        self, folder: Path, runtime: str, *, workers: int, max_batch_size: int, batch_timeout_s: float
    ) -> None:
        self.workers, self.max_batch_size, self.batch_timeout_s = workers, max_batch_size, batch_timeout_s
        self.queue: asyncio.Queue[Pending] = asyncio.Queue()
        context = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(workers, context, initializer=prepare, initargs=(folder, runtime))

    async def start(self) -> None:
        """Load the models before the first request: the pool starts a process only when no other is idle."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self.pool, ready) for _ in range(self.workers)))

    async def ask(self, tokens: list[int], beam: int) -> list[int]:
        pending = Pending(tokens, beam, asyncio.get_running_loop().create_future())
        self.queue.put_nowait(pending)
        return await pending.answer

    async def collect(self) -> list[Pending]:
        """Wait for a first request, and collect more until the time-out or a full batch."""
        batch = [await self.queue.get()]
        deadline = time.monotonic() + self.batch_timeout_s
        with suppress(TimeoutError):
            while len(batch) < self.max_batch_size:
                async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                    batch.append(await self.queue.get())
        return batch

    async def serve(self) -> None:
        """Run batches one after the other, in one process of the pool at a time."""
        loop = asyncio.get_running_loop()
        while True:
            batch = await self.collect()
            sources = [pending.tokens for pending in batch]
            translations = await loop.run_in_executor(self.pool, run, sources, batch[0].beam)
            for pending, ids in zip(batch, translations, strict=True):
                if not pending.answer.done():
                    pending.answer.set_result(ids)


def create_app(batching: StaticBatching, text: TranslationText) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await batching.start()
        tasks = [asyncio.create_task(batching.serve()) for _ in range(batching.workers)]
        yield
        for task in tasks:
            task.cancel()
        batching.pool.shutdown(cancel_futures=True)

    app = FastAPI(lifespan=lifespan)

    @app.post("/translate")
    async def translate(body: Body) -> dict[str, str | int]:
        ids = await batching.ask(text.tokens(body.text), body.beam)
        return {"translation": text.text(ids), "tokens": len(ids)}

    return app


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--runtime", default="torch", choices=("torch", "onnx", "ctranslate2"))
    parser.add_argument("--max-batch-size", type=int, default=16)
    parser.add_argument("--batch-timeout-s", type=float, default=0.01)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    folder = given.models_dir / TRANSLATION
    batching = StaticBatching(
        folder,
        given.runtime,
        workers=given.workers,
        max_batch_size=given.max_batch_size,
        batch_timeout_s=given.batch_timeout_s,
    )
    app = create_app(batching, TranslationText(folder))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
