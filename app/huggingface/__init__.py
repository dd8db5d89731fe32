"""Loads and runs models in Hugging Face layout. Knows neither HTTP nor queues."""
