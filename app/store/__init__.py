"""The folder of models: adds models to it from elsewhere, lists and removes them. Knows neither HTTP nor engines."""
