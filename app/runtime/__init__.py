"""Runs networks: the interfaces, the runtimes of torch and ONNX, beam search. Knows neither HTTP nor queues."""
