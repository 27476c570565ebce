"""Accounts by a part of their code or name, or by their owner."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from accounts.models import Account

SHORTEST = 3  # characters that the index `account_by_part` helps with; fewer are in so many that the first come at once


def with_part(accounts: QuerySet[Account], text: str) -> QuerySet[Account]:
    """Those with this text anywhere in their code or name, in any case, and those of this owner."""
    part = Q(code__icontains=text) | Q(name__icontains=text)
    if len(text) >= SHORTEST:
        accounts = accounts.alias(threes=_threes(F("code"), F("name")))
        part &= Q(threes__contains=_threes(Value(text.rstrip()), Value("")))
    return accounts.filter(part | Q(owner_id=text))


def _threes(code: Any, name: Any) -> Func:
    return Func(code, name, function="accounts_threes", output_field=ArrayField(TextField()))
