"""Measures models: scores, behavioural suites, model cards, comparisons. Knows neither HTTP nor engines."""
