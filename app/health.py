"""`python -m app.health`: checks whether the service in the same container answers, for its HEALTHCHECK.

It runs every few seconds, so it imports only the standard library. UNDERTONE_HOST and UNDERTONE_PORT give the address.
"""

from __future__ import annotations

import http.client
import os
import sys

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
TIMEOUT_S = 4.0


def main() -> int:
    """Returns 0 if the service is ready, otherwise 1, with the reason on standard error."""
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
