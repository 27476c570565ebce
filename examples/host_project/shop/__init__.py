"""A shop that keeps the credits of its members in LedgerFlow."""

from shop.celery import app as celery_app

__all__ = ["celery_app"]
