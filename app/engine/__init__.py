"""Batching and running requests. The HTTP side imports `client`, `messages` and `supervisor`, which import no torch;
the engine process is `worker`."""
