"""Undertone: sentiment and translation inference as a web service."""

__version__ = "0.1.0"
