"""What only the database refuses, and what is written in the same transaction as a posting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from accounts.models import Balance
from journals.events import Answer, read_fact
from journals.posting import PostingRequest, _post_requests, post, post_many, post_with_hook
from journals.proof.ledger import verify_books
from ledgerflow.books.errors import RefusedByDatabase
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, serialization_retries
from ledgerflow.core.errors import Malformed
from ledgerflow.core.errors.base import by_constraint
from ledgerflow.core.events import Fact
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, balance_of, posted, unguarded

pytestmark = pytest.mark.every_server


class ImportAdvanced(Fact, frozen=True):
    event_type = "test.import_advanced"

    row: int


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    an_account(entity, "wallet", "liability", min_balance="0")
    return entity


def codes_of(answers: Sequence[Answer]) -> list[str]:
    return [answer.refusal.code if answer.refusal else answer.status for answer in answers]


def head_of(entity: Entity) -> int:
    """The number of the last event: it stays where nothing was written."""
    return Event.objects.filter(entity=entity).latest("sequence").sequence


TOO_LONG = {"kind": "k" * 21}  # a text that slipped past every check and does not fit its column


def test_only_the_culprit_is_refused(books: Entity) -> None:
    drafts = [a_transfer("cash", "equity", "1") for _ in range(5)]
    drafts[3] = a_journal(("cash", "1"), ("equity", "-1"), **TOO_LONG)
    assert codes_of(post_many(books.id, drafts)) == ["posted", "posted", "posted", "refused_by_database", "posted"]
    assert verify_books(books.id) == []


def test_only_its_own_request_is_refused(books: Entity) -> None:
    good = [PostingRequest([a_transfer("cash", "equity", "1")]) for _ in range(2)]
    bad = PostingRequest(
        [a_transfer("cash", "equity", "1"), a_journal(("cash", "1"), ("equity", "-1"), **TOO_LONG)], atomic=True
    )
    answers = _post_requests(books.id, [good[0], bad, good[1]])
    assert [codes_of(one) for one in answers] == [["posted"], ["refused_by_database"] * 2, ["posted"]]


def test_what_only_commit_finds_out_is_refused_too(books: Entity) -> None:
    """The foreign key of a reversal is deferred: it is looked at when everything is written."""
    reversal = a_journal(("cash", "-1"), ("equity", "1"), reverses=uuid4())
    before = head_of(books)
    with pytest.raises(RefusedByDatabase) as refused:
        post(books.id, reversal)
    assert refused.value.data["constraint"] == "reversal_of_journal"
    assert head_of(books) == before


@pytest.mark.parametrize("constraint", [*by_constraint, "another", ""])
def test_a_constraint_is_known_by_its_name(constraint: str) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}'; END $$"
    with connection.cursor() as cursor:
        raw = cursor.connection
        assert isinstance(raw, psycopg.Connection)
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            raw.execute(raising)
    refusal = refusal_for(caught.value)
    assert type(refusal) is by_constraint.get(constraint, RefusedByDatabase)
    assert (refusal.message, refusal.data) == ("no", {"constraint": constraint})


# Hooks and dates


def test_a_hook_writes_in_the_same_transaction(books: Entity) -> None:
    seen: list[Answer] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        seen.extend(answers)
        tx.record(ImportAdvanced(2), "file", "importer")

    answers = post_with_hook(books.id, [a_transfer("cash", "equity", "1"), a_transfer("wallet", "equity", "1")], hook)
    assert codes_of(answers) == ["posted", "insufficient_funds"]
    assert seen == answers
    assert Event.objects.filter(entity=books).latest("sequence").type == ImportAdvanced.event_type


def test_a_balance_changed_behind_the_writer_makes_it_start_again(books: Entity) -> None:
    """Somebody's SQL does not ask for the entity's lock; what it did is neither lost nor posted over."""
    runs: list[int] = []

    def hook(_tx: Transaction, _answers: Sequence[Answer]) -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            with unguarded():
                Balance.objects.filter(account__entity=books, account__code="cash").update(max_balance=1000)

    before = serialization_retries.value
    answers = post_with_hook(books.id, [a_transfer("cash", "equity", "1")], hook)
    assert codes_of(answers) == ["posted"]
    assert (len(runs), serialization_retries.value - before) == (2, 1)
    assert Balance.objects.get(account__entity=books, account__code="cash").max_balance == 1000
    assert balance_of(books, "cash") == 1


def test_a_hook_that_fails_takes_the_postings_with_it(books: Entity) -> None:
    before = head_of(books)

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        raise RuntimeError(answers[0].status)

    with pytest.raises(RuntimeError, match="posted"):
        post_with_hook(books.id, [a_transfer("cash", "equity", "1")], hook)
    assert head_of(books) == before


def test_a_hook_is_called_for_each_part_that_commits(books: Entity) -> None:
    parts: list[list[str]] = []
    drafts = [a_transfer("cash", "equity", "1") for _ in range(3)]
    drafts.append(a_journal(("cash", "1"), ("equity", "-1"), **TOO_LONG))
    post_with_hook(books.id, drafts, lambda _, answers: parts.append(codes_of(answers)))
    # The whole and its second half were tried, and rolled back; the culprit alone never commits.
    assert parts == [["posted", "posted"], ["posted"]]


def test_a_hook_is_not_called_for_malformed_drafts(books: Entity) -> None:
    with pytest.raises(Malformed):
        post_with_hook(books.id, [a_journal(("cash", "1"))], lambda *_: None)


def test_a_draft_that_advances_the_business_date_is_an_event_before_it(books: Entity) -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert codes_of(post_many(books.id, [a_transfer("cash", "equity", "1", effective_date=tomorrow)])) == [
        "future_date"
    ]
    answer = posted(books, a_transfer("cash", "equity", "1", effective_date=tomorrow, advance_business_date=True))
    assert Entity.objects.get(id=books.id).business_date == tomorrow
    advanced = Event.objects.get(entity=books, sequence=(answer.event_sequence or 0) - 1)
    assert (advanced.type, advanced.data) == ("business_date.advanced", f'{{"from":"{TODAY}","to":"{tomorrow}"}}')
    assert read_fact(posted(books, a_transfer("cash", "equity", "1")).journal).effective_date == tomorrow
    assert verify_books(books.id) == []
