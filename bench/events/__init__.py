"""`make bench-events`: what leaves the books, and what is made of it, under load and under kills."""
