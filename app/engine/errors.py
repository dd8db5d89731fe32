"""The errors of the engine side, as the front side sees them.

EngineError
  EngineOverloaded      the request would wait too long: send it again after `retry_after_s`
  EngineUnavailable     no engine could take or finish the request: send it again soon
    ModelsChanged       its model was replaced: prepare the request for the new model
  RequestFailed         the request makes every engine fail: never send it again, neither here nor to another replica

A client, or a gateway, may repeat a request after every error but `RequestFailed`: a text that kills engines would kill
those of each replica in turn.
"""

from __future__ import annotations


class EngineError(Exception):
    """The engine side could not answer."""


class EngineOverloaded(EngineError):
    """More tokens wait than `max_queue_tokens` allows, or more than can be answered in time. `retry_after_s` is the
    estimated time until there is room."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class EngineUnavailable(EngineError):
    """No engine is ready, or the request has to be sent again for another reason that is not in the request itself."""


class ModelsChanged(EngineUnavailable):
    """The model that a request was prepared for was replaced on the way. The pipeline prepares it for the new one."""


class RequestFailed(EngineError):
    """The request itself is the cause: the model fails on its text, or the engine dies from it, or refuses it."""
