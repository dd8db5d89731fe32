"""Corpora: from files over examples to batches."""
