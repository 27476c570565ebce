"""A key and its content: exactly once, however often it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.changing import close_account
from journals.days.closing.running import close_day
from journals.drafts import Draft
from journals.errors import AlreadyReversed, NotReversible
from journals.events import read_fact
from journals.models import Journal
from journals.posting import post, post_many
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity, Event, IdempotencyKey
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, NotFound
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, balance_of, posted

pytestmark = pytest.mark.every_server


@pytest.fixture
def books() -> Entity:
    entity = an_entity(dimensions=["project"])
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    an_account(entity, "wallet", "liability", min_balance="0")
    return entity


def first(amount: str = "1.25", **given: Any) -> Draft:
    return a_transfer("cash", "equity", amount, key="k", **given)


def test_a_retry_gets_the_first_answer_byte_for_byte(books: Entity) -> None:
    answer = posted(books, first(description="Täglich\n", metadata={"b": 1, "a": [1.50]}))
    posted(books, a_transfer("cash", "equity", "7"))
    retry = posted(books, first(description="Täglich\n", metadata={"a": [1.5], "b": 1}))
    assert retry == answer._replace(status="replayed")
    assert retry.journal == answer.journal
    assert balance_of(books, "cash") == Decimal("8.25")
    assert Journal.objects.filter(entity=books).count() == 2


@pytest.mark.parametrize(
    "again",
    [
        first("1.250"),
        first("1.25000000"),
        first(metadata={}),
        first(actor="another key of the same client"),
        first(description=""),
    ],
)
def test_the_same_said_otherwise_replays(books: Entity, again: Draft) -> None:
    answer = posted(books, first())
    assert posted(books, again) == answer._replace(status="replayed")


@pytest.mark.parametrize(
    "other",
    [
        first("1.26"), first(description="x"), first(external_reference="x"), first(metadata={"a": 1}),
        first(effective_date=TODAY), first(override_limits="x"), a_transfer("equity", "cash", "1.25", key="k"),
        a_journal(("cash", "1.25"), ("equity", "-1.25"), key="k"), a_transfer("cash", "nowhere", "1.25", key="k"),
    ],
)  # fmt: skip
def test_another_content_is_refused(books: Entity, other: Draft) -> None:
    posted(books, first())
    with pytest.raises(IdempotencyKeyReused) as refused:
        post(books.id, other)
    assert refused.value.data == {"idempotency_key": "k"}
    assert balance_of(books, "cash") == Decimal("1.25")


def test_twice_in_one_batch_posts_once(books: Entity) -> None:
    answer, replay, other = post_many(books.id, [first(), first("1.250"), first("2")])
    assert (answer.status, replay) == ("posted", answer._replace(status="replayed"))
    assert isinstance(other.refusal, IdempotencyKeyReused)
    assert posted(books, first()) == answer._replace(status="replayed")
    assert IdempotencyKey.objects.filter(entity=books).count() == 1


def test_a_refusal_is_not_remembered(books: Entity) -> None:
    spend = a_transfer("wallet", "equity", "5", key="k")
    with pytest.raises(LedgerError, match="available"):
        post(books.id, spend)
    posted(books, a_transfer("cash", "wallet", "5"))
    assert posted(books, spend).status == "posted"


def test_a_key_belongs_to_its_books(books: Entity) -> None:
    other = an_entity()
    an_account(other, "cash")
    an_account(other, "equity", "equity")
    posted(books, first())
    assert posted(other, first("99")).status == "posted"


def test_a_retry_years_later_is_still_a_retry(books: Entity) -> None:
    """Whatever has become of the accounts and the day: what is in the books is in the books."""
    top_up = a_transfer("cash", "wallet", "5", key="k")
    answer = posted(books, top_up)
    posted(books, a_transfer("wallet", "cash", "5"))
    close_account(books.id, "wallet", actor="test")
    close_day(books.id, TODAY, actor="test")
    assert posted(books, top_up) == answer._replace(status="replayed")
    atomic = post_many(books.id, [top_up, top_up], atomic=True)
    assert atomic == [answer._replace(status="replayed")] * 2


def test_the_key_points_to_the_event_that_answered(books: Entity) -> None:
    answer = posted(books, first())
    key = IdempotencyKey.objects.get(entity=books, key="k")
    assert key.event_sequence == answer.event_sequence
    assert bytes(key.fingerprint).hex() == read_fact(answer.journal).fingerprint
    assert Event.objects.get(entity=books, sequence=key.event_sequence).data.encode() == answer.journal


# Reversals


def test_a_journal_is_reversed_once(books: Entity) -> None:
    original = read_fact(posted(books, first()).journal)
    answer = reverse_journal(books.id, original.id, key="r", actor="test")
    assert balance_of(books, "cash") == 0
    retry = reverse_journal(books.id, original.id, key="r", actor="test")
    assert retry == answer._replace(status="replayed")
    with pytest.raises(AlreadyReversed) as refused:
        reverse_journal(books.id, original.id, key="r2", actor="test")
    assert refused.value.data == {"journal": str(original.id)}
    reversal = Journal.objects.get(id=read_fact(answer.journal).id)
    assert reversal.reverses_id == original.id
    assert [one.id for one in Journal.objects.get(id=original.id).reversals.all()] == [reversal.id]


def test_a_reversal_is_not_reversed_and_other_books_journals_are_not_found(books: Entity) -> None:
    original = read_fact(posted(books, first()).journal)
    reversal = read_fact(reverse_journal(books.id, original.id, key="r", actor="test").journal)
    with pytest.raises(NotReversible):
        reverse_journal(books.id, reversal.id, key="rr", actor="test")
    with pytest.raises(NotFound):
        reverse_journal(an_entity().id, original.id, key="r", actor="test")
