"""Founding a set of books: the entity with its currencies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from accounts.currencies import seed_iso
from accounts.errors import CurrencyWithdrawn, NotInIso4217
from accounts.iso4217 import ISO_4217, WITHDRAWN_IN, is_withdrawn_on
from ledgerflow.books.entities import create_entity
from ledgerflow.books.models import Entity


def found_books(
    *,
    code: str,
    name: str,
    base_currency: str,
    business_date: date,
    time_zone: str = "UTC",
    dimensions: Sequence[str] = (),
    actor: str = "system",
) -> Entity:
    """New, empty books that start on `business_date`, with all currencies of ISO 4217.

    A withdrawn currency is the base of books that begin before it was withdrawn. Raises `UnknownCurrency` for a base
    currency that is not one of ISO 4217, `CurrencyWithdrawn`, and what `create_entity` raises.
    """
    if is_withdrawn_on(base_currency, business_date):
        month = WITHDRAWN_IN[base_currency]
        raise CurrencyWithdrawn(pointer="/base_currency", currency=base_currency, month=f"{month:%Y-%m}")
    if base_currency not in WITHDRAWN_IN and base_currency not in {iso_code for iso_code, _, _ in ISO_4217}:
        raise NotInIso4217(pointer="/base_currency", currency=base_currency[:12])
    return create_entity(
        code=code,
        name=name,
        base_currency=base_currency,
        business_date=business_date,
        time_zone=time_zone,
        dimensions=dimensions,
        actor=actor,
        populate=seed_iso,
    )
