"""`python -m app.health`: whether the service beside it answers, for a container's HEALTHCHECK.

It runs every few seconds, so it loads nothing but the standard library, and asks where UNDERTONE_HOST and
UNDERTONE_PORT say that the service listens.
"""

from __future__ import annotations

import http.client
import os
import sys

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
TIMEOUT_S = 4.0


def main() -> int:
    """0 when requests are answered, 1 and the reason on standard error when not."""
    host = os.environ.get("UNDERTONE_HOST") or "127.0.0.1"
    port = int(os.environ.get("UNDERTONE_PORT") or "8000")
    connection = http.client.HTTPConnection(EVERY_ADDRESS.get(host, host), port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz/ready")
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"no answer from {host} port {port}: {error}\n")
        return 1
    finally:
        connection.close()
    if answer.status != 200:
        sys.stderr.write(f"not ready: status {answer.status}\n")
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
