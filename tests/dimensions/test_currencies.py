"""Reports of some values in one currency: each line at the rate of its day or of its journal, or translated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.dimensions.declaring import declare_value
from accounts.dimensions.specs import ValueSpec
from fx.functional.own_rates import carry_at
from journals.drafts import Line
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.builders import a_journal
from tests.client import ApiClient, Reply
from tests.functional.worksheets import FEBRUARY, FEBRUARY_END, JANUARY, a_rate, books, closed, go_to, journal_of

PART = "segment:EAST,NORTH"
YEAR = {"from": "2026-01-01", "to": str(FEBRUARY_END)}


def sale(entity: Entity, value: str, amount: str, day: date, accounts: str = "BANK-USD SALES-USD") -> None:
    """Dollars earned by a segment; what comes in carries the same value."""
    pairs = zip(accounts.split(), (amount, f"-{amount}"), strict=True)
    lines = [Line(account, Decimal(signed), dimensions={"segment": value}) for account, signed in pairs]
    journal_of(entity, a_journal(*lines, effective_date=day))


@pytest.fixture(scope="module")
def entity(_database: None) -> Entity:
    """Dollars earned at 0.80 on a day that is closed, at 0.905 on one that is open, and by one journal at 1.00."""
    entity = books(JANUARY, dimensions=["segment"])
    declare_value(entity.id, "segment", ValueSpec("NORTH", "North"), actor="test")
    declare_value(entity.id, "segment", ValueSpec("WEST", "West", "NORTH"), actor="test")
    a_rate(entity, JANUARY, "0.80")
    a_rate(entity, JANUARY, "0.80", kind="closing")
    sale(entity, "EAST", "10.00", JANUARY, "BANK CAPITAL")
    sale(entity, "EAST", "100.01", JANUARY)
    sale(entity, "WEST", "50.02", JANUARY)
    sale(entity, "SOUTH", "1.01", JANUARY)
    mine = Line("SALES-USD", Decimal(-30), dimensions={"segment": "EAST"})
    shared = [journal_of(entity, a_journal(mine, ("SALES-USD", "-10"), ("BANK-USD", "40"))) for _ in range(2)]
    for number, journal in enumerate(shared):
        carry_at(entity.id, journal.pk, "1.00", key=f"own-{number}", actor="test")
    go_to(entity, FEBRUARY)
    closed(entity, JANUARY)
    a_rate(entity, JANUARY, "0.99")  # too late: the close has pinned the other
    a_rate(entity, FEBRUARY, "0.905")
    reverse_journal(entity.id, shared[0].pk, key="reversed", effective_date=FEBRUARY, actor="test")
    sale(entity, "WEST", "0.30", FEBRUARY)
    go_to(entity, FEBRUARY_END)
    for kind, rate in (("closing", "0.90"), ("average", "0.85")):
        a_rate(entity, FEBRUARY_END, rate, kind=kind)
    return entity


def get(entity: Entity, name: str, **asked: str) -> Reply:
    reply = ApiClient(entity).get(f"/api/reports/{name}", asked)
    assert reply.status == 200, reply.json
    return reply


def table(reply: Reply) -> dict[str, str]:
    (block,) = reply.json["blocks"]
    return {row["account"] or row["name"]: " ".join(row["amounts"].values()) for row in block["rows"] if row["amounts"]}


def test_each_line_is_at_the_rate_of_its_day_or_its_journal(entity: Entity) -> None:
    """Sales 150.03 at 0.80 and 0.30 at 0.905 are 120.02 and 0.27; 30.00 at 1.00, and 30.00 that were taken back."""
    reply = get(entity, "trial-balance", dimension=PART, currency="functional")
    assert table(reply) == {
        "BANK": "10.00 0.00", "CAPITAL": "0.00 10.00", "BANK-USD": "120.29 0.00", "SALES-USD": "0.00 150.29",
        "Total EUR": "130.29 160.29",
    }  # fmt: skip
    assert any("Revaluations and exchanges carry no values" in note for note in reply.json["notes"])
    ranged = table(get(entity, "trial-balance", dimension=PART, currency="functional", **{"from": "2026-02-01"}))
    assert ranged["SALES-USD"] == "0.00 180.02 29.73 0.00 0.00 0.00 0.00 150.29"
    found = table(get(entity, "income-statement", dimension=PART, currency="EUR", **YEAR))
    assert (found["SALES-USD"], found["Profit or loss for the period"]) == ("150.29", "150.29")
    assert "Exchange differences" not in found
    before = get(entity, "trial-balance", dimension=PART, currency="functional", as_of="2026-01-31", view="before")
    assert table(before)["SALES-USD"] == "0.00 180.02"


def test_parts_may_differ_from_the_whole_by_roundings(entity: Entity) -> None:
    """Dollars of January at 0.80 are 120.83 together, and 80.01, 40.02 and 0.81 by segment."""
    parts = [
        table(get(entity, "income-statement", dimension=f"segment:{value}", currency="functional", **YEAR))["SALES-USD"]
        for value in ("EAST", "NORTH", "SOUTH")
    ]
    assert parts == ["110.01", "40.29", "0.81"]
    whole = table(get(entity, "income-statement", currency="functional", **YEAR))["SALES-USD"]
    assert (whole, sum(map(Decimal, parts)) + 10) == ("161.10", Decimal("161.11"))  # ten have no segment


def test_translated_there_is_no_difference_of_a_part(entity: Entity) -> None:
    """Ten euro at 0.90 and, as equity, at the 0.80 of their day."""
    assert table(get(entity, "trial-balance", dimension=PART, currency="USD")) == {
        "BANK": "11.11 0.00", "CAPITAL": "0.00 12.50", "BANK-USD": "150.33 0.00", "SALES-USD": "0.00 180.33",
        "Total USD": "161.44 192.83",
    }  # fmt: skip
    income = table(get(entity, "income-statement", dimension=PART, currency="USD", **YEAR))
    assert income["SALES-USD"] == "180.33"
