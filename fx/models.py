"""Rates and the rules of converting with them."""
