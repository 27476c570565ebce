"""Rates from a CSV file. Pure."""
