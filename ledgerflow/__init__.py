"""LedgerFlow: a double-entry ledger as a Django application."""

# The version, once: the wheel and the API's schema read it here.
__version__ = "0.1.0"
