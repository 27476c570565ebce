"""The posting use case against the database: what an answer says is what is stored, and a refusal stores nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from accounts.changing import change_account
from accounts.currencies import add_currency
from accounts.models import Balance
from journals.drafts import Line
from journals.errors import InsufficientFunds
from journals.events import Answer, read_fact
from journals.models import DayTotal, Journal, Posting
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event, IdempotencyKey
from ledgerflow.core.errors import LedgerError, Malformed, NotFound
from tests.attacks import connect
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, balance_of, posted

pytestmark = pytest.mark.every_server

KEY = "backslash\\N\\.!~quote'\"%s"
NASTY = "tab\t newline\n return\r backslash\\ \\N \\. quote' \" ü 漢 \U0001f4b6 ' OR 1=1; -- \x7f"
FINEST = "99999999999999999999.999999999999999999"


@pytest.fixture
def books() -> Entity:
    entity = an_entity(dimensions=["cost_centre", "project"])
    an_account(entity, "cash", max_balance="1000")
    an_account(entity, "equity", "equity")
    an_account(entity, "wallet", "liability", min_balance="0")
    return entity


def codes_of(answers: Sequence[Answer]) -> list[str]:
    return [answer.refusal.code if answer.refusal else answer.status for answer in answers]


def counts(entity: Entity) -> dict[str, int]:
    """How many rows the entity has of everything a posting writes."""
    tables = {
        "journals": Journal.objects.filter(entity=entity),
        "postings": Posting.objects.filter(entity_id=entity.id),
        "events": Event.objects.filter(entity=entity),
        "keys": IdempotencyKey.objects.filter(entity=entity),
        "day totals": DayTotal.objects.filter(account__entity=entity),
    }
    return {name: rows.count() for name, rows in tables.items()}


# The answer


def test_an_answer_carries_the_journal_the_balances_and_the_event(books: Entity) -> None:
    events_before = Event.objects.filter(entity=books).count()
    answer = posted(books, a_transfer("cash", "equity", "12.5", key="k", description="Capital"))
    fact = read_fact(answer.journal)
    assert (answer.status, answer.event_sequence, answer.refusal) == ("posted", events_before + 1, None)
    assert (fact.number, fact.kind, fact.layer, fact.effective_date, fact.idempotency_key) == (
        1, "transfer", "ordinary", TODAY, "k",
    )  # fmt: skip
    assert [(line.account, line.side, line.amount, line.currency) for line in fact.lines] == [
        ("cash", "debit", "12.50", "EUR"),
        ("equity", "credit", "12.50", "EUR"),
    ]
    assert [(b.account, b.balance, b.available, b.held, b.debits, b.credits, b.version) for b in fact.balances] == [
        ("cash", "12.50", "12.50", "0.00", "12.50", "0.00", 1),
        ("equity", "12.50", "12.50", "0.00", "0.00", "12.50", 1),
    ]


def test_what_is_stored_is_what_was_answered(books: Entity) -> None:
    answer = posted(
        books, a_journal(("cash", "5"), ("equity", "-7"), ("cash", "2"), description="Two lines on one account")
    )
    fact = read_fact(answer.journal)
    event = Event.objects.get(entity=books, sequence=answer.event_sequence or 0)
    assert (event.type, event.subject, event.data.encode(), event.actor) == (
        "journal.posted",
        str(fact.id),
        answer.journal,
        "test",
    )
    assert event.recorded_at == answer.recorded_at
    journal = Journal.objects.get(id=fact.id)
    assert (journal.number, journal.event_sequence, journal.recorded_at) == (
        fact.number,
        event.sequence,
        event.recorded_at,
    )
    lines = Posting.objects.filter(journal=journal).order_by("line")
    assert [
        (p.account.code, str(p.amount), p.account_version, str(p.balance_after), p.effective_date, p.event_sequence)
        for p in lines
    ] == [
        ("cash", "5.00", 1, "5.00", TODAY, event.sequence),
        ("equity", "-7.00", 1, "-7.00", TODAY, event.sequence),
        ("cash", "2.00", 2, "7.00", TODAY, event.sequence),
    ]
    for balance in fact.balances:
        row = Balance.objects.get(account__entity=books, account__code=balance.account)
        assert (str(row.debits), str(row.credits), row.version) == (balance.debits, balance.credits, balance.version)


def test_texts_arrive_as_they_were_sent(books: Entity) -> None:
    answer = posted(
        books,
        a_journal(
            Line("cash", Decimal(1), description=NASTY, dimensions={"project": NASTY, "cost_centre": "7"}),
            Line("equity", Decimal(-1)),
            key=KEY, description=NASTY, external_reference=NASTY, metadata={NASTY: [NASTY, None, 1.5]}, actor=NASTY,
        ),
    )  # fmt: skip
    journal = Journal.objects.get(id=read_fact(answer.journal).id)
    assert (journal.description, journal.external_reference, journal.actor) == (NASTY, NASTY, NASTY)
    assert journal.metadata == {NASTY: [NASTY, None, 1.5]}
    first, second = Posting.objects.filter(journal=journal).order_by("line")
    assert (first.description, first.dimensions) == (NASTY, {"project": NASTY, "cost_centre": "7"})
    assert (second.description, second.dimensions) == ("", None)
    assert IdempotencyKey.objects.get(entity=books).key == KEY
    assert verify_books(books.id) == []


def test_the_finest_largest_amounts_stay_exact(books: Entity) -> None:
    add_currency(books, code="WEI", name="Wei", minor_units=18, actor="test")
    an_account(books, "a", currency="WEI", max_balance=FINEST)
    an_account(books, "b", currency="WEI")
    posted(books, a_transfer("a", "b", FINEST))
    assert str(balance_of(books, "a")) == FINEST
    with pytest.raises(LedgerError, match="may hold at most"):
        posted(books, a_transfer("a", "b", "0.000000000000000001"))
    with pytest.raises(LedgerError) as refused:
        change_account(books.id, "a", {"max_balance": Decimal(FINEST[:-1] + "8")}, actor="test")
    assert (refused.value.code, refused.value.data["balance"]) == ("limit_below_balance", FINEST)
    posted(books, a_transfer("b", "a", "0.000000000000000001"))
    assert str(balance_of(books, "a")) == FINEST[:-1] + "8"
    assert verify_books(books.id) == []


# Numbers and moments


def test_numbers_and_events_go_on_without_a_gap_over_refusals(books: Entity) -> None:
    first = posted(books, a_transfer("cash", "equity", "1"))
    answers = post_many(
        books.id,
        [a_transfer("cash", "equity", "1"), a_transfer("wallet", "equity", "1"), a_transfer("cash", "equity", "1")],
    )
    assert codes_of(answers) == ["posted", "insufficient_funds", "posted"]
    assert post_many(books.id, [a_transfer("wallet", "equity", "1")])[0].refusal is not None
    last = posted(books, a_transfer("cash", "equity", "1"))
    done = [first, answers[0], answers[2], last]
    assert [read_fact(answer.journal).number for answer in done] == [1, 2, 3, 4]
    start = first.event_sequence or 0
    assert [answer.event_sequence for answer in done] == [start, start + 1, start + 2, start + 3]


def test_moments_rise_with_the_batches(books: Entity) -> None:
    one, two = post_many(books.id, [a_transfer("cash", "equity", "1"), a_transfer("cash", "equity", "1")])
    after = posted(books, a_transfer("cash", "equity", "1"))
    assert one.recorded_at is not None
    assert after.recorded_at is not None
    assert one.recorded_at == two.recorded_at
    assert one.recorded_at < after.recorded_at
    assert one.recorded_at.tzinfo is not None


def test_running_balances_and_day_totals_add_up(books: Entity) -> None:
    yesterday = TODAY - timedelta(days=1)
    posted(books, a_transfer("cash", "equity", "10"))
    posted(books, a_transfer("cash", "equity", "5", effective_date=yesterday))
    posted(books, a_journal(("equity", "3"), ("cash", "-1"), ("cash", "-2")))
    running = Posting.objects.filter(account__entity=books, account__code="cash").order_by("account_version")
    assert [(str(p.amount), str(p.balance_after)) for p in running] == [
        ("10.00", "10.00"), ("5.00", "15.00"), ("-1.00", "14.00"), ("-2.00", "12.00"),
    ]  # fmt: skip
    totals = DayTotal.objects.filter(account__entity=books, account__code="cash").order_by("effective_date")
    assert [(t.effective_date, t.layer, str(t.debits), str(t.credits), t.count) for t in totals] == [
        (yesterday, "ordinary", "5.00", "0", 1),
        (TODAY, "ordinary", "10.00", "3.00", 3),
    ]
    assert {total.part for total in totals} == {0}


def test_day_totals_begin_a_new_part_every_256_versions(books: Entity) -> None:
    post_many(books.id, [a_transfer("cash", "equity", "1") for _ in range(300)])
    totals = DayTotal.objects.filter(account__entity=books, account__code="cash").order_by("part")
    assert [(total.part, total.count, str(total.debits)) for total in totals] == [(0, 255, "255.00"), (1, 45, "45.00")]


# Refusals


def test_a_refused_draft_leaves_no_trace(books: Entity) -> None:
    before = counts(books)
    with pytest.raises(InsufficientFunds):
        post(books.id, a_transfer("wallet", "cash", "1"))
    assert counts(books) == before


def test_answers_come_in_the_order_of_the_drafts(books: Entity) -> None:
    answers = post_many(
        books.id,
        [
            a_transfer("cash", "equity", "1", key=""),
            a_transfer("cash", "wallet", "5"),
            a_transfer("cash", "wallet", "1", description="x" * 501),
            a_transfer("wallet", "equity", "6"),
            a_transfer("wallet", "equity", "5"),
            a_journal(("cash", "1")),
        ],
    )
    assert codes_of(answers) == [
        "idempotency_key_missing", "posted", "malformed", "insufficient_funds", "posted", "malformed",
    ]  # fmt: skip


def test_no_drafts_no_answers(books: Entity) -> None:
    assert post_many(books.id, []) == []


def test_books_that_do_not_exist() -> None:
    with pytest.raises(NotFound):
        post(uuid4(), a_transfer("cash", "equity", "1"))


def test_an_account_of_other_books_is_unknown(books: Entity) -> None:
    other = an_entity()
    an_account(other, "theirs")
    assert codes_of(post_many(books.id, [a_transfer("cash", "theirs", "1")])) == ["unknown_account"]


def test_dimensions_are_those_of_the_entity(books: Entity) -> None:
    line = Line("cash", Decimal(1), dimensions={"colour": "red"})
    with pytest.raises(LedgerError) as refused:
        post(books.id, a_journal(line, ("equity", "-1")))
    assert (refused.value.code, refused.value.pointer) == ("unknown_dimension", "/lines/0/dimensions")


@pytest.mark.parametrize(
    "condition, code",
    [
        ({"expected_version": 1, "expected_balance": Decimal("10.000")}, "posted"),
        ({"expected_version": 0}, "version_mismatch"),
        ({"expected_balance": Decimal("9.99")}, "balance_mismatch"),
    ],
)
def test_conditions_on_what_stands_there(books: Entity, condition: dict[str, Any], code: str) -> None:
    posted(books, a_transfer("cash", "equity", "10"))
    journal = a_journal(Line("cash", Decimal(1), **condition), ("equity", "-1"))
    assert codes_of(post_many(books.id, [journal])) == [code]


# Batches


def test_an_atomic_batch_is_all_or_nothing(books: Entity) -> None:
    before = counts(books)
    good, bad = a_transfer("cash", "wallet", "5"), a_transfer("wallet", "equity", "6")
    assert codes_of(post_many(books.id, [good, bad], atomic=True)) == ["batch_refused", "insufficient_funds"]
    assert counts(books) == before
    better = a_transfer("wallet", "equity", "5")
    assert codes_of(post_many(books.id, [good, better], atomic=True)) == ["posted", "posted"]


def test_an_atomic_batch_with_a_malformed_draft_is_not_looked_at(books: Entity) -> None:
    before = counts(books)
    with pytest.raises(Malformed):
        post_many(books.id, [a_transfer("cash", "wallet", "5"), a_journal(("cash", "1"))], atomic=True)
    assert counts(books) == before


def test_many_drafts_commit_in_parts_an_atomic_batch_in_one(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_BATCH_LIMIT", 3)
    drafts = [a_transfer("cash", "equity", "1") for _ in range(7)]
    answers = post_many(books.id, drafts)
    assert codes_of(answers) == ["posted"] * 7
    assert len({answer.recorded_at for answer in answers}) == 3
    answers = post_many(books.id, [a_transfer("cash", "equity", "1") for _ in range(7)], atomic=True)
    assert len({answer.recorded_at for answer in answers}) == 1


def test_lines_are_sent_in_pieces_and_all_arrive(books: Entity) -> None:
    answers = post_many(books.id, [a_transfer("cash", "equity", "1") for _ in range(205)])
    assert codes_of(answers) == ["posted"] * 205
    assert [read_fact(answer.journal).number for answer in answers] == list(range(1, 206))
    assert verify_books(books.id) == []


# Dry runs


def test_a_dry_run_says_what_would_happen_and_writes_nothing(books: Entity) -> None:
    before = counts(books)
    answer = post(books.id, a_transfer("cash", "wallet", "5"), dry_run=True)
    fact = read_fact(answer.journal)
    assert (answer.status, answer.event_sequence, answer.recorded_at, fact.number) == ("would_post", None, None, 0)
    assert [balance.balance for balance in fact.balances] == ["5.00", "5.00"]
    assert counts(books) == before
    assert balance_of(books, "cash") == 0


def test_a_dry_run_of_many_sees_the_whole_request(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LEDGERFLOW_WRITER_BATCH_LIMIT", 2)
    drafts = [
        a_transfer("cash", "wallet", "5"), a_transfer("cash", "equity", "1"),
        a_transfer("wallet", "equity", "5"), a_transfer("wallet", "equity", "1"),
    ]  # fmt: skip
    assert codes_of(post_many(books.id, drafts, dry_run=True)) == ["would_post"] * 3 + ["insufficient_funds"]
    assert codes_of(post_many(books.id, drafts, dry_run=True, atomic=True)) == ["batch_refused"] * 3 + [
        "insufficient_funds"
    ]


def test_a_dry_run_of_what_is_in_the_books_shows_it(books: Entity) -> None:
    draft = a_transfer("cash", "wallet", "5")
    answer = post(books.id, draft)
    assert post(books.id, draft, dry_run=True) == answer._replace(status="replayed")


def test_a_dry_run_waits_for_no_writer(books: Entity) -> None:
    draft = a_transfer("cash", "wallet", "5")
    with connect() as writer:
        writer.execute("SELECT 1 FROM books_entity WHERE id = %s FOR UPDATE", [books.id])
        assert codes_of(post_many(books.id, [draft, draft], dry_run=True)) == ["would_post", "would_post"]
        assert post_many(books.id, [], dry_run=True) == []
    with pytest.raises(NotFound):
        post(uuid4(), draft, dry_run=True)
