"""Loads and runs models in the layout of Hugging Face."""
