"""Finds the conversion of a Hugging Face translator to CTranslate2 in the cache, or converts it in another process, so
that an engine needs no torch. Imports neither torch nor `transformers`.

An entry of the cache holds the folder that CTranslate2 reads, the model's `tokenizer.json`, and MADE_OF with the facts
of the source that serving needs, or the reason why the model cannot be served from CTranslate2.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.extras import needed
from app.huggingface.ct2_runtime import compute_type
from app.huggingface.directions import FAMILIES
from app.nets.folder import CONFIG, ModelFolderError, read_json
from app.runtime.cache_folder import is_usable

log = logging.getLogger("undertone.conversion")

MADE_OF = "undertone.json"
FORMAT = 2  # of an entry; a change here makes all models convert again
SOURCES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.spm")  # the files that a conversion depends on


class NotConverted(Exception):
    """A model cannot be served from CTranslate2. The message says why."""


def is_convertible(folder: Path) -> bool:
    """Whether a folder in Hugging Face layout is a translator of a family that can be converted."""
    return read_json(folder / CONFIG).get("model_type") in FAMILIES


def entry_of(folder: Path, cache: Path, device: str) -> Path:
    """The entry of a source on a kind of device (`cpu`, `cuda:0`). Raises NotConverted without CTranslate2."""
    try:
        release = version("ctranslate2")
    except PackageNotFoundError:
        raise NotConverted(f"CTranslate2 is not installed, which is {needed('ct2')}") from None
    total = hashlib.sha256(f"{FORMAT} {release} {compute_type(device)}".encode())
    for path in sorted({path for pattern in SOURCES for path in folder.glob(pattern)}):
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return cache / f"ct2-{total.hexdigest()[:32]}"


@contextmanager
def converted(folder: Path, cache: Path | None, device: str) -> Iterator[Path]:
    """The entry of a source, converted if need be. Where the cache cannot be written the entry is in a temporary
    folder. Raises NotConverted."""
    if cache is not None:
        entry = entry_of(folder, cache, device)
        if is_usable(entry) or run_conversion(folder, cache, device, entry):
            yield opened(entry)
            return
        log.warning("nothing can be kept in %s: %s is converted at each start", cache, folder)
    with tempfile.TemporaryDirectory(prefix="undertone-") as temporary:
        entry = entry_of(folder, Path(temporary), device)
        if not run_conversion(folder, Path(temporary), device, entry):
            raise NotConverted(f"there is no room for its conversion, neither in {cache} nor in {temporary}")
        yield opened(entry)


def opened(entry: Path) -> Path:
    """An entry that can be served. Raises NotConverted with the reason that it holds."""
    try:
        refused = read_json(entry / MADE_OF).get("refused")
    except ModelFolderError as error:
        raise NotConverted(str(error)) from error
    if refused:
        raise NotConverted(str(refused))
    return entry


def run_conversion(folder: Path, cache: Path, device: str, entry: Path) -> bool:
    """Convert in another process, whose memory is freed at its end; returns whether the entry is there now, false where
    the folder cannot be written. Engines that start at once convert one after the other, so all but the first find the
    entry. Raises NotConverted."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError:
        return False
    with alone(cache):
        if is_usable(entry):
            return True
        log.info("converting %s to CTranslate2, once", folder)
        command = [sys.executable, "-m", "app.huggingface.conversion", str(folder), str(cache), device]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode and not is_usable(entry):
        lines = done.stdout.strip().splitlines()
        raise NotConverted(lines[-1] if lines else f"its conversion ended with status {done.returncode}")
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process holds the folder. On network file systems without locks the work may be done
    twice."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
