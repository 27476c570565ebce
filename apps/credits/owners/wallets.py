"""Which accounts are the wallets of owners: those with the role `wallet` in the unit of credits."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Account, Currency
from apps.credits.applications import Application
from apps.credits.asking import check_owner
from apps.credits.registry import applications_of
from apps.credits.wallets import WALLET


class Units(NamedTuple):
    """The units of credits of an entity with their decimals, and its applications by name."""

    minor_units: dict[str, int]
    applications: dict[str, Application]

    def spending(self, unit: str) -> dict[str, list[str]]:
        """The applications of a unit, each with the names of its operations that spend."""
        return {
            name: [one.name for one in found.get_operation_config().values() if one.direction == "spend"]
            for name, found in sorted(self.applications.items())
            if unit == found.UNIT
        }

    def low_below(self) -> dict[str, list[Decimal]]:
        """Per unit the balances below which owners are told so, the highest first; units without any are left out."""
        found: dict[str, set[Decimal]] = {}
        for one in self.applications.values():
            found.setdefault(one.UNIT, set()).update(Decimal(str(amount)) for amount in one.LOW_BELOW)
        return {unit: sorted(amounts, reverse=True) for unit, amounts in found.items() if amounts}

    def expiring_days(self, unit: str) -> list[int]:
        """How many days before the last one of a lot owners are told so."""
        return sorted({day for one in self.applications.values() if unit == one.UNIT for day in one.EXPIRING_DAYS})


def units_of(entity_id: UUID) -> Units:
    """What is no money, and what applications keep credits in."""
    applications = applications_of(entity_id)
    found = {one.UNIT: one.MINOR_UNITS for one in applications.values()}
    rows = Currency.objects.filter(entity_id=entity_id)
    stored = rows.filter(is_money=False) | rows.filter(code__in=found)
    return Units(found | dict(stored.values_list("code", "minor_units")), applications)


def wallets_in(entity_id: UUID, units: Units) -> QuerySet[Account]:
    """All wallets, those that were closed too."""
    return Account.objects.filter(
        entity_id=entity_id, role=WALLET, is_header=False, currency__in=list(units.minor_units)
    )


def wallets_of(entity_id: UUID, owner_id: str, units: Units) -> list[Account]:
    """The wallets of an owner by unit, with their balances; none of an owner nobody knows. Raises `Malformed`."""
    check_owner(owner_id)
    rows = wallets_in(entity_id, units).filter(owner_id=owner_id).select_related("balance")
    return list(rows.order_by("currency", "code"))
