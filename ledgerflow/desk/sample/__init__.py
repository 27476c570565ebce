"""A company with three months of books, made up by a seed: for trying the desk out, measuring it and showing it."""
