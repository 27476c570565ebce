"""Bank accounts, statements and lines by plain SQL: what can come, what of it can change, and that it never goes."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from recon.statements.models import StatementLine
from tests.attacks import Attack, Books, refused_by
from tests.builders import an_account, an_entity
from tests.statements.banking import CSV_COLUMNS, a_bank_account, a_csv_file, a_statement_file, imported, lines_stored

pytestmark = pytest.mark.every_server

BANK, STATEMENT, LINE = "statements_bankaccount", "statements_statement", "statements_statementline"
DAY, MOMENT = "2026-03-02", "2026-03-02T12:00:00Z"
SHA = "0" * 64


class Stored(NamedTuple):
    """A bank account with a proven statement of two lines (5 and 2), and an unproven one of one line."""

    bank: UUID
    statement: UUID
    unproven: UUID
    line: UUID


@pytest.fixture(scope="module")
def stored(books: Books) -> Stored:
    bank = a_bank_account(books.entity, "cash", identifier="X-1", column_map=CSV_COLUMNS)
    first = imported(books.entity, bank, a_statement_file(("5.00", "A"), ("2.00", "B"), account="X-1"))
    second = imported(books.entity, bank, a_csv_file(("1.00", "C")))
    books.last_sequence = max(one.statements[0].event_sequence or 0 for one in (first, second))
    one, other = (found.statements[0].id or uuid4() for found in (first, second))
    return Stored(bank.pk, one, other, lines_stored(bank)[0].pk)


def a_bank(books: Books, **changes: Any) -> dict[str, Any]:
    """A bank account that would fit into the books."""
    return {
        "id": uuid4(), "entity_id": books.id, "account_id": books.capital, "currency": "EUR", "name": "x",
        "identifier": "", "event_sequence": books.last_sequence + 1, "updated_at": MOMENT, "actor": "attacker",
    } | changes  # fmt: skip


def a_statement(books: Books, bank: UUID, **changes: Any) -> dict[str, Any]:
    """A statement without lines that would fit."""
    return {
        "id": uuid4(), "entity_id": books.id, "bank_account_id": bank, "number": 3, "status": "imported",
        "format": "csv", "file_name": "x", "file_sha256": SHA, "place": 1, "label": "", "currency": "EUR",
        "is_proven": False, "line_count": 0, "lines_total": 0, "seen_count": 0, "seen_total": 0,
        "lines_sha256": bytes(32), "event_sequence": books.last_sequence + 1,
        "changed_sequence": books.last_sequence + 1, "recorded_at": MOMENT, "actor": "attacker",
    } | changes  # fmt: skip


def a_line(books: Books, bank: UUID, statement: UUID, **changes: Any) -> dict[str, Any]:
    """A line that would fit."""
    return {
        "id": uuid4(), "entity_id": books.id, "bank_account_id": bank, "statement_id": statement, "number": 9,
        "part": 0, "is_split": False, "is_undone": False, "booking_date": DAY, "amount": 1, "currency": "EUR",
        "bank_reference": "", "end_to_end": "", "customer_reference": "", "counterparty": "", "iban": "", "text": "",
        "raw": "", "fingerprint": uuid4().hex,
    } | changes  # fmt: skip


def commit(attack: Attack) -> None:
    """What would be looked at when the transaction ends."""
    attack.run("SET CONSTRAINTS ALL IMMEDIATE")
    attack.run("SET CONSTRAINTS ALL DEFERRED")


# --- bank accounts --------------------------------------------------------------------------------


def test_a_bank_account_stands_for_an_account_that_takes_postings(attack: Attack, books: Books) -> None:
    stranger = an_account(an_entity(), "cash").id
    for changes in ({"account_id": stranger}, {"account_id": books.assets}, {"currency": "USD"}):
        with refused_by("bank_account_of_account"), attack.connection.transaction():
            attack.insert(BANK, **a_bank(books, **changes))


def test_a_bank_account_is_one_of_its_account_and_identifier(attack: Attack, books: Books, stored: Stored) -> None:
    with refused_by("statements_bankaccount_account_id_key"), attack.connection.transaction():
        attack.insert(BANK, **a_bank(books, account_id=books.cash))
    with refused_by("bank_account_identifier_unique"), attack.connection.transaction():
        attack.insert(BANK, **a_bank(books, identifier="X-1"))
    keys = ["statements_bankaccount_pkey", "bank_account_of_entity", "bank_account_in_currency"]
    for constraint in keys:
        with refused_by(constraint), attack.connection.transaction():
            for other in keys:
                if other != constraint:
                    attack.run(f"ALTER TABLE {BANK} DROP CONSTRAINT {other} CASCADE")
            attack.insert(BANK, **a_bank(books, id=stored.bank))


def test_a_bank_account_has_its_event(attack: Attack, books: Books, stored: Stored) -> None:
    with refused_by("bank_account_has_event"), attack.connection.transaction():
        attack.insert(BANK, **a_bank(books))
        attack.event(type="bank_account.set", subject=str(uuid4()))
        commit(attack)
    with refused_by("bank_account_has_event"), attack.connection.transaction():
        attack.run(f"UPDATE {BANK} SET name = 'y' WHERE id = %s", stored.bank)
        commit(attack)


def test_a_bank_account_stays_what_it_is(attack: Attack, books: Books, stored: Stored) -> None:
    for column, value in (("account_id", books.capital), ("currency", "USD"), ("entity_id", uuid4()), ("id", uuid4())):
        with refused_by("bank_account_identity_is_fixed"), attack.connection.transaction():
            attack.run(f"UPDATE {BANK} SET {column} = %s WHERE id = %s", value, stored.bank)
    with refused_by("bank_account_is_kept"):
        attack.run(f"DELETE FROM {BANK} WHERE id = %s", stored.bank)


# --- statements -----------------------------------------------------------------------------------


def test_a_statement_is_of_a_bank_account_in_its_currency(attack: Attack, books: Books, stored: Stored) -> None:
    for changes in ({"bank_account_id": uuid4()}, {"currency": "USD"}, {"entity_id": uuid4()}):
        with refused_by("statement_of_bank_account"), attack.connection.transaction():
            attack.insert(STATEMENT, **a_statement(books, stored.bank, **changes))
            attack.run("SET CONSTRAINTS statement_of_bank_account IMMEDIATE")


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"number": 1}, "statement_number_unique"),
        ({"status": "lost"}, "statement_status_known"),
        ({"is_proven": True}, "statement_proven_adds_up"),
        ({"is_proven": True, "opening_balance": 1, "closing_balance": 2}, "statement_proven_adds_up"),
        ({"seen_count": 1}, "statement_seen_is_part"),
    ],
)
def test_what_a_statement_can_be(
    attack: Attack, books: Books, stored: Stored, changes: dict[str, Any], constraint: str
) -> None:
    with refused_by(constraint):
        attack.insert(STATEMENT, **a_statement(books, stored.bank, **changes))


def test_a_file_comes_once(attack: Attack, books: Books, stored: Stored) -> None:
    sha = attack.value(f"SELECT file_sha256 FROM {STATEMENT} WHERE id = %s", stored.statement)
    with refused_by("statement_file_unique"), attack.connection.transaction():
        attack.insert(STATEMENT, **a_statement(books, stored.bank, file_sha256=sha))
    with refused_by("statement_event_unique"), attack.connection.transaction():
        attack.insert(STATEMENT, **a_statement(books, stored.bank, event_sequence=books.last_sequence))
    keys = ["statements_statement_pkey", "statement_in_currency"]
    for constraint in keys:
        with refused_by(constraint), attack.connection.transaction():
            for other in keys:
                if other != constraint:
                    attack.run(f"ALTER TABLE {STATEMENT} DROP CONSTRAINT {other} CASCADE")
            attack.insert(STATEMENT, **a_statement(books, stored.bank, id=stored.statement))


def test_a_statement_has_its_event(attack: Attack, books: Books, stored: Stored) -> None:
    with refused_by("statement_has_event"), attack.connection.transaction():
        attack.insert(STATEMENT, **a_statement(books, stored.bank))
        commit(attack)
    with refused_by("statement_change_has_event"), attack.connection.transaction():
        attack.run(f"UPDATE {STATEMENT} SET status = 'undone' WHERE id = %s", stored.statement)
        attack.run(f"UPDATE {LINE} SET is_undone = true WHERE statement_id = %s", stored.statement)
        commit(attack)


@pytest.mark.parametrize(
    "column", ["number", "place", "line_count", "lines_total", "seen_total", "seen_count", "event_sequence"]
)
def test_what_a_file_said_never_changes(attack: Attack, stored: Stored, column: str) -> None:
    with refused_by("statement_identity_is_fixed"):
        attack.run(f"UPDATE {STATEMENT} SET {column} = {column} + 1 WHERE id = %s", stored.statement)


@pytest.mark.parametrize("column", ["format", "file_name", "file_sha256", "label", "actor"])
def test_nor_do_its_texts(attack: Attack, stored: Stored, column: str) -> None:
    with refused_by("statement_identity_is_fixed"):
        attack.run(f"UPDATE {STATEMENT} SET {column} = 'other' WHERE id = %s", stored.statement)


def test_balances_are_stated_once_and_a_statement_undone_for_good(attack: Attack, stored: Stored) -> None:
    with refused_by("statement_proven_once"), attack.connection.transaction():
        attack.run(f"UPDATE {STATEMENT} SET closing_day = '2026-03-05' WHERE id = %s", stored.statement)
    with refused_by("statement_proven_once"), attack.connection.transaction():
        attack.run(f"UPDATE {STATEMENT} SET opening_balance = 3 WHERE id = %s", stored.unproven)
    with refused_by("statement_undone_for_good"), attack.connection.transaction():
        attack.run(f"UPDATE {STATEMENT} SET status = 'undone' WHERE id = %s", stored.unproven)
        attack.run(f"UPDATE {STATEMENT} SET status = 'imported' WHERE id = %s", stored.unproven)
    with refused_by("statement_is_kept"):
        attack.run(f"DELETE FROM {STATEMENT} WHERE id = %s", stored.statement)


def test_a_statement_has_the_lines_that_it_says(attack: Attack, books: Books, stored: Stored) -> None:
    for changes in ({"line_count": 2, "lines_total": 1}, {"line_count": 1, "lines_total": 2}):
        row = a_statement(books, stored.bank, **changes)
        with refused_by("statement_has_its_lines"), attack.connection.transaction():
            attack.insert(STATEMENT, **row)
            attack.insert(LINE, **a_line(books, stored.bank, row["id"]))
            attack.event(type="statement.imported", subject=str(row["id"]))
            attack.run("SET CONSTRAINTS statement_lines_guard IMMEDIATE")
    with refused_by("statement_undone_with_lines"), attack.connection.transaction():
        attack.run(f"UPDATE {STATEMENT} SET status = 'undone' WHERE id = %s", stored.statement)
        attack.run("SET CONSTRAINTS statement_lines_guard IMMEDIATE")


# --- lines ----------------------------------------------------------------------------------------


def test_a_line_comes_and_goes_with_its_statement(attack: Attack, books: Books, stored: Stored) -> None:
    with refused_by("statement_line_with_statement"), attack.connection.transaction():
        attack.insert(LINE, **a_line(books, stored.bank, stored.statement))
    with refused_by("statement_line_with_statement"), attack.connection.transaction():
        attack.run(f"UPDATE {LINE} SET is_undone = true WHERE id = %s", stored.line)


def test_a_line_is_of_a_statement_in_its_currency(attack: Attack, books: Books, stored: Stored) -> None:
    row = a_statement(books, stored.bank)
    attack.insert(STATEMENT, **row)
    for changes in ({"statement_id": uuid4()}, {"currency": "USD"}, {"entity_id": uuid4()}):
        with refused_by("statement_line_of_statement"), attack.connection.transaction():
            attack.insert(LINE, **(a_line(books, stored.bank, row["id"]) | changes))


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"amount": 0}, "statement_line_amount_sane"),
        ({"amount": "NaN"}, "statement_line_amount_sane"),
        ({"amount": 10**45}, "statement_line_amount_sane"),
        ({"fingerprint": None}, "statement_line_part_has_parent"),
        ({"part": 1}, "statement_line_part_has_parent"),
        ({"part": 1, "parent_id": uuid4(), "fingerprint": None, "is_split": True}, "statement_line_split_once"),
        ({"part": 1, "parent_id": uuid4(), "fingerprint": None}, "statement_line_of_line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_line_can_be(
    attack: Attack, books: Books, stored: Stored, changes: dict[str, Any], constraint: str
) -> None:
    row = a_statement(books, stored.bank)
    attack.insert(STATEMENT, **row)
    with refused_by(constraint):
        attack.insert(LINE, **a_line(books, stored.bank, row["id"], **changes))


def test_no_line_comes_or_goes_once_they_were_counted(attack: Attack, books: Books, stored: Stored) -> None:
    """The statement is changed by this transaction, and has been looked at: its guard looks no more."""
    sequence = books.last_sequence + 1
    attack.event(type="statement.balances_stated", subject=str(stored.unproven))
    stating = (
        "is_proven = true, opening_day = '2026-03-01', opening_balance = 0, closing_day = '2026-03-02',"
        " closing_balance = 1, changed_sequence = %s"
    )
    attack.run(f"UPDATE {STATEMENT} SET {stating} WHERE id = %s", sequence, stored.unproven)
    commit(attack)
    with refused_by("statement_line_with_statement"), attack.connection.transaction():
        attack.insert(LINE, **a_line(books, stored.bank, stored.unproven))
    with refused_by("statement_line_with_statement"), attack.connection.transaction():
        attack.run(f"UPDATE {LINE} SET is_undone = true WHERE statement_id = %s", stored.unproven)


def test_a_line_comes_once(attack: Attack, books: Books, stored: Stored) -> None:
    row = a_statement(books, stored.bank, line_count=3)
    attack.insert(STATEMENT, **row)
    attack.insert(LINE, **a_line(books, stored.bank, row["id"]))
    with refused_by("statement_line_unique"), attack.connection.transaction():
        attack.insert(LINE, **a_line(books, stored.bank, row["id"]))
    known = StatementLine.objects.get(pk=stored.line).fingerprint
    with refused_by("statement_line_fingerprint_unique"), attack.connection.transaction():
        attack.insert(LINE, **a_line(books, stored.bank, row["id"], number=8, fingerprint=known))


@pytest.mark.parametrize("constraint", ["statements_statementline_pkey", "statement_line_of_bank_account"])
def test_a_line_has_an_id_of_its_own(attack: Attack, books: Books, stored: Stored, constraint: str) -> None:
    (other,) = {"statements_statementline_pkey", "statement_line_of_bank_account"} - {constraint}
    attack.run(f"ALTER TABLE {LINE} DROP CONSTRAINT {other} CASCADE")
    row = a_statement(books, stored.bank, line_count=3)
    attack.insert(STATEMENT, **row)
    with refused_by(constraint):
        attack.insert(LINE, **a_line(books, stored.bank, row["id"], number=8, id=stored.line))


@pytest.mark.parametrize(
    "column, value",
    [
        ("amount", 6), ("booking_date", "2026-03-09"), ("value_date", "2026-03-09"), ("number", 7), ("text", "x"),
        ("raw", "x"), ("customer_reference", "x"), ("bank_reference", "x"), ("end_to_end", "x"),
        ("counterparty", "x"), ("iban", "x"), ("fingerprint", "x"), ("id", uuid4()), ("statement_id", uuid4()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_the_bank_wrote_never_changes(attack: Attack, stored: Stored, column: str, value: Any) -> None:
    with refused_by("statement_line_is_fixed"):
        attack.run(f"UPDATE {LINE} SET {column} = %s WHERE id = %s", value, stored.line)


def test_a_line_stays(attack: Attack, stored: Stored) -> None:
    with refused_by("statement_line_is_kept"), attack.connection.transaction():
        attack.run(f"DELETE FROM {LINE} WHERE id = %s", stored.line)
    attack.run(f"UPDATE {STATEMENT} SET status = 'undone' WHERE id = %s", stored.statement)
    attack.run(f"UPDATE {LINE} SET is_undone = true WHERE statement_id = %s", stored.statement)
    for change in ("is_undone = false", "is_split = true"):
        with refused_by("statement_line_undone_for_good"), attack.connection.transaction():
            attack.run(f"UPDATE {LINE} SET {change} WHERE id = %s", stored.line)


def split(attack: Attack, books: Books, stored: Stored, *amounts: int, **changes: Any) -> None:
    sequence = books.last_sequence + 1
    attack.run(f"UPDATE {LINE} SET is_split = true, changed_sequence = %s WHERE id = %s", sequence, stored.line)
    for part, amount in enumerate(amounts, 1):
        given = {
            "number": 1, "part": part, "parent_id": stored.line, "amount": amount, "fingerprint": None,
            "changed_sequence": sequence,
        }  # fmt: skip
        attack.insert(LINE, **a_line(books, stored.bank, stored.statement, **(given | changes)))


def test_parts_add_up_to_their_line(attack: Attack, books: Books, stored: Stored) -> None:
    for amounts in ((), (5,), (3, 1), (1,) * 101):
        with refused_by("statement_line_parts_add_up"), attack.connection.transaction():
            split(attack, books, stored, *amounts)
            attack.run("SET CONSTRAINTS statement_line_parts_guard, statement_line_part_guard IMMEDIATE")
    with refused_by("statement_line_part_of_line"), attack.connection.transaction():
        split(attack, books, stored, 3, 2, number=2)
        attack.run("SET CONSTRAINTS statement_line_parts_guard, statement_line_part_guard IMMEDIATE")
    with refused_by("statement_line_parts_add_up"), attack.connection.transaction():
        split(attack, books, stored, 3, 2)
        attack.run(f"UPDATE {LINE} SET is_split = false WHERE id = %s", stored.line)
        attack.run("SET CONSTRAINTS statement_line_parts_guard IMMEDIATE")


def test_splitting_and_joining_have_their_event(attack: Attack, books: Books, stored: Stored) -> None:
    with refused_by("statement_line_has_event"), attack.connection.transaction():
        split(attack, books, stored, 3, 2)
        attack.run("SET CONSTRAINTS statement_line_has_event IMMEDIATE")
    with refused_by("statement_part_has_event"), attack.connection.transaction():
        split(attack, books, stored, 3, 2)
        attack.event(type="statement_line.joined", subject=str(stored.line))
        attack.run("SET CONSTRAINTS statement_part_has_event IMMEDIATE")
    split(attack, books, stored, 3, 2)
    attack.event(type="statement_line.split", subject=str(stored.line))
    commit(attack)
