"""Admin pages of matching: matches, suggestions, rules, splitting a line, and the page to match by hand."""

from recon.matching.admin import matches, rules, suggestions

__all__ = ["matches", "rules", "suggestions"]
