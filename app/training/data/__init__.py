"""Corpora, from files to batches."""
