"""What the chart of accounts adds to the whole."""

from __future__ import annotations

from accounts.events import (
    AccountChangedFact,
    AccountClosedFact,
    AccountFrozenFact,
    AccountOpenedFact,
    AccountUnfrozenFact,
    CurrencyAddedFact,
)
from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(
    room="accounts",
    events=(
        AccountOpenedFact,
        AccountChangedFact,
        AccountFrozenFact,
        AccountUnfrozenFact,
        AccountClosedFact,
        CurrencyAddedFact,
    ),
    never_deleted_tables=frozenset({"accounts_account", "accounts_balance", "accounts_currency"}),
    scope_permissions={
        "read": ("books.view_entity", "accounts.view_account"),
        "manage": ("books.change_entity", "accounts.add_account", "accounts.change_account", "accounts.add_currency"),
    },
)
