"""What becomes of exceptions when a run finds this and that: the pure plan, and ages."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from recon.cases.ages import AGE_NAMES, AGES, age_of, days_of
from recon.cases.planning import CaseState, FoundCase, Subject, planned, without_settled

pytestmark = pytest.mark.pure

DAY = date(2026, 3, 2)


def line(number: int) -> UUID:
    return UUID(int=number)


def state(number: int, kind: str, **subject: object) -> CaseState:
    found = Subject(**subject)  # type: ignore[arg-type]
    return CaseState(
        UUID(int=100 + number), UUID(int=1), number, 1, kind, "open", found.line, None, None, found.version,
        found.statement, DAY, Decimal(1), [], "", "", "", "", "", 1, 1, None,
    )  # fmt: skip


def finding(kind: str, **subject: object) -> FoundCase:
    return FoundCase(kind, Subject(**subject), DAY, Decimal(1), (), "")  # type: ignore[arg-type]


def test_a_finding_that_stays_changes_nothing() -> None:
    plan = planned([state(1, "amount", line=line(1), version=1)], [finding("amount", line=line(1), version=1)])
    assert plan == ((), (), (), 1)


def test_the_line_decides_which_exception_goes_on() -> None:
    of_line, of_posting = state(1, "missing_in_books", line=line(1)), state(2, "missing_in_bank", version=1)
    plan = planned([of_posting, of_line], [finding("amount", line=line(1), version=1)])
    assert [one.state.number for one in plan.changed] == [1]
    assert [one.number for one in plan.gone] == [2]


def test_one_becomes_two() -> None:
    both = state(1, "amount", line=line(1), version=1)
    plan = planned([both], [finding("missing_in_bank", version=1), finding("missing_in_books", line=line(1))])
    assert len(plan.changed) == len(plan.opened) == 1
    assert plan.gone == ()


def test_two_that_would_swap_are_not_changed_into_each_other() -> None:
    """The database would refuse the first of them: so they are closed, and opened anew."""
    states = [state(number, "amount", line=line(number), version=number) for number in (1, 2)]
    plan = planned(states, [finding("amount", line=line(1), version=2), finding("amount", line=line(2), version=1)])
    assert (len(plan.gone), len(plan.changed), len(plan.opened)) == (2, 0, 2)


def test_what_a_person_has_settled_is_left_out() -> None:
    found = [finding("amount", line=line(1)), finding("duplicate", line=line(2))]
    settled: dict[tuple[str, UUID | int], str] = {("line", line(1)): "amount", ("line", line(2)): "amount"}
    assert without_settled(found, settled) == (found[1],)


def test_every_day_has_one_age_and_every_age_its_days() -> None:
    for days in (0, 1, 2, 7, 8, 30, 31, 60, 61, 4000):
        day = DAY - timedelta(days=days)
        name = age_of(day, DAY)
        for other in AGE_NAMES:
            bounds = days_of(other, DAY)
            inside = (bounds.first is None or bounds.first <= day) and (bounds.last is None or day <= bounds.last)
            assert inside == (other == name), (days, other)
    assert [age_of(DAY - timedelta(days=age.least), DAY) for age in AGES] == list(AGE_NAMES)
    assert age_of(DAY + timedelta(days=9), DAY) == "0-1"
