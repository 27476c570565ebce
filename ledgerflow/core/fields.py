"""Model fields the ledger needs and Django lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from ledgerflow.core.money import MAX_MINOR_UNITS, MAX_WHOLE_DIGITS

if TYPE_CHECKING:
    _DecimalField = models.DecimalField[Any, Any]
else:
    _DecimalField = models.DecimalField  # generic in its stubs only


class MoneyField(_DecimalField):
    """An unconstrained PostgreSQL `numeric`: a value keeps the scale it was written with, 12.30 stays 12.30.

    `numeric(38,18)` would pad every amount to eighteen decimals when read, in every query and every export.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 2 * (MAX_WHOLE_DIGITS + MAX_MINOR_UNITS)
        kwargs["decimal_places"] = MAX_MINOR_UNITS
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002
        return "numeric"
