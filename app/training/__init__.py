"""Corpora, training loops, metrics and model cards. Imports nets and text, never api or engine."""
