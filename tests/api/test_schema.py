"""The service keeps what its OpenAPI document promises: schemathesis asks by the document, and by its violation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 60  # of each operation; the same ones each time


def test_no_answer_is_undocumented_and_none_is_5xx(service: httpx.Client, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", str(service.base_url.join("openapi.json")), "--phases", "examples,coverage,fuzzing"]
    command += ["--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-color", "--warnings", "off"]
    command += ["--header", "X-Request-Timeout: 30"]  # or most time would go into deadlines that no answer can meet
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=170)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
