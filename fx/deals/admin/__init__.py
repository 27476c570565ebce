"""Admin pages of quotes and of settlements."""

from fx.deals.admin import quotes

__all__ = ["quotes"]
