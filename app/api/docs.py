"""`GET /docs`: Swagger UI, served from files of our own, so that it works where there is no internet."""

from __future__ import annotations

import re

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from app.api.headers import POLICY, page_policy

INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "").rstrip("/")
    page = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title="Undertone",
        swagger_js_url=f"{root}/static/swagger-ui/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/static/swagger-ui/swagger-ui.css",
        swagger_favicon_url=f"{root}/static/favicon.svg",
        swagger_ui_parameters={"tryItOutEnabled": True, "defaultModelsExpandDepth": 0},
    )
    scripts = INLINE_SCRIPT.findall(bytes(page.body).decode())
    page.headers[POLICY.decode()] = page_policy(*scripts, inline_styles=True)
    return page


def install(app: FastAPI) -> None:
    app.include_router(router)
