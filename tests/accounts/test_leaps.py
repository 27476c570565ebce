"""The business date goes a month at a time; further takes two people, through whichever door it moves."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from accounts.leaps import PERMISSION, propose_leap
from accounts.proof import check_leaps
from journals.days.closing.running import close_day
from journals.days.policies import set_day_policy
from journals.drafts import Draft
from journals.posting import post_many
from journals.proof.ledger import verify_books
from ledgerflow.approvals.use_cases import decide, execute
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.errors import BusinessDateLeap
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.dates import LONGEST_STEP, ONE_DAY
from ledgerflow.core.errors import Malformed
from tests.approving import a_person, leap
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.client import ApiClient


@pytest.fixture
def founded() -> Entity:
    """Books with accounts and without a journal."""
    entity = an_entity()
    for code in ("cash", "sales"):
        an_account(entity, code)
    return entity


@pytest.fixture
def books(founded: Entity) -> Entity:
    posted(founded, a_transfer("cash", "sales", "1.00"))
    return founded


def moves(entity: Entity) -> list[str]:
    return list(entity.events.filter(type="business_date.advanced").order_by("sequence").values_list("data", flat=True))


def later(days: int, **given: Any) -> Draft:
    """A journal that takes the business date with it, as an import's do."""
    return a_transfer(
        "cash", "sales", "1.00", effective_date=TODAY + days * ONE_DAY, advance_business_date=True, **given
    )


# --- one person ---


def test_a_month_is_one_persons_and_a_day_more_is_not(books: Entity) -> None:
    with pytest.raises(BusinessDateLeap) as refused:
        advance_business_date(books, TODAY + LONGEST_STEP + ONE_DAY, actor="ann")
    assert (refused.value.code, refused.value.pointer) == ("business_date_leap", "/business_date")
    advance_business_date(books, TODAY + LONGEST_STEP, actor="ann")
    assert Entity.objects.get(pk=books.pk).business_date == TODAY + LONGEST_STEP


def test_a_leap_is_measured_from_the_date_under_the_lock(books: Entity) -> None:
    stale = Entity.objects.get(pk=books.pk)
    advance_business_date(books, TODAY + LONGEST_STEP, actor="ann")
    advance_business_date(stale, TODAY + 2 * LONGEST_STEP, actor="bob")
    assert len(moves(books)) == 2


def test_many_months_in_a_row_end_a_month_after_today() -> None:
    today = clocks.now().date()
    books = an_entity(business_date=today)
    for code in ("cash", "sales"):
        an_account(books, code)
    posted(books, a_transfer("cash", "sales", "1.00"))
    advance_business_date(books, today + LONGEST_STEP, actor="ann")
    with pytest.raises(BusinessDateLeap):
        advance_business_date(books, today + LONGEST_STEP + 2 * ONE_DAY, actor="ann")


def test_books_without_a_journal_leap_freely(founded: Entity) -> None:
    advance_business_date(founded, TODAY + 300 * ONE_DAY, actor="ann")
    posted(founded, a_transfer("cash", "sales", "1.00"))
    with pytest.raises(BusinessDateLeap):
        advance_business_date(founded, TODAY + 340 * ONE_DAY, actor="ann")
    assert verify_books(founded.id) == []


# --- two people ---


def test_a_leap_is_proposed_and_approved_by_another(books: Entity) -> None:
    ann, bob = (ApiClient(books, person=a_person(PERMISSION)) for _ in range(2))
    to = str(TODAY + 90 * ONE_DAY)
    alone = ann.patch("/api/entity", {"business_date": to})
    assert (alone.status, alone.code, alone.pointers) == (422, "business_date_leap", ["/business_date"])
    proposed = ann.post("/api/entity/leap", {"business_date": to, "reason": "the shop was shut"})
    assert (proposed.status, proposed.json["kind"], proposed.json["subject"]) == (201, "business_date.leap", to)
    path = proposed.headers["Location"]
    assert ann.post(f"{path}/approve").code == "approval_needs_another_person"
    assert bob.post(f"{path}/approve").json["executed"]
    assert ann.get("/api/entity").json["business_date"] == to
    assert moves(books) == [f'{{"from":"{TODAY}","proposal":"{proposed.json["id"]}","to":"{to}"}}']
    assert verify_books(books.id) == []


def test_it_is_carried_out_once(books: Entity) -> None:
    ann, bob = a_person(PERMISSION), a_person(PERMISSION)
    proposal = propose_leap(books.id, TODAY + 90 * ONE_DAY, reason="at rest", person=ann, via=ann)
    decide(books.id, proposal.id, "approved", person=bob, via=bob)
    execute(books.id, proposal.id, person=ann, via=ann)
    assert len(moves(books)) == 1


@pytest.mark.parametrize("days", [-1, 3000], ids=["back", "years"])
def test_two_people_do_not_go_back_nor_years_ahead(books: Entity, days: int) -> None:
    ann = a_person(PERMISSION)
    with pytest.raises(Malformed) as refused:
        propose_leap(books.id, TODAY + timedelta(days), reason="a slip", person=ann, via=ann)
    assert refused.value.pointer == "/business_date"


# --- the other doors ---


def test_journals_that_take_the_date_with_them_make_no_leap(books: Entity) -> None:
    refused, first, second, third = post_many(books.id, [later(32), later(20), later(40), later(60)])
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.pointer) == ("business_date_leap", "/effective_date")
    assert [first.status, second.status, third.status] == ["posted"] * 3
    days = [str(TODAY + days * ONE_DAY) for days in (0, 20, 40, 60)]
    assert moves(books) == [f'{{"from":"{a}","to":"{b}"}}' for a, b in pairwise(days)]
    assert verify_books(books.id) == []


def test_the_first_journal_of_an_import_leaps_and_the_next_does_not(founded: Entity) -> None:
    first, second, third = post_many(founded.id, [later(100), later(131), later(163)])
    assert (first.status, second.status, third.status) == ("posted", "posted", "refused")
    assert verify_books(founded.id) == []


def test_what_is_only_tried_leaves_the_first_leap_to_what_is_posted(founded: Entity) -> None:
    tried = post_many(founded.id, [later(100)], dry_run=True)
    assert (tried[0].status, post_many(founded.id, [later(100)])[0].status) == ("would_post", "posted")


def test_a_close_before_a_long_row_of_holidays_waits_for_two_people(books: Entity) -> None:
    off = {str(TODAY + number * ONE_DAY): "shut" for number in range(1, 40)}
    set_day_policy(books.id, {"holidays": off}, actor="ann")
    with pytest.raises(BusinessDateLeap):
        close_day(books.id, TODAY, actor="ann")
    leap(books, TODAY + 40 * ONE_DAY)
    assert close_day(books.id, TODAY, actor="ann").status == "closed"
    assert verify_books(books.id) == []


# --- the proof ---


FORGED = {
    "without a proposal": 'regexp_replace(data, \'"proposal":"[^"]*",\', \'\')',
    "under another": 'regexp_replace(data, \'"proposal":"[^"]*"\', \'"proposal":"\' || gen_random_uuid() || \'"\')',
    "further": 'regexp_replace(data, \'"to":"[^"]*"\', \'"to":"2026-12-31"\')',
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED)
def test_a_leap_that_nobody_approved_is_named(books: Entity, forger: psycopg.Connection[Any], data: str) -> None:
    leap(books, date(2026, 7, 1))
    assert list(check_leaps(forger, books.id)) == []
    forger.execute(
        f"UPDATE books_event SET data = {data} WHERE entity_id = %s AND type = 'business_date.advanced'", (books.id,)
    )
    assert [fault[2] for fault in check_leaps(forger, books.id)] == ["proposal"]
