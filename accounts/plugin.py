"""What the chart of accounts adds to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(
    room="accounts",
    never_deleted_tables=frozenset({"accounts_account", "accounts_balance", "accounts_currency"}),
)
