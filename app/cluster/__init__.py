"""The service on the nodes of a Ray cluster. The rest of the package knows nothing of it."""
