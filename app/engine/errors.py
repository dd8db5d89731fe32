"""What the engine side can fail with, as the front side sees it.

EngineError
  EngineOverloaded    too many tokens wait already, or for too long
  EngineUnavailable   no engine was ready in time
  RequestFailed       this request cannot be answered, whatever engine runs it
  ModelsChanged       its model is served no longer: make it anew for what is served now
"""

from __future__ import annotations


class EngineError(Exception):
    """The engine side could not answer."""


class EngineOverloaded(EngineError):
    """More tokens wait than `max_queue_tokens` allows, or more than can be done in time; `retry_after_s` tells when
    there should be room."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class EngineUnavailable(EngineError):
    """No engine is ready."""


class RequestFailed(EngineError):
    """The engine refused this request or crashes on it."""


class ModelsChanged(EngineError):
    """The model that a request was made for is served no longer; make it anew."""
