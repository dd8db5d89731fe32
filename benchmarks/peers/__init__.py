"""Servers that serve the very same weights, one file each, started by `benchmarks.servers` with benchmarks/.venv."""
