"""`GET /`: the page for people. Its files are in `app/web/page`, served as they are, beside those of `/docs`.

Knows nothing of what the page does: it asks the same routes as every other client.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache

from fastapi import APIRouter, FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from app.api.headers import POLICY, TRUSTED_TYPES, page_policy
from app.settings import WEB

INDEX = WEB / "page" / "index.html"
LINK = re.compile(r'(href|src)="(?!#)')
REVALIDATE = {"Cache-Control": "no-cache"}  # the files of two releases must not meet in one page

router = APIRouter(include_in_schema=False)


class ContentTagged(StaticFiles):
    """Files with ETags of their content. Starlette's are of date and size, but all files of a wheel have one date, so
    that a browser could keep a file of an earlier release."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        fields = {**REVALIDATE, "ETag": tag_of_file(str(full_path), stat_result.st_mtime_ns)}
        response = FileResponse(full_path, status_code, fields, stat_result=stat_result)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response

    def is_not_modified(self, response_headers: Headers, request_headers: Headers) -> bool:
        """Starlette compares strong tags alone."""
        known = response_headers["etag"] in request_headers.get("if-none-match", "")
        return known or super().is_not_modified(response_headers, request_headers)


@lru_cache(maxsize=256)
def tag_of_file(path: str, _changed_ns: int) -> str:
    with open(path, "rb") as file:
        return tag(file.read())


def tag(content: bytes) -> str:
    """A weak tag: the content may be sent compressed, which are other bytes."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


@router.api_route("/", methods=["GET", "HEAD"])
async def home(request: Request) -> Response:
    content, etag = page(request.scope.get("root_path", ""), INDEX.stat().st_mtime_ns)
    fields = {**REVALIDATE, "ETag": etag, POLICY.decode(): page_policy(inline_styles=False) + TRUSTED_TYPES}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=fields)
    return Response(content, media_type="text/html", headers=fields)


@lru_cache(maxsize=2)
def page(root_path: str, _changed_ns: int) -> tuple[bytes, str]:
    """The page and its ETag. Its links are relative, which suffices behind a gateway that removes a sub-path; under a
    root path they get it, because `/undertone` without a slash at its end is the page as well."""
    html = INDEX.read_text("utf-8")
    content = (LINK.sub(rf'\1="{root_path}/', html) if root_path else html).encode()
    return content, tag(content)


def install(app: FastAPI) -> None:
    app.include_router(router)
    app.mount("/static", ContentTagged(directory=WEB), name="static")
