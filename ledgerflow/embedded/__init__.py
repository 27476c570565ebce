"""PostgreSQL and Redis from their wheels, for `make run`, `make test` and `make bench`."""
