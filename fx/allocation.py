"""Splitting amounts so that no cent is lost. Pure."""
