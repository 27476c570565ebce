"""Random templates with random parameters: making them, which is pure, and sending them over HTTP."""
