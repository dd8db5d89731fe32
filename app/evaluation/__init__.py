"""What models are worth: scores, behavioural suites, model cards, comparisons. Knows neither HTTP nor engines."""
