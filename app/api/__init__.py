"""The HTTP interface: schemas, routes, errors, middleware. Knows no torch."""
