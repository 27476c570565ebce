"""Admin pages of quotes and of settlements."""

from fx.deals.admin import quotes, settlements

__all__ = ["quotes", "settlements"]
