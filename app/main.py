"""The FastAPI application: `uvicorn app.main:app` serves it, with engines of its own.

undertone serve   the same, and several HTTP processes that share the engines
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import signal
import threading
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware

from app import __version__, logs
from app.api import auth, compat, docs, errors, page
from app.api.admission import Gate
from app.api.compat.adapter import Adapter
from app.api.compat.recognize import Recognize
from app.api.dispatch import Dispatch
from app.api.keyfile import KeyFile
from app.api.methods import Methods
from app.api.middleware import BodyLimit, CancelOnDisconnect
from app.api.observe import Observe
from app.api.root_path import WithoutSubPath, WithSubPath
from app.api.routes import catalogue, health, inference
from app.engine.client import EngineClient
from app.engine.messages import ModelInfo
from app.engine.supervisor import Supervisor
from app.pipeline.service import Pipeline
from app.settings import Settings
from app.telemetry import metrics
from app.telemetry.tracing import Tracing

log = logging.getLogger("undertone")

COLLECT_AFTER = 20_000  # new objects; a request leaves hardly any cycles

DESCRIPTION = """Sentiment and translation of texts, by recurrent models of this project.

Every error is a problem document (RFC 9457) with a stable `type` and a `detail` that says what to change. A batch is
answered item by item: one bad item never fails its neighbours."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application. Without `settings.engine_endpoints` it starts and supervises its own engines. Raises
    KeyFileError and TracingError."""
    settings = settings or Settings()
    tracing = Tracing(settings.otlp_endpoint) if settings.otlp_endpoint else None
    adapters = compat.load(settings.compat)
    undecided = {path for adapter in adapters for path in adapter.in_body}  # only a body tells how to word a refusal
    # Answers of the protocol have no CORS headers: a page of another origin could not read why it was refused.
    decided = inference.dispatched.keys() - undecided
    prices = {path: price for path in decided if (price := inference.dispatched[path].price)}
    gate = Gate(prices, settings.root_path, at_head=not settings.cors_origins)

    def on_up(engine: str, is_up: bool) -> None:
        metrics.up(engine, is_up)
        gate.rate.begin()  # the time without an engine says nothing about its speed

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        logs.configure(settings.log_level, settings.log_format)
        end_with_parent()
        supervisor = (
            None
            if settings.engine_endpoints
            else Supervisor(settings, on_failure=give_up, on_restart=metrics.engine_restarts.inc)
        )
        client = EngineClient(
            supervisor.endpoints if supervisor else settings.engine_endpoints,
            settings.max_queue_tokens,
            settings.engine_timeout_s,
        )
        if supervisor:
            supervisor.start()
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not outside the main thread
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.reload_soon)
        client.on_report, client.on_up = metrics.report, on_up
        app.state.engine = client
        await client.start()
        loading = asyncio.create_task(load(app, client, settings, gate))
        try:
            yield {"gate": gate}
        finally:
            loading.cancel()
            gate.refusals.flush()
            await client.close()
            if supervisor:
                await asyncio.to_thread(supervisor.stop)
            if tracing:
                await asyncio.to_thread(tracing.close)

    app = FastAPI(
        title="Undertone",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # Behind a TLS gateway the redirect would point to http://, and the client would resend its text unencrypted.
        redirect_slashes=False,
    )
    app.state.settings, app.state.pipeline, app.state.loaded = settings, None, asyncio.Event()
    for router in (inference, catalogue, health, *adapters):
        app.include_router(router)
    docs.install(app)
    page.install(app)
    errors.install(app)
    install_middleware(app, settings, tracing, gate, adapters)
    return app


def install_middleware(
    app: FastAPI, settings: Settings, tracing: Tracing | None, gate: Gate, adapters: list[Adapter]
) -> None:
    """From the innermost to the outermost."""
    if settings.root_path:
        app.add_middleware(WithSubPath, sub_path=settings.root_path)
    app.add_middleware(Methods)
    app.add_middleware(Dispatch, routers=[inference, *adapters], gate=gate)
    # A form has its options beside its file.
    files = ["/translate/file", *(path for adapter in adapters for path in adapter.file_paths)]
    larger = dict.fromkeys(files, settings.max_file_bytes + settings.max_body_bytes)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, larger=larger)
    app.add_middleware(CancelOnDisconnect)
    protect(app, settings, adapters)
    routes = frozenset(templates(inference, catalogue, health, *adapters))
    app.add_middleware(Observe, settings=settings, tracing=tracing, routes=routes)
    if adapters:
        app.add_middleware(Recognize, adapters=adapters)
    if settings.root_path:
        app.add_middleware(WithoutSubPath, sub_path=settings.root_path)


def templates(*routers: APIRouter) -> list[str]:
    return [route.path for router in routers for route in router.routes if isinstance(route, APIRoute)]


def protect(app: FastAPI, settings: Settings, adapters: list[Adapter]) -> None:
    """Require an API key where there are keys, and let pages of other origins ask where some are listed."""
    if settings.api_keys_file is not None:
        key_file = KeyFile(settings.api_keys_file)
        open_paths = [path for adapter in adapters for path in adapter.open_paths]
        app.add_middleware(
            auth.RequireKey, keys=key_file, anonymous_metrics=settings.anonymous_metrics, open_paths=open_paths
        )
    if settings.cors_origins:  # outside of the keys: the preflight request of a browser carries none
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in settings.cors_origins.split(",")],
            allow_methods=["GET", "POST"],
            allow_headers=[
                "Authorization",
                "Content-Encoding",
                "Content-Type",
                "X-API-Key",
                "X-Request-Id",
                "X-Request-Timeout",
                *(name for adapter in adapters for name in adapter.read_headers),
            ],
            expose_headers=[
                "Content-Disposition",
                "Content-Language",
                "Retry-After",
                "Server-Timing",
                "Undertone-Model",
                "X-Request-Id",
            ],
        )
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            auth.describe(describe(), required=settings.api_keys_file is not None)
        return describe()

    app.openapi = openapi  # type: ignore[method-assign]


async def load(app: FastAPI, client: EngineClient, settings: Settings, gate: Gate) -> None:
    """Make the pipeline once an engine is ready, and log that the service is."""
    await client.became_ready.wait()
    try:
        app.state.pipeline = gate.pipeline = pipeline = await Pipeline.load(client, settings)
    except (OSError, ValueError) as error:
        give_up(f"a tokenizer cannot be read: {error}")
        return
    app.state.loaded.set()
    freeze_loaded_objects()
    metrics.serve_models(pipeline.models, [])

    async def adopt(models: list[ModelInfo]) -> None:
        before = pipeline.models
        await pipeline.adopt(models)
        metrics.serve_models(models, before)

    client.on_models = adopt
    log.info("ready: %s", ", ".join(f"{info.name} ({info.task})" for info in client.models))


def freeze_loaded_objects() -> None:
    """Take the loaded objects, which stay, out of garbage collection, and collect less often: under a flood of
    connections a third of the process's time went into searching long lists of live objects for cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)


def end_with_parent() -> None:
    """As one of several HTTP processes, stop when the process that started them has ended, however it ended."""
    if (parent := multiprocessing.parent_process()) is not None:

        def wait() -> None:
            parent.join()
            signal.raise_signal(signal.SIGTERM)

        threading.Thread(target=wait, daemon=True).start()


def give_up(reason: str) -> None:
    """No engine can run: end the service as a signal would, so that its supervisor sees it end."""
    log.error("%s", reason)
    signal.raise_signal(signal.SIGTERM)


def __getattr__(name: str) -> FastAPI:
    """`app`, made when it is asked for: importing this module reads no environment."""
    if name != "app":
        raise AttributeError(name)
    app = create_app()
    globals()["app"] = app
    return app
