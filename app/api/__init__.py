"""What a client sees: schemas, routes, errors, middleware. Knows no torch."""
