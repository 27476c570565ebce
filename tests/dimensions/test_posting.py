"""What lines may carry: values that are declared and valid on their day, and those that their accounts require."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.dimensions.declaring import change_value, require_dimensions, set_list
from accounts.dimensions.rules import LOAD_RULES
from journals.drafts import Line
from journals.periods.year_end import close_year
from journals.posting import post, post_many
from journals.reversal import reverse_journal
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from tests.builders import TODAY, a_transfer, posted
from tests.calendars import YEAR_END, books_on, close, close_months, year
from tests.dimensions.branches import FEBRUARY, branches, trip
from tests.eventful import journal_id
from tests.holding import capture, held

VALUE, LINE = "/lines/0/dimensions/cost_centre", "/lines/0/dimensions"


@contextmanager
def refused(code: str, pointer: str, message: str = "") -> Iterator[None]:
    with pytest.raises(LedgerError, match=message or None) as caught:
        yield
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    "value, day, refusal",
    [
        ("NORTH", TODAY, ""),
        ("NROTH", TODAY, "'NROTH' is not declared as a value of cost_centre."),
        ("north", TODAY, "'north' is not declared as a value of cost_centre."),
        ("SOUTH", FEBRUARY, ""),
        ("SOUTH", TODAY, "'SOUTH' of cost_centre is valid to 2026-02-28, not on 2026-03-02."),
        ("EAST", TODAY, ""),
        ("EAST", FEBRUARY, "'EAST' of cost_centre is valid from 2026-03-01, not on 2026-02-28."),
        ("WEST", FEBRUARY, "'WEST' of cost_centre is closed."),
        (None, TODAY, ""),
    ],
)
def test_a_list_takes_what_is_declared_and_valid_on_the_day(value: str | None, day: date, refusal: str) -> None:
    entity = branches(business_date=FEBRUARY)
    draft = trip(value, effective_date=day, advance_business_date=True)
    if not refusal:
        assert posted(entity, draft).status == "posted"
        return
    with refused("unknown_dimension_value", VALUE, refusal):
        post(entity.id, draft)


def test_each_draft_of_a_batch_is_decided_for_itself() -> None:
    entity = branches()
    values = ("NORTH", "NROTH", "", "NORTH")
    statuses = [one.status for one in post_many(entity.id, [trip(value) for value in values])]
    assert statuses == ["posted", "refused", "refused", "posted"]
    dry = post_many(entity.id, [trip("NROTH"), trip("NORTH")], dry_run=True)
    assert [one.status for one in dry] == ["refused", "would_post"]


def test_a_dimension_that_is_no_list_takes_any_value() -> None:
    entity = branches()
    line = Line("TRAVEL", Decimal(10), dimensions={"project": "anything"})
    assert posted(entity, trip("NORTH", line=line)).status == "posted"
    set_list(entity.id, "cost_centre", is_list=False, actor="test")
    assert posted(entity, trip("NROTH")).status == "posted"


def test_an_account_requires_a_value() -> None:
    entity = branches()
    require_dimensions(entity.id, "TRAVEL", ["project", "cost_centre"], actor="test")
    with refused("dimension_required", LINE, "Each line on TRAVEL needs a value of cost_centre."):
        post(entity.id, trip(None))
    with refused("dimension_required", LINE, "needs a value of project"):
        post(entity.id, trip("NORTH"))
    with refused("dimension_required", "/dimensions"):
        post(entity.id, a_transfer("TRAVEL", "CASH", "1.00"))
    line = Line("TRAVEL", Decimal(10), dimensions={"cost_centre": "NORTH", "project": "P"})
    assert posted(entity, trip("NORTH", line=line)).status == "posted"
    require_dimensions(entity.id, "TRAVEL", [], actor="test")
    assert posted(entity, trip(None)).status == "posted"


def test_a_reversal_takes_back_whatever_was_accepted_once() -> None:
    entity = branches()
    set_list(entity.id, "cost_centre", is_list=False, actor="test")
    done = [posted(entity, trip(value)) for value in ("NROTH", "NORTH", None)]
    set_list(entity.id, "cost_centre", is_list=True, actor="test")
    change_value(entity.id, "cost_centre", "NORTH", {"closed": True}, actor="test")
    require_dimensions(entity.id, "TRAVEL", ["cost_centre"], actor="test")
    for answer in done:
        back = reverse_journal(entity.id, journal_id(entity, answer.event_sequence or 0), key=uuid4().hex, actor="test")
        assert back.status == "posted"


def test_every_way_in_is_the_same() -> None:
    """Templates are refused when they are made; a capture has no values to give."""
    entity = branches()
    lines = [TemplateLine("CASH", "credit", "1.00"), TemplateLine("TRAVEL", "debit", "1.00")]
    require_dimensions(entity.id, "TRAVEL", ["cost_centre"], actor="test")
    with refused("dimension_required", "/lines/1/dimensions"):
        create_recurring(entity.id, Template("Trips", lines, DueDates("monthly", 1, TODAY)), key="r", actor="test")
    posted(entity, a_transfer("CASH", "WALLET", "100.00"))
    with refused("dimension_required", "/dimensions"):
        capture(entity, held(entity, "10.00", "WALLET"), "10.00", counter="TRAVEL")


def test_a_year_ends_though_its_accounts_require_values() -> None:
    entity = books_on(YEAR_END, dimensions=["cost_centre"])
    posted(entity, a_transfer("cash", "sales", "5.00"))
    require_dimensions(entity.id, "sales", ["cost_centre"], actor="test")
    close(entity, YEAR_END)
    close_months(entity)
    done = close_year(entity.id, year(entity).id, key="year", actor="test")
    assert [(line.account, line.amount) for line in done.lines] == [("sales", "5.00"), ("profits", "5.00")]


def test_nothing_more_is_read_without_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with them one statement a batch, however many values it names."""
    sent: list[str] = []
    query = Transaction.query

    def counted(tx: Transaction, sql: str, params: tuple[Any, ...] = ()) -> Any:
        sent.append(sql)
        return query(tx, sql, params)

    monkeypatch.setattr(Transaction, "query", counted)
    entity = branches()
    counts = {}
    for is_list in (False, True):
        set_list(entity.id, "cost_centre", is_list=is_list, actor="test")
        sent.clear()
        post_many(entity.id, [trip(value) for value in ("NORTH", "EAST", "NROTH")])
        counts[is_list] = (sent.count(LOAD_RULES), len(sent))
    (none, plain), (one, more) = counts[False], counts[True]
    assert (none, one, more - plain) == (0, 1, 1)
