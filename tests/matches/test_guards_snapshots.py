"""A transaction at any level, with a snapshot from before: what was matched, split or undone since stays whole.

Guards look with the snapshot that the transaction has. Whatever changes a line or a match has its event, and an older
snapshot does not know the number that the next event must have: so it commits nothing, whatever its guards see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from recon.matching.proof import check_matches
from recon.matching.rows import Bank
from recon.matching.use_cases import split_line, unmatch
from recon.statements.changing import undo_import
from recon.statements.models import StatementLine
from recon.statements.splitting import Part
from tests.attacks import Attack, connect, refused_by
from tests.matches.banking import a_bank, a_line, a_posting, by_hand

pytestmark = pytest.mark.every_server

LEVELS = pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"
TEN = Decimal("10.00")


class Books:
    """A bank account with a line and a posting of 10.00 that are free, for `Attack`."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.id = bank.entity_id
        self.line, self.version = a_line(bank, "10.00"), a_posting(bank, "10.00")
        self.statement = StatementLine.objects.get(id=self.line).statement_id
        self.last_sequence = 0


@pytest.fixture(scope="module")
def bank() -> Bank:
    return a_bank()


@pytest.fixture
def books(bank: Bank) -> Books:
    return Books(bank)


@pytest.fixture
def old(books: Books) -> Iterator[Callable[[str], Attack]]:
    """Begins a transaction whose snapshot is taken now."""
    with connect(autocommit=True) as connection:

        def begin(level: str) -> Attack:
            connection.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
            attack = Attack(connection, books)  # type: ignore[arg-type]  # it has the members that are asked for
            attack.catch_up()
            return attack

        yield begin
        connection.execute("ROLLBACK")


def split(attack: Attack, books: Books) -> None:
    """Split the line into two of 5.00 by plain SQL, but for the event."""
    sequence = books.last_sequence + 1
    attack.run(
        "UPDATE statements_statementline SET is_split = true, changed_sequence = %s WHERE id = %s", sequence, books.line
    )
    for part in (1, 2):
        attack.run(
            """
            INSERT INTO statements_statementline
            SELECT (jsonb_populate_record(l, %s)).* FROM statements_statementline l WHERE id = %s
            """,
            psycopg.types.json.Jsonb({
                "id": str(uuid4()), "part": part, "parent_id": str(books.line), "amount": "5.00", "is_split": False,
                "fingerprint": None, "raw": "", "changed_sequence": sequence,
            }),
            books.line,
        )  # fmt: skip


def undo(attack: Attack, books: Books) -> None:
    """Undo the statement of the line, but for the event."""
    attack.run(
        "UPDATE statements_statement SET status = 'undone', changed_sequence = %s WHERE id = %s",
        books.last_sequence + 1, books.statement,
    )  # fmt: skip
    attack.run("UPDATE statements_statementline SET is_undone = true WHERE statement_id = %s", books.statement)


def match(attack: Attack, books: Books) -> None:
    """Match the line with the posting; the event comes before the match."""
    id_, sequence = new_match(), books.last_sequence + 1
    attack.event(type="match.confirmed", subject=str(id_))
    attack.insert(
        "matching_match", id=id_, entity_id=books.id, bank_account_id=books.bank.id, number=1000 + sequence,
        status="confirmed", rule="manual", residual=0, explanation="", event_sequence=sequence,
        changed_sequence=sequence, recorded_at="2026-03-02T12:00:00Z", actor="attacker",
    )  # fmt: skip
    attack.run(
        """
        INSERT INTO matching_matchitem (id, match_id, bank_account_id, entity_id, side, line_id, account_id,
                                        account_version, day, amount, is_active)
        SELECT gen_random_uuid(), %s, %s, %s, side, line, account, version, '2026-02-01', 10.00, true
        FROM (VALUES ('bank', %s::uuid, NULL, NULL), ('books', NULL, %s::uuid, %s::bigint))
            AS one (side, line, account, version)
        """,
        id_, books.bank.id, books.id, books.line, books.bank.account_id, books.version,
    )  # fmt: skip


def new_match() -> UUID:
    return uuid4()


Sql = Callable[[Attack, Books], None]
EVENTS: dict[Sql, str] = {split: "statement_line.split", undo: "statement.undone"}


def matched(books: Books) -> UUID:
    return by_hand(books.bank, [books.line], [books.version]).match.match.id


def was_split(books: Books) -> None:
    split_line(books.id, books.line, [Part(TEN / 2)] * 2, key=uuid4().hex, actor="t")


def was_undone(books: Books) -> None:
    undo_import(books.id, books.statement, reason="r", key=uuid4().hex, actor="t")


PAIRS = pytest.mark.parametrize(
    "change, since",
    [(split, matched), (undo, matched), (match, was_split), (match, was_undone), (split, was_undone)],
    ids=lambda work: work.__name__,
)


@LEVELS
@PAIRS
def test_an_older_snapshot_changes_nothing(
    old: Callable[[str], Attack], books: Books, level: str, change: Sql, since: Callable[[Books], Any]
) -> None:
    attack = old(level)
    since(books)
    with pytest.raises((psycopg.errors.SerializationFailure, psycopg.IntegrityError)) as caught:
        change_and_tell(attack, books, change)
    if isinstance(caught.value, psycopg.IntegrityError):
        assert caught.value.diag.constraint_name == "books_event_pkey"  # the guards have seen nothing


def change_and_tell(attack: Attack, books: Books, change: Sql, subject: UUID | None = None) -> None:
    change(attack, books)
    if change in EVENTS:
        attack.event(type=EVENTS[change], subject=str(subject))


@LEVELS
def test_nor_does_it_leave_out_the_events_that_it_does_not_see(
    old: Callable[[str], Attack], books: Books, level: str
) -> None:
    attack = old(level)
    matched(books)
    split(attack, books)
    with refused_by("event_gap_free"):
        attack.event(type="statement_line.split", subject=str(books.line), sequence=books.last_sequence + 2)


def test_without_the_order_of_events_a_matched_line_is_split(old: Callable[[str], Attack], books: Books) -> None:
    """The twin: what the number of the next event keeps out, and what the proof then finds."""
    attack = old("REPEATABLE READ")
    matched(books)
    attack.run("ALTER TABLE books_event DISABLE TRIGGER event_order")
    books.last_sequence += 1
    split(attack, books)
    attack.event(type="statement_line.split", subject=str(books.line))
    attack.run(COMMIT)
    assert attack.value("SELECT is_split FROM statements_statementline WHERE id = %s", books.line)


@PAIRS
def test_at_read_committed_the_guard_answers(
    old: Callable[[str], Attack], books: Books, change: Sql, since: Callable[[Books], Any]
) -> None:
    attack = old("READ COMMITTED")
    since(books)
    attack.catch_up()
    expected: dict[Callable[[Books], Any], str] = {
        matched: "matched_line_is_locked", was_undone: "statement_line_undone_for_good",
    }  # fmt: skip
    with refused_by("match_item_says_its_line" if change is match else expected[since]):
        change(attack, books)


def test_whoever_waits_for_the_lock_sees_what_it_was_waiting_for(old: Callable[[str], Attack], books: Books) -> None:
    """Two by plain SQL at the same moment: the second one waits within its guard, and is refused."""
    attack = old("READ COMMITTED")
    match(attack, books)
    with connect(autocommit=True) as other:
        other.execute("BEGIN; SET LOCAL lock_timeout = '50ms'")
        second = Attack(other, books)  # type: ignore[arg-type]
        with pytest.raises(psycopg.errors.LockNotAvailable):
            undo(second, books)
        other.execute("ROLLBACK")


def test_what_nobody_came_before_is_taken(old: Callable[[str], Attack], books: Books) -> None:
    """The refusals above are for what they name."""
    for change, subject in ((split, books.line), (undo, books.statement), (match, None)):
        attack = old("REPEATABLE READ")
        change_and_tell(attack, books, change, subject)
        attack.run(COMMIT)
        attack.connection.execute("ROLLBACK")


def test_no_item_is_added_once_they_were_summed_up(old: Callable[[str], Attack], books: Books) -> None:
    """In the same transaction, which has the database look before it commits."""
    line = a_line(books.bank, "3.00")
    attack = old("READ COMMITTED")
    id_ = new_match()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.matches.test_guards_snapshots.new_match", lambda: id_)
        match(attack, books)
    attack.run(COMMIT)
    attack.run("SET CONSTRAINTS ALL DEFERRED")
    with refused_by("match_item_with_its_match"):
        attack.insert(
            "matching_matchitem", id=uuid4(), match_id=id_, bank_account_id=books.bank.id, entity_id=books.id,
            side="bank", line_id=line, day="2026-02-01", amount=Decimal("3.00"), is_active=True,
        )  # fmt: skip


def test_what_is_left_is_whole(bank: Bank, books: Books) -> None:
    unmatch(bank.entity_id, matched(books), key=uuid4().hex, actor="t")
    with connect() as connection:
        assert list(check_matches(connection, bank.entity_id)) == []
