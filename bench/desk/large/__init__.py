"""Books of ten million postings for the desk, filled by SQL as the engine would leave them."""
