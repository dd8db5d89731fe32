"""What both clients know of the service: where it is, the key, how long to wait."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from undertone_client.calls import Call
from undertone_client.errors import UndertoneError
from undertone_client.retries import wait_before

BASE_URL, TIMEOUT_S, MAX_RETRIES, CONCURRENCY = "http://127.0.0.1:8000", 60.0, 3, 4
GRACE_S = 5.0  # in which the service says that the time is up
try:
    VERSION = version("undertone-client")
except PackageNotFoundError:  # a checkout on the path
    VERSION = "0"


class Base:
    def __init__(self, base_url: str, api_key: str | None, timeout: float, max_retries: int) -> None:
        self.base_url, self.timeout, self.max_retries = base_url.rstrip("/"), timeout, max_retries
        try:
            url = httpx.URL(self.base_url)
        except httpx.InvalidURL as error:
            raise ValueError(f"base_url={base_url!r} is no URL: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"base_url={base_url!r} must look like http://127.0.0.1:8000")
        self._headers = {"Accept": "application/json", "User-Agent": f"undertone-client/{VERSION}"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"

    def _request(self, http: httpx.Client | httpx.AsyncClient, call: Call[Any]) -> httpx.Request:
        timeout_s = max(call.timeout_s, self.timeout)
        told = {"X-Request-Timeout": f"{timeout_s:g}", **self._headers, **call.headers}
        return http.build_request(
            call.method, self.base_url + call.path, headers=told, timeout=timeout_s + GRACE_S, **call.content
        )

    def _wait_before(self, attempt: int, call: Call[Any], failure: UndertoneError) -> float | None:
        return wait_before(attempt, failure, self.max_retries) if call.retried else None
