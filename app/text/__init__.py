"""Text in, token ids out, and back. Knows neither torch nor HTTP."""
