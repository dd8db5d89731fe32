"""Speed benchmarks of the service and its peers, one command each (README.md). They are not part of the package."""
