"""The page at `/` and its files, as a browser and a cache ask for them; `tests/web` has the page in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from app.api.page import tag_of_file
from app.settings import WEB

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGE = WEB / "page"
FILES = sorted(str(file.relative_to(WEB)) for file in PAGE.rglob("*") if file.is_file())


def test_the_page_is_at_the_root(service: httpx.Client) -> None:
    page = service.get("/", headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    head = service.head("/", headers=BROWSER)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == page.headers["content-length"]


def test_the_policy_allows_no_script_or_style_but_those_of_the_service(service: httpx.Client) -> None:
    page = service.get("/")
    (policy,) = page.headers.get_list("content-security-policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert not re.search(r"<style|<script(?![^>]* src=)|\son\w+=|\sstyle=", page.text), "nothing inline"


@pytest.mark.parametrize("name", FILES)
def test_a_file_names_no_other_host_and_makes_no_html(name: str) -> None:
    content = (WEB / name).read_text("utf-8")
    hosts = set(re.findall(r"https?://([\w.-]+)", content))
    assert hosts <= {"www.w3.org"}, "the namespace of SVG alone"
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", content)


@pytest.mark.parametrize("path", ["/", *(f"/static/{name}" for name in FILES)])
def test_caches_ask_whether_a_file_has_changed(service: httpx.Client, path: str) -> None:
    first = service.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    again = service.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert service.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tag_is_of_the_content(tmp_path: Path) -> None:
    one, other = tmp_path / "one.js", tmp_path / "other.js"
    one.write_text("let a = 1;")
    other.write_text("let a = 2;")
    assert tag_of_file(str(one), 0) != tag_of_file(str(other), 0), "equal in date and size"


def test_everything_that_the_page_loads_is_there(service: httpx.Client) -> None:
    links = re.findall(r'(?:href|src)="([^"#]+)"', service.get("/").text)
    assert len(links) >= 6
    for link in links:
        assert service.get(f"/{link}").status_code == 200
    for module in PAGE.glob("*.js"):
        for imported in re.findall(r'from "\./([\w.-]+)"', module.read_text("utf-8")):
            assert (PAGE / imported).is_file()


def test_every_language_of_the_interface_has_every_text() -> None:
    texts = {
        file.stem: dict(re.findall(r'^  (\w+): "(.*)",$', file.read_text("utf-8"), re.MULTILINE))
        for file in (PAGE / "strings").glob("*.js")
    }
    assert set(texts) == {"en", "de", "fr", "zh-Hant"}
    for language, words in texts.items():
        assert words.keys() == texts["en"].keys(), language
        for key, text in words.items():
            assert text.strip()
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", texts["en"][key])), (language, key)
    used = {
        key
        for file in [*PAGE.glob("*.js"), PAGE / "index.html"]
        for key in re.findall(r'(?:\bt\("|data-(?:text|label|placeholder)=")(\w+)"', file.read_text("utf-8"))
    }
    assert used <= texts["en"].keys()
