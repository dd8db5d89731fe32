"""HEAD where GET is, OPTIONS everywhere."""

from __future__ import annotations

import httpx
import pytest

from tests.api.test_bad_input import assert_problem

PATHS = ["/", "/docs", "/openapi.json", "/models", "/languages", "/metrics", "/healthz/live", "/healthz/ready",
         "/static/favicon.svg", "/static/swagger-ui/swagger-ui-bundle.js"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_is_get_without_a_body(service: httpx.Client, path: str, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    head, get = service.head(path, headers=headers), service.get(path, headers=headers)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    same = ["content-type", "etag", "content-encoding", "vary"] + ["content-length"] * (path != "/metrics")
    assert [head.headers.get(name) for name in same] == [get.headers.get(name) for name in same]


def test_head_elsewhere(service: httpx.Client) -> None:
    assert service.head("/nothing").status_code == 404
    refused = service.head("/sentiment")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "POST, OPTIONS"
    assert refused.content == b""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/sentiment", "POST, OPTIONS"),
        ("/translate/file", "POST, OPTIONS"),
        ("/models", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/static/favicon.svg", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_say_what_a_path_takes(service: httpx.Client, path: str, allowed: str) -> None:
    answer = service.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == allowed
    assert service.request("PATCH", path).headers["allow"] == allowed


def test_options_of_the_service_and_of_nothing(service: httpx.Client) -> None:
    assert_problem(service.options("/nothing"), 404, "not-found")
    whole = service.send(service.build_request("OPTIONS", "/", extensions={"target": b"*"}))
    assert (whole.status_code, whole.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
