"""LedgerFlow: a double-entry ledger as a Django application."""

from ledgerflow.celery import app as celery_app

# The version, once: the wheel and the API's schema read it here.
__version__ = "0.1.0"
__all__ = ["celery_app"]
