"""As-of answers against adding the postings up in Python, for random books: backdated, adjusted, closed, reopened."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from journals.days.closing.running import close_day
from journals.days.reopening import PERMISSION, propose_reopening
from journals.models import Posting
from journals.posting import post
from journals.proof.ledger import verify_books
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import LedgerError
from reports.reading.figures import VIEWS, reading
from tests.approving import a_person
from tests.builders import a_transfer
from tests.calendars import books_on

START = date(2026, 12, 30)
YEAR_END = date(2026, 12, 31)
CODES = ("cash", "sales", "rent")
Step = tuple[Any, ...]

journals_ = st.tuples(
    st.just("post"), st.sampled_from([(a, b) for a in CODES for b in CODES if a != b]), st.integers(1, 99_999),
    st.integers(0, 4),
)  # fmt: skip
steps = st.lists(
    st.one_of(
        journals_,
        journals_,
        st.tuples(st.just("adjust"), st.sampled_from(["adjustment", "closing"]), st.integers(1, 99_999)),
        st.tuples(st.just("close")),
        st.tuples(st.just("reopen"), st.integers(0, 3)),
    ),
    min_size=4,
    max_size=14,
)


def run(entity: Entity, people: tuple[str, str], step: Any) -> None:
    """One step; what the rules of the day refuse is no step."""
    business_date = Entity.objects.get(pk=entity.pk).business_date
    if step[0] == "post":
        _, (debit, credit), cents, days_back = step
        late = "roll_forward" if days_back % 2 else "refuse"
        day = business_date - timedelta(days=days_back)
        post(entity.id, a_transfer(debit, credit, str(Decimal(cents) / 100), effective_date=day, late=late))
    elif step[0] == "adjust":
        _, layer, cents = step
        post(entity.id, a_transfer("rent", "cash", str(Decimal(cents) / 100), effective_date=YEAR_END, layer=layer))
    elif step[0] == "close":
        close_day(entity.id, actor="test")
    else:
        day = business_date - timedelta(days=step[1])
        proposal = propose_reopening(entity.id, day, reason="late", person=people[0], via=people[0])
        decide(entity.id, proposal.id, "approved", person=people[1], via=people[1])


def moments_of(entity: Entity) -> list[datetime | None]:
    """Some moments through the life of the books, some just before an event; None is now."""
    recorded = list(Event.objects.filter(entity=entity).order_by("sequence").values_list("recorded_at", flat=True))
    some = recorded[:: max(len(recorded) // 4, 1)]
    return [None, recorded[-1], *some, *(moment - timedelta(microseconds=1) for moment in some[::2])]


@pytest.fixture(scope="module")
def people(_database: None) -> tuple[str, str]:
    return a_person(PERMISSION), a_person(PERMISSION)


def check(entity: Entity, moment: datetime | None) -> None:
    """Every date and view, all accounts at once."""
    recorded = dict(Event.objects.filter(entity=entity).values_list("sequence", "recorded_at"))
    lines = Posting.objects.filter(entity_id=entity.pk).values_list(
        "account_id", "amount", "effective_date", "journal__layer", "event_sequence"
    )
    known = [line for line in lines if moment is None or recorded[line[4]] <= moment]
    with reading(entity.id, moment) as reader:
        for day in (START + timedelta(days=number) for number in range(-4, 5)):
            for layers in VIEWS.values():
                totals = {account: [Decimal(0), Decimal(0)] for account in reader.accounts}
                for account, amount, on, layer, _ in known:
                    if on <= day and layer in layers:
                        totals[account][amount < 0] += abs(amount)
                found = reader.figures(day, layers)
                assert {one: list(total) for one, total in found.items()} == totals, (moment, day, layers)


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@example(
    steps=[
        ("post", ("cash", "sales"), 100, 0), ("close",), ("close",), ("adjust", "adjustment", 20), ("reopen", 2),
        ("post", ("cash", "sales"), 7, 1), ("close",), ("adjust", "closing", 5), ("post", ("rent", "cash"), 3, 0),
        ("close",), ("post", ("cash", "sales"), 1, 3),
    ]
)  # fmt: skip
def test_what_stood_when_is_the_sum_of_what_was_known(people: tuple[str, str], steps: list[Step]) -> None:
    entity = books_on(START)
    for step in steps:
        with suppress(LedgerError):
            run(entity, people, step)
    for moment in moments_of(entity):
        check(entity, moment)
    assert verify_books(entity.id) == []
