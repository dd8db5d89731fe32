"""Every setting of the service, in one class; each is also an `UNDERTONE_*` environment variable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PACKAGE = Path(__file__).resolve().parent
WEB = PACKAGE / "web"
SHIPPED_MODELS = PACKAGE.parent / "models"


def usable_cores() -> int:
    """Cores that this process may run on, which in a container can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def split_list(value: Any) -> Any:
    """`a, b` to a list; a JSON list is read as one."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.lstrip().startswith("[") else [x.strip() for x in value.split(",") if x.strip()]


Listed = Annotated[list[str], NoDecode, BeforeValidator(split_list)]


class Settings(BaseSettings):
    """Read from the environment; a wrong value stops the start and is named."""

    model_config = SettingsConfigDict(env_prefix="UNDERTONE_", env_ignore_empty=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 lets the system choose.")
    http_workers: int = Field(1, ge=1, le=64, description="HTTP processes that share the engines.")
    root_path: str = Field(
        "",
        pattern=r"^(/[\w.~-]+)*$",
        description="Sub-path under which a gateway serves us, such as /undertone; whether the gateway takes it off or "
        "passes it on does not matter.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")
    log_format: Literal["text", "json"] = Field(
        "text",
        description="text for people; json for machines, with a line for each request. Neither holds a user's text or "
        "a key.",
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Collector that traces are sent to (OTLP over HTTP), such as http://collector:4318; empty: none. "
        "Needs the extra otel; OTEL_* variables set the rest, such as the sampler.",
    )

    api_keys_file: Path | None = Field(
        None,
        description="File of API keys (`undertone keys new`), of which requests must carry one; empty: all may ask.",
    )
    allow_anonymous: bool = Field(
        False,
        description="Serve without API keys on an address that others can reach, where something in front keeps them "
        "out.",
    )
    anonymous_metrics: bool = Field(False, description="With API keys: answer GET /metrics without one.")
    cors_origins: str = Field(
        "",
        description="Origins whose pages may ask from a browser, separated by commas, such as "
        "https://example.org; empty: none but our own.",
    )
    max_header_bytes: int = Field(16 * 1024, ge=1024, description="Largest request head; over it 431.")
    client_timeout_s: float = Field(
        30.0,
        gt=0,
        description="Time a client may take to send a request; then it gets 408.",
    )

    keep_alive_s: int = Field(
        75,
        ge=1,
        description="Time that a connection stays open between two requests. Longer than a gateway keeps it, or that "
        "sends one into the end of it.",
    )

    models_dir: Path = Field(SHIPPED_MODELS, description="Folder whose sub-folders are the models to serve.")
    sentiment_model: str = Field(
        "",
        description="Model that answers about sentiment unless a request names another: a name in models_dir, a "
        "folder, or a hub id, as owner/name or owner/name@revision (docs/transformers.md).",
    )
    sentiment_labels: Listed = Field(
        default_factory=list,
        description="What the classes of that model mean, in their order, such as negative,neutral,positive; empty "
        "goes by their names.",
    )
    sentiment_languages: Listed = Field(
        default_factory=list,
        description="Languages that model reads, such as en,de; empty goes by its card, else en.",
    )
    translation_models: Listed = Field(
        default_factory=list,
        description="Models that translate before those of models_dir, named in the same ways, several between commas; "
        "with =en-de+de-en behind, only these directions.",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="Where models run: auto (GPU where there is one), cpu, cuda or cuda:N.",
    )
    cpu_engines: int = Field(
        default_factory=lambda: min(2, usable_cores()),
        ge=1,
        le=256,
        description="Engine processes on a processor, each with one compute thread and its own copy of the models.",
    )
    runtime: Literal["auto", "torch", "onnx"] = Field(
        "auto",
        description="What runs the models: onnx (int8, processors only) or torch; auto takes what is faster there.",
    )
    precision: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        "auto",
        description="What torch computes in: auto is float16 on a GPU, and leaves a processor to the int8 of onnx.",
    )
    max_decode_rows: int | None = Field(
        None,
        ge=1,
        description="Hypotheses decoded at a time, of which a sentence takes as many as its beam; empty: 64 on a "
        "processor, 1024 on a GPU.",
    )
    max_batch_tokens: int = Field(
        4096,
        ge=64,
        description="Padded tokens of one batch; more raises throughput and the wait of late comers.",
    )
    max_queue_tokens: int = Field(
        200_000,
        ge=1,
        description="Tokens that may wait for the engine; beyond, requests are refused with 503.",
    )

    max_text_chars: int = Field(20_000, ge=1, description="Longest text in characters; longer ones are refused.")
    max_batch_items: int = Field(256, ge=1, description="Most texts of one batch request.")
    max_body_bytes: int = Field(1024 * 1024, ge=1024, description="Largest request body in bytes.")
    beam: int = Field(4, ge=1, le=16, description="Beam width of translation unless the request names one.")
    detection_confidence: float = Field(
        0.8,
        ge=0,
        le=1,
        description="How sure language detection must be before a text in an unsupported language is refused.",
    )
    engine_timeout_s: float = Field(
        20.0,
        ge=2,
        description="An engine that has work and says nothing for this long is hung, and replaced; must be longer than "
        "one batch can take.",
    )
    request_timeout_s: float = Field(60.0, gt=0, description="Longest a request may take; then it gets 504.")
    stop_grace_s: float = Field(20.0, gt=0, description="Time to answer what was accepted after SIGTERM.")

    engine_endpoints: Listed = Field(
        default_factory=list,
        description="Endpoints of engines that somebody else started; empty starts our own. Set by `undertone "
        "serve --http-workers N` for its HTTP processes.",
    )
