"""The cache of files made from models, such as graphs, from one start to the next (UNDERTONE_CACHE_DIR).

An entry is a folder whose name is a hash of everything that its files depend on. It is written under another name
first, so it appears as a whole, and it has the checksums of its files. Knows neither models nor libraries that run
them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("undertone.cache")

SUMS = "checksums.json"
UNFINISHED = "unfinished-"
UNUSED_S = 30 * 24 * 3600.0  # after this time without use an entry is removed
BLOCK_BYTES = 1 << 20


def store(entry: Path, write: Callable[[Path], None]) -> None:
    """Make an entry, atomically, of the files that `write` puts into a folder. Raises OSError, and the exceptions of
    `write`."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    remove_unused(entry.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=entry.parent))
    try:
        write(unfinished)
        sums = {path.name: checksum(path) for path in sorted(unfinished.iterdir())}
        (unfinished / SUMS).write_text(json.dumps(sums), "utf-8")
        unfinished.chmod(0o755)
        try:
            unfinished.rename(entry)
        except OSError:
            if not entry.is_dir():  # else another engine was faster
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def check(entry: Path) -> list[str]:
    """The names of the files of an entry; counts as a use of it. Raises OSError and ValueError where a file is missing
    or damaged."""
    sums = json.loads((entry / SUMS).read_text("utf-8"))
    if not sums:
        raise ValueError(f"{SUMS} names no file")
    for name, expected in sums.items():
        if checksum(entry / name) != expected:
            raise ValueError(f"{name} has another checksum")
    with contextlib.suppress(OSError):  # a read-only folder
        os.utime(entry)
    return list(sums)


def is_usable(entry: Path) -> bool:
    """Whether there is a sound entry; counts as a use of it. A damaged one is removed."""
    if not entry.is_dir():
        return False
    try:
        check(entry)
        return True
    except (OSError, ValueError, AttributeError) as error:
        log.warning("%s is damaged (%s); it is made again", entry, error)
        shutil.rmtree(entry, ignore_errors=True)
        return False


def checksum(path: Path) -> int:
    """A CRC, which detects truncated and damaged files; the folder belongs to the service's user."""
    found = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            found = zlib.crc32(block, found)
    return found


def remove_unused(folder: Path) -> None:
    """Remove entries of models, releases and unfinished starts that nobody has used for a long time."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            ours = path.name.startswith(UNFINISHED) or (path / SUMS).is_file()
            if ours and time.time() - path.stat().st_mtime > UNUSED_S:
                shutil.rmtree(path, ignore_errors=True)
