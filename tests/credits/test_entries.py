"""An entry is read from the event that answers its operation."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

import pytest

from apps.credits.entries import CreditEntry, entry_of
from journals.events import Answer

pytestmark = pytest.mark.pure
ID = UUID(int=7)


def entry(**members: object) -> CreditEntry:
    return entry_of(Answer("posted", json.dumps({"id": str(ID), "idempotency_key": "k", **members}).encode()))


def test_a_journal_tells_its_entry_with_the_balance_of_the_wallet() -> None:
    said = {"application": "shop", "operation": "IMAGE", "owner_id": "ann", "amount": "-5", "wallet": "w"}
    sums = {"available": "2", "credits": "7", "debits": "5", "held": "0", "currency": "CREDIT", "version": 2}
    balances = [{"account": "other", "balance": "5", **sums}, {"account": "w", "balance": "2", **sums}]
    found = entry(metadata=said, effective_date="2026-03-02", balances=balances)
    assert found == CreditEntry(ID, "shop", "IMAGE", "ann", "-5", "2", ID, date(2026, 3, 2), "k")


def test_what_moves_nothing_has_no_journal_and_no_balance() -> None:
    found = entry(application="shop", operation="LOOK", owner_id="ann")
    assert found == CreditEntry(ID, "shop", "LOOK", "ann", "0", None, None, None, "k")
