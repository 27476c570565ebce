"""The events of holds: the text of a step, word for word, and that it reads back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from journals.hold_events import TOLD_AS, RequestDetails, hold_fact, read_hold_fact
from journals.hold_states import HoldAction, HoldSpec, placed, released
from ledgerflow.books.idempotency import Claim
from ledgerflow.core import canonical
from tests.journals.engine.states import TODAY, a_state

pytestmark = pytest.mark.pure

ID, JOURNAL = UUID("0197f4c5-0000-7000-8000-000000000001"), UUID("0197f4c5-0000-7000-8000-000000000002")
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_hold_of_a_bare_amount_is_this_text() -> None:
    step = placed(ID, HoldSpec("wallet", Decimal(60)), a_state("wallet", "100.00", normal_sign=-1), NOW)
    assert hold_fact(step, RequestDetails("user:1", metadata={}), TODAY).decode() == (
        '{"account":"wallet","amount":"60.00",'
        '"balance":{"account":"wallet","available":"40.00","balance":"100.00","credits":"100.00","currency":"EUR","debits":"0.00","held":"60.00","version":0},'
        '"captured":"0.00","currency":"EUR","effective_date":"2026-03-02",'
        f'"id":"{ID}","moved":"60.00","number":1,"released":"0.00","remaining":"60.00","status":"active"}}'
    )


def test_everything_that_was_asked_is_in_it_and_reads_back() -> None:
    account = a_state("wallet", "100.00", normal_sign=-1)
    spec = HoldSpec("wallet", Decimal(60), "EUR", datetime(2026, 3, 9, tzinfo=UTC), "Hotel", "R-7")
    step = released(placed(ID, spec, account, NOW).hold, account, Decimal("20.5"))
    request = RequestDetails("user:1", Claim("demo", "k", b"\x01\xff"), {"b": 1, "a": [None]}, "One night less")
    data = hold_fact(step, request, date(2026, 3, 3), JOURNAL)
    fact = read_hold_fact(data)
    assert (fact.id, fact.number, fact.account, fact.currency, fact.status) == (ID, 2, "wallet", "EUR", "active")
    assert (fact.moved, fact.amount, fact.captured, fact.released, fact.remaining) == (
        "20.50", "60.00", "0.00", "20.50", "39.50",
    )  # fmt: skip
    assert (fact.balance.balance, fact.balance.held, fact.balance.available) == ("100.00", "39.50", "60.50")
    assert (fact.effective_date, fact.expires_at) == (date(2026, 3, 3), "2026-03-09T00:00:00.000000Z")
    assert (fact.description, fact.external_reference, fact.reason) == ("Hotel", "R-7", "One night less")
    assert (fact.metadata, fact.journal) == ({"b": 1, "a": [None]}, JOURNAL)
    assert (fact.key_issuer, fact.idempotency_key, fact.fingerprint) == ("demo", "k", "01ff")
    assert read_hold_fact(data.decode()) == fact
    assert canonical.encode(fact) == data


@pytest.mark.parametrize("action", HoldAction)
def test_what_was_done_to_a_hold_is_told_under_its_own_name(action: HoldAction) -> None:
    assert TOLD_AS[action].event_type == f"hold.{action}"
