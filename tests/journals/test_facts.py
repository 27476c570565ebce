from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from journals.drafts import Draft, Line
from journals.engine import decide
from journals.events import journal_fact, read_fact
from ledgerflow.core import canonical
from tests.journals.engine.states import a_state, books_of, posted

pytestmark = pytest.mark.pure

ID = UUID("0197f4c5-0000-7000-8000-000000000001")


def the_fact(draft: Draft) -> bytes:
    books = books_of(a_state("cash", "10.00", held="4.00"), a_state("income", normal_sign=-1), dimensions=["project"])
    return journal_fact(posted(decide(books, [draft])[0]), ID, 7)


def test_a_plain_journal_is_this_text() -> None:
    fact = the_fact(Draft("k", (Line("cash", Decimal("2.5")), Line("income", Decimal("-2.5")))))
    fingerprint = json.loads(fact)["fingerprint"]
    assert fact.decode() == (
        '{"balances":['
        '{"account":"cash","available":"8.50","balance":"12.50","credits":"0.00","currency":"EUR","debits":"12.50","held":"4.00","version":1},'
        '{"account":"income","available":"2.50","balance":"2.50","credits":"2.50","currency":"EUR","debits":"0.00","held":"0.00","version":1}],'
        f'"effective_date":"2026-03-02","fingerprint":"{fingerprint}","id":"{ID}","idempotency_key":"k","kind":"manual","layer":"ordinary",'
        '"lines":[{"account":"cash","amount":"2.50","currency":"EUR","side":"debit"},{"account":"income","amount":"2.50","currency":"EUR","side":"credit"}],'
        '"number":7}'
    )


def test_everything_that_was_asked_is_in_it_and_reads_back() -> None:
    draft = Draft(
        "k", (Line("cash", Decimal(-1), description="line", dimensions={"project": "x"}), Line("income", Decimal(1))),
        kind="reversal", effective_date=date(2026, 3, 1), description="wrong", external_reference="INV-7",
        metadata={"b": 1, "a": [None]}, reverses=ID, override_limits="agreed",
    )  # fmt: skip
    data = the_fact(draft)
    fact = read_fact(data)
    assert (fact.id, fact.number, fact.kind, fact.layer, fact.effective_date) == (
        ID, 7, "reversal", "ordinary", date(2026, 3, 1),
    )  # fmt: skip
    assert (fact.description, fact.external_reference, fact.metadata) == ("wrong", "INV-7", {"b": 1, "a": [None]})
    assert (fact.reverses, fact.override_limits, fact.idempotency_key) == (ID, "agreed", "k")
    assert (fact.lines[0].side, fact.lines[0].amount) == ("credit", "1.00")
    assert (fact.lines[0].description, fact.lines[0].dimensions) == ("line", {"project": "x"})
    assert [balance.balance for balance in fact.balances] == ["9.00", "-1.00"]
    assert read_fact(data.decode()) == fact
    assert canonical.encode(fact) == data


def test_empty_dimensions_and_metadata_are_left_out() -> None:
    draft = Draft("k", (Line("cash", Decimal(1), dimensions={}), Line("income", Decimal(-1))), metadata={})
    assert b"dimensions" not in the_fact(draft)
    assert b"metadata" not in the_fact(draft)
