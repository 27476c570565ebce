"""How dates are shown: the one way that sorts and that nobody misreads."""
