"""The service under a gateway's sub-path, whether the gateway takes it off or not."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from app.settings import Settings
from tests.conftest import running_service


def test_routes_documents_and_files_are_found_with_and_without_the_sub_path(tiny_models: Path) -> None:
    with running_service(tiny_models, UNDERTONE_ROOT_PATH="/undertone") as (url, _), httpx.Client(base_url=url) as http:
        for prefix in ("", "/undertone"):
            body = {"text": "I love it!", "language": "en"}
            assert http.post(f"{prefix}/sentiment", json=body).status_code == 200
            assert http.get(f"{prefix}/healthz/ready").status_code == 200
            assert http.get(f"{prefix}/nothing").status_code == 404
            for page in ("/", "/docs"):
                links = re.findall(r"""(?:href|src)="([^"#]+)"|url: '([^']+)'""", http.get(f"{prefix}{page}").text)
                assert len(links) >= 4
                for link in ("".join(pair) for pair in links):
                    assert link.startswith("/undertone/")
                    assert http.get(link).status_code == 200, "through a gateway that passes the path on"
                    assert http.get(link.removeprefix("/undertone")).status_code == 200, "through one that takes it off"
            assert http.get(f"{prefix}/openapi.json").json()["servers"] == [{"url": "/undertone"}]
            assert http.get("/undertone").text == http.get(f"{prefix}/").text
            assert 'route="/sentiment",status="200"' in http.get(f"{prefix}/metrics").text
            assert "undertone/" not in http.get(f"{prefix}/metrics").text, "a route is counted once, by its own name"


def test_a_path_that_only_begins_like_the_sub_path_is_not_it(tiny_models: Path) -> None:
    with running_service(tiny_models, UNDERTONE_ROOT_PATH="/under") as (url, _):
        assert httpx.get(f"{url}/undertone/healthz/live").status_code == 404
        assert httpx.get(f"{url}/under/healthz/live").status_code == 200


@pytest.mark.parametrize("wrong", ["undertone", "/undertone/", "/", "/a//b", "/a b", "/a;b"])
def test_a_sub_path_that_cannot_be_one_stops_the_start(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERTONE_ROOT_PATH", wrong)
    with pytest.raises(ValidationError, match="root_path"):
        Settings()
