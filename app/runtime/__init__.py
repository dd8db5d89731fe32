"""Runs models of this project: the interfaces, torch, CUDA graphs, ONNX Runtime, beam search. Knows no queue."""
