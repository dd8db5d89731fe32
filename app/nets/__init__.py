"""The torch modules and the model folder format. Knows neither HTTP nor queues."""
