"""From a request to its answer: routing, sentences, candidates and the stream. Knows neither HTTP nor torch."""
