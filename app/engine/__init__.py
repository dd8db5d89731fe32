"""Batching and running. The HTTP side imports `client`, `messages` and `supervisor`; torch lives behind `worker`."""
