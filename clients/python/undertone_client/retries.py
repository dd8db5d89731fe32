"""Whether and when a request that failed is sent again. Every request of this client may be sent twice: none changes
anything at the service."""

from __future__ import annotations

import random
import time
from email.utils import parsedate_to_datetime

from undertone_client.errors import ConnectionFailed, ProblemError, TimedOut, UndertoneError

STATUSES = frozenset({408, 429, 502, 503})
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
MOST_RETRY_AFTER_S = 60.0  # a service that asks for more is not waited for


def wait_before(attempt: int, error: UndertoneError, max_retries: int) -> float | None:
    """Seconds to wait before the request is sent again, after its attempt number `attempt` (from 0) ended in this
    error; None where it is not.

    The service's Retry-After counts. Without one the waits double, and are random, so that clients that failed together
    do not come back together (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/)."""
    if attempt >= max_retries or not is_temporary(error):
        return None
    if isinstance(error, ProblemError) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= MOST_RETRY_AFTER_S else None
    return random.uniform(0.5, 1) * min(FIRST_WAIT_S * 2.0**attempt, LONGEST_WAIT_S)


def is_temporary(error: UndertoneError) -> bool:
    if isinstance(error, ProblemError):
        return error.status in STATUSES
    return isinstance(error, ConnectionFailed) and not isinstance(error, TimedOut)


def seconds_of(retry_after: str | None) -> float | None:
    """Those that Retry-After asks for, as a number or a date (RFC 9110, section 10.2.3)."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
