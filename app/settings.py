"""Every setting of the service, in one class; each is read from an environment variable `UNDERTONE_*`."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PACKAGE = Path(__file__).resolve().parent
WEB = PACKAGE / "web"
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of the container: microseconds of CPU time, or max, and of the period
SHIPPED_MODELS = PACKAGE.parent / "models"
LEAST_LIKENESS = 0.8  # of a misspelt variable and a setting: MODELS is none of MODELS_DIR, which share 0.75


def usable_cores() -> int:
    """Cores that this process may run on, at most as many as the quota of its container allows."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = map(int, CPU_QUOTA.read_text("ascii").split())
    except (OSError, ValueError):  # not Linux, or no limit
        return cores
    return max(1, min(cores, math.ceil(quota / period)))


def cache_dir() -> Path | None:
    """The folder for caches of this user, by the conventions of the system; None for a user without a home."""
    caches = "~/Library/Caches" if sys.platform == "darwin" else os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(os.path.expanduser(caches))
    return folder / "undertone" if folder.is_absolute() else None


def split_list(value: Any) -> Any:
    """The items of `a, b`, or of a JSON list. Other values are returned unchanged, for pydantic to judge."""
    if not isinstance(value, str):
        return value
    return json.loads(value) if value.lstrip().startswith("[") else [x.strip() for x in value.split(",") if x.strip()]


# Each is a module of app/api/compat.
Compat = Literal[
    "libretranslate", "deepl", "google", "microsoft", "amazon", "sagemaker", "openinference", "huggingface"
]
Listed = Annotated[list[str], NoDecode, BeforeValidator(split_list)]


class Settings(BaseSettings):
    """Read from the environment. A wrong value stops the start with a message that names the variable."""

    model_config = SettingsConfigDict(env_prefix="UNDERTONE_", env_ignore_empty=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 lets the system choose.")
    http_workers: int = Field(1, ge=1, le=64, description="HTTP processes that share the engines.")
    root_path: str = Field(
        "",
        pattern=r"^(/[\w.~-]+)*$",
        examples=["/undertone"],
        description="Sub-path under which a gateway offers the service, such as /undertone; the gateway may strip it "
        "or pass it on.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    log_format: Literal["text", "json"] = Field(
        "text",
        description="text for people; json for machines, with a line for each request. Neither contains a user's text "
        "or a key.",
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        examples=["http://collector:4318"],
        description="Collector that receives traces (OTLP over HTTP), such as http://collector:4318; empty: no traces. "
        "Needs the extra otel; OTEL_* variables configure the rest, such as the sampler.",
    )

    api_keys_file: Path | None = Field(
        None,
        description="File of API keys (`undertone keys new`); each request must carry one of them. Empty: no keys.",
    )
    allow_anonymous: bool = Field(
        False,
        description="Serve without API keys on an address that others can reach, because something in front keeps "
        "strangers out.",
    )
    anonymous_metrics: bool = Field(False, description="Answer GET /metrics without a key where others need one.")
    cors_origins: str = Field(
        "",
        description="Origins whose pages may send requests from a browser, separated by commas, such as "
        "https://example.org; empty: only the service's own pages.",
    )
    max_header_bytes: int = Field(
        16 * 1024, ge=1024, description="Largest request head in bytes; a larger one gets 431."
    )
    client_timeout_s: float = Field(
        30.0,
        gt=0,
        description="Longest time that a client may take to send a request; a slower one gets 408.",
    )

    keep_alive_s: int = Field(
        75,
        ge=1,
        description="Time that a connection stays open between two requests. Must be longer than the gateway keeps it, "
        "or the gateway may send a request on a connection that is closing.",
    )

    models_dir: Path = Field(SHIPPED_MODELS, description="Folder that contains the model folders to serve.")
    cache_dir: Path | None = Field(
        default_factory=cache_dir,
        description="Folder that keeps the graphs of models from one start to the next, about twice as large as the "
        "models, and models in CTranslate2's format; engines share the memory of graphs. One that cannot be written "
        "leaves them in the memory of each engine.",
    )
    sentiment_model: str = Field(
        "",
        description="Default model for sentiment: a name in models_dir, a folder, or a hub id, as owner/name or "
        "owner/name@revision (docs/transformers.md).",
    )
    sentiment_labels: Listed = Field(
        default_factory=list,
        description="Labels of that model's classes, in their order, such as negative,neutral,positive; empty: from "
        "the names of the classes.",
    )
    sentiment_languages: Listed = Field(
        default_factory=list,
        description="Languages that this model reads, such as en,de; empty: from its card, else en.",
    )
    translation_models: Listed = Field(
        default_factory=list,
        description="Translation models that take precedence over those of models_dir, named in the same ways and "
        "separated by commas; with =en-de+de-en after the name only for these directions.",
    )
    prefer: Literal["order", "quality", "speed"] = Field(
        "order",
        description="Choice among several models of a direction or a language, unless a request states "
        "`prefer` or names one: order takes the first (those of the settings, then those of models_dir by name), "
        "quality and speed what was measured (docs/api.md).",
    )
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        examples=["auto", "cpu", "cuda", "cuda:1"],
        description="Device for the models: auto (a GPU where there is one), cpu, cuda or cuda:N.",
    )
    cpu_engines: int = Field(
        default_factory=lambda: min(2, usable_cores()),
        ge=1,
        le=256,
        description="Engine processes on a CPU, each with one compute thread and its own copy of the models.",
    )
    runtime: Literal["auto", "torch", "onnx"] = Field(
        "auto",
        description="Runtime of the models: onnx (int8, CPU only) or torch; auto takes the faster one of the device. "
        "With torch no Hugging Face translator runs in CTranslate2 (docs/transformers.md).",
    )
    precision: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        "auto",
        description="Precision of torch; auto is float16 on a GPU, and on a CPU leaves the models to onnx in int8.",
    )
    max_decode_rows: int | None = Field(
        None,
        ge=1,
        description="Hypotheses that an engine decodes at a time; a sentence takes as many as its beam. Empty: 64 on a "
        "CPU, 1024 on a GPU.",
    )
    max_batch_tokens: int = Field(
        4096,
        ge=64,
        description="Padded tokens of one batch; more means higher throughput and longer waits for later requests.",
    )
    max_queue_tokens: int = Field(
        200_000,
        ge=1,
        description="Tokens that may wait for the engines; requests beyond that are refused with 503.",
    )

    max_text_chars: int = Field(20_000, ge=1, description="Longest text in characters; a longer one is refused.")
    max_batch_items: int = Field(256, ge=1, description="Most texts of one batch request.")
    max_body_bytes: int = Field(1024 * 1024, ge=1024, description="Largest request body in bytes.")
    max_file_bytes: int = Field(
        10 * 1024 * 1024,
        ge=1024,
        description="Largest file of POST /translate/file in bytes. The texts of a package (docx, odt, epub) may have "
        "as many unpacked, all of its members ten times as many.",
    )
    glossary_dir: Path | None = Field(
        None,
        description="Folder of glossaries that requests may name: NAME.tsv with a term, a tab and its translation a "
        "line, or NAME.json. Read again when they change. Empty: none.",
    )
    beam: int = Field(4, ge=1, le=16, description="Beam width of translation unless the request names one.")
    detection_confidence: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Confidence of language detection from which a text in an unsupported language is refused.",
    )
    engine_timeout_s: float = Field(
        20.0,
        ge=2,
        description="Time without a message from an engine that has work, after which it counts as hung and is "
        "replaced; must be longer than one batch can take.",
    )
    request_timeout_s: float = Field(60.0, gt=0, description="Longest time that a request may take; then it gets 504.")
    file_timeout_s: float = Field(
        600.0, gt=0, description="Longest time that a request with a file may take; then its answer breaks off."
    )
    stop_grace_s: float = Field(20.0, gt=0, description="Time after SIGTERM to answer the requests that were accepted.")

    compat: Annotated[list[Compat], NoDecode, BeforeValidator(split_list)] = Field(
        default_factory=list,
        description="APIs of other services that this one speaks beside its own, such as libretranslate "
        "(docs/clients.md), separated by commas. Empty: none.",
    )

    engine_endpoints: Listed = Field(
        default_factory=list,
        description="Endpoints of engines that another process started; empty: start engines. `undertone serve "
        "--http-workers N` sets it for its HTTP processes.",
    )


def misspelt(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Environment variables that are no settings but are spelt much like one, each with that one. Others may belong to
    the tools around the service, such as `UNDERTONE_IMAGE` of the compose file."""
    prefix = "UNDERTONE_"
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted(names):
        ending = name.removeprefix(prefix).upper()
        if name.upper().startswith(prefix) and ending not in known:
            for near in get_close_matches(ending, known, 1, LEAST_LIKENESS):
                yield name, prefix + near
