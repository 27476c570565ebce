"""What is measured: a module for each part of `python -m bench`."""
