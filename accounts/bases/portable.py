"""Changes of the base currency, on their way to other books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from accounts.bases.eras import Era, eras_of
from accounts.bases.rates import fixed_rate, six_figures
from accounts.bases.use_cases import change_base_currency
from ledgerflow.core.plugins import SETTINGS, Portable

CHANGES = "SELECT currency, starts_on, rate FROM bases_basechange WHERE entity_id = %s ORDER BY starts_on"


class BaseChangeEntry(msgspec.Struct, forbid_unknown_fields=True):
    """From a day on the base currency is `currency`, one unit of which is `rate` units of the one before."""

    currency: str
    starts_on: date
    rate: str


def entries(connection: Any, entity_id: UUID) -> Iterator[BaseChangeEntry]:
    """In the order of their days."""
    for currency, starts_on, rate in connection.execute(CHANGES, (entity_id,)):
        yield BaseChangeEntry(currency, starts_on, six_figures(rate))


def bring(entity_id: UUID, wanted: BaseChangeEntry, actor: str) -> bool:
    """Change the base currency, unless it changes so already. Raises what `change_base_currency` does."""
    if Era(wanted.currency, wanted.starts_on, fixed_rate(wanted.rate)) in eras_of(entity_id):
        return False
    asked = (wanted.currency, wanted.starts_on, wanted.rate)
    change_base_currency(entity_id, *asked, key=f"base:{wanted.starts_on}", issuer=SETTINGS, actor=actor)
    return True


BASE_CHANGE = Portable("base_change", BaseChangeEntry, entries, bring, before_journals=True)
