"""API keys: a file of hashes, each with a name and, where it has one, a limit. Knows no HTTP.

    # undertone keys new shop --limit 600/minute
    shop  sha256:8c1f...  600/minute

A key is `ut_NAME.SECRET`. The secret is 256 random bits, which nobody can guess or enumerate, so a plain SHA-256
protects it as well as a slow password hash would, and costs a request a microsecond. Two lines may have the same name
while clients change from the old key to the new one.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limits import RateLimitItem

log = logging.getLogger("undertone.keys")

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
HASH = re.compile(r"sha256:([0-9a-f]{64})")
PREFIX = "ut_"  # scanners for leaked secrets recognise a key by it
SECRET_BYTES = 32
Stamp = tuple[int, int, int]


class KeyFileError(ValueError):
    """The key file cannot be used; the message names the line and what is wrong with it."""


def reason_of(error: OSError | ValueError) -> str:
    """Why a key file cannot be used, without its name."""
    return getattr(error, "strerror", None) or str(error)


@dataclass(slots=True, frozen=True)
class ApiKey:
    name: str
    digest: bytes  # SHA-256 of the whole key
    limit: RateLimitItem | None = None


NO_KEY = ApiKey("", bytes(32))  # compared with where no key has the name, so that this takes the same time


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def parse(text: str) -> list[ApiKey]:
    """The keys of a file. Raises KeyFileError."""
    keys = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        match = HASH.fullmatch(words[1]) if len(words) in (2, 3) else None
        if match is None or not NAME.fullmatch(words[0]):
            raise KeyFileError(f"line {number}: want a name, sha256:HASH and perhaps a limit such as 60/minute")
        keys.append(ApiKey(words[0], bytes.fromhex(match[1]), limit_of(words[2], number) if words[2:] else None))
    return keys


def limit_of(text: str, line: int = 0) -> RateLimitItem:
    """A number of requests in a period, such as 60/minute. Raises KeyFileError."""
    import limits  # importing it takes longer than the rest of the start, and most services have no keys

    try:
        parsed = limits.parse_many(text)
    except ValueError:
        parsed = []
    # The library accepts white space, which would split the limit in the file, and several limits, of which only the
    # first would apply.
    if text.split() != [text] or len(parsed) != 1 or parsed[0].amount < 1:
        where = f"line {line}: " if line else ""
        raise KeyFileError(f"{where}{text!r} is no limit; want a single one such as 60/minute, without white space")
    return parsed[0]


def add_key(file: Path, name: str, limit: str | None = None) -> str:
    """Make a key and append its hash to the file. Returns the key, which is stored nowhere. Raises KeyFileError and
    OSError."""
    if not NAME.fullmatch(name):
        raise KeyFileError(f"{name!r} is no name for a key: want up to 64 of A-Z, a-z, 0-9, _ and -")
    if limit is not None:
        limit_of(limit)
    text = file.read_text("utf-8") if file.exists() else ""
    parse(text)
    key = f"{PREFIX}{name}.{secrets.token_urlsafe(SECRET_BYTES)}"
    line = f"{name}  sha256:{digest_of(key).hex()}" + (f"  {limit}" if limit else "") + "\n"
    if text and not text.endswith("\n"):
        line = "\n" + line
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(line)
    return key


class KeyFile:
    """The keys of a file: each request checks its time stamp, and reads it again where that has changed."""

    def __init__(self, path: Path) -> None:
        """Raises KeyFileError that names the file."""
        self.path = path
        self.stamp: Stamp | None = None
        self.by_name: dict[str, list[ApiKey]] = {}
        try:
            stamp = self.look()
            self.read()
        except (OSError, ValueError) as error:
            raise KeyFileError(f"cannot use the API keys in {path}: {reason_of(error)}") from error
        self.stamp = stamp

    def look(self) -> Stamp:
        status = os.stat(self.path)
        return status.st_mtime_ns, status.st_size, status.st_ino

    def read(self) -> None:
        by_name: dict[str, list[ApiKey]] = {}
        for key in parse(self.path.read_text("utf-8")):
            by_name.setdefault(key.name, []).append(key)
        self.by_name = by_name

    def refresh(self) -> None:
        """Read the file if it has changed. A missing or broken file leaves the keys as they were and is logged once:
        an edit causes no outage, and nobody gets in by breaking the file."""
        try:
            stamp: Stamp | None = self.look()
        except OSError:
            stamp = None
        if stamp == self.stamp:
            return
        self.stamp = stamp
        try:
            self.read()
        except (OSError, ValueError) as error:
            log.error("cannot use the API keys in %s, the former stay: %s", self.path, error)
        else:
            log.info("read %d API keys", sum(map(len, self.by_name.values())))

    def find(self, presented: str) -> ApiKey | None:
        """The key of the file that was presented, if any. The time that this takes says nothing about the secret."""
        self.refresh()
        digest = digest_of(presented)
        match = None
        name = presented.removeprefix(PREFIX).rpartition(".")[0]
        for key in self.by_name.get(name) or [NO_KEY]:
            if hmac.compare_digest(key.digest, digest) and key is not NO_KEY:
                match = key
        return match
