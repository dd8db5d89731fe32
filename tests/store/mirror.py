"""A mirror of a model hub on this machine: the few endpoints that `huggingface_hub` asks for a model."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SHA = "1234567890abcdef1234567890abcdef12345678"


@dataclass(slots=True)
class Mirror:
    """Repositories by their ids, each a folder and the head of its card."""

    url: str = ""
    repositories: dict[str, tuple[Path, dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def mirror() -> Iterator[Mirror]:
    hub = Mirror()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: Any) -> None:
            pass

        def answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_GET(self) -> None:
            parts = unquote(urlsplit(self.path).path).strip("/").split("/")
            hub.asked.append("/".join(parts))
            is_api = parts[:2] == ["api", "models"]
            owner, name, *rest = parts[2:] if is_api else parts
            if f"{owner}/{name}" not in hub.repositories:
                self.answer(404, b"{}", X_Error_Code="RepoNotFound")
                return
            folder, card = hub.repositories[f"{owner}/{name}"]
            files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
            if rest[:1] in (["revision"], ["tree"]) and rest[1] not in ("main", "v2", SHA):
                self.answer(404, b"{}", X_Error_Code="RevisionNotFound")
            elif is_api and rest[:1] == ["tree"]:
                entries = [
                    {"type": "file", "path": path, "size": file.stat().st_size, "oid": "0" * 40}
                    for path, file in files.items()
                ]
                self.answer(200, json.dumps(entries).encode(), Content_Type="application/json")
            elif is_api:
                siblings = [{"rfilename": path, "size": file.stat().st_size} for path, file in files.items()]
                info = {"id": f"{owner}/{name}", "sha": SHA, "siblings": siblings, "cardData": card}
                self.answer(200, json.dumps(info).encode(), Content_Type="application/json")
            elif rest[:1] == ["resolve"] and (file := files.get("/".join(rest[2:]))):
                data = file.read_bytes()
                self.answer(200, data, ETag=f'"{hashlib.sha256(data).hexdigest()}"', X_Repo_Commit=SHA)
            else:
                self.answer(404, b"", X_Error_Code="EntryNotFound")

        do_HEAD = do_GET  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
