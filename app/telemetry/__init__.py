"""Signals of the service: metrics and traces."""
