"""Admin pages of rates and of the policy of exchange."""

from fx.rates.admin import policies, rates

__all__ = ["policies", "rates"]
