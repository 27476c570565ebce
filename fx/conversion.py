"""Converting amounts. Pure."""
