"""The engine of LibreTranslate, `argostranslate`, behind FastAPI. The route is a plain function, so it runs in the
thread pool, as LibreTranslate's runs in the threads of its server; CTranslate2 has two workers of one thread.

    python -m benchmarks.peers.argos --port 8001 --package DIR [--written 32]

DIR is an unpacked package of Argos Translate. A text is one sentence here: the models that would split it come from the
network. `--written` bounds translations whose model never ends them; Argos Translate itself has no such option.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

os.environ |= {"ARGOS_INTER_THREADS": "2", "ARGOS_INTRA_THREADS": "1", "ARGOS_COMPUTE_TYPE": "int8"}


class Body(BaseModel):
    text: str


class OneSentence:
    def split_sentences(self, text: str) -> list[str]:
        return [text]


def load(package: Path, written: int) -> Any:
    """The translation object of a package, which translates texts."""
    from argostranslate.package import Package
    from argostranslate.translate import Language, PackageTranslation

    found = Package(package)
    source, target = Language(found.from_code, found.from_name), Language(found.to_code, found.to_name)
    translation = PackageTranslation(source, target, found)
    translation.sentencizer = OneSentence()
    translation.hypotheses("a", 1)  # the first call loads the translator
    bounded: Any = Bounded(translation.translator, written)
    translation.translator = bounded
    return translation


class Bounded:
    """A translator whose translations have exactly `written` tokens."""

    def __init__(self, translator: Any, written: int) -> None:
        limits = {"max_decoding_length": written, "min_decoding_length": written}
        self.translate_batch = partial(translator.translate_batch, **limits)


def create_app(translation: Any) -> FastAPI:
    app = FastAPI()

    @app.post("/translate")
    def translate(body: Body) -> dict[str, str]:
        return {"translation": translation.translate(body.text)}

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--written", type=int, default=32)
    given = parser.parse_args()
    uvicorn.run(create_app(load(given.package, given.written)), host="127.0.0.1", port=given.port, log_level="warning")
