"""From a request to its answer: routing, sentences and what they cost. Knows neither HTTP nor torch."""
