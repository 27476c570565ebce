"""Mirrors by plain SQL: what can be mirrored, that it stays, and which statements come in."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from recon.statements.mirrors.bringing import bring_in
from tests.attacks import Attack, Books, refused_by
from tests.builders import an_account, an_entity
from tests.statements.banking import CSV_COLUMNS, a_bank_account, a_statement_file, imported

pytestmark = pytest.mark.every_server

BANK, STATEMENT = "statements_bankaccount", "statements_statement"
MOMENT = "2026-03-02T12:00:00Z"


class Stored(NamedTuple):
    """A mirror of capital with a statement, and a bank account with one of a file."""

    mirror: UUID
    bank: UUID


@pytest.fixture(scope="module")
def stored(books: Books) -> Stored:
    mirror = a_bank_account(books.entity, "cash", mirror="capital")
    bring_in(books.id, mirror.pk, actor="test")
    bank = a_bank_account(books.entity, "house")
    answer = imported(books.entity, bank, a_statement_file(("5.00", "A")))
    books.last_sequence = answer.statements[0].event_sequence or 0
    return Stored(mirror.pk, bank.pk)


def a_mirror(books: Books, **changes: Any) -> dict[str, Any]:
    """A mirror that would fit into the books."""
    return {
        "id": uuid4(), "entity_id": books.id, "account_id": books.capital, "currency": "EUR", "name": "x",
        "identifier": "", "mirror_id": books.cash, "event_sequence": books.last_sequence + 1, "updated_at": MOMENT,
        "actor": "attacker",
    } | changes  # fmt: skip


def test_what_is_mirrored_takes_postings_in_these_books_and_this_currency(attack: Attack, books: Books) -> None:
    stranger = an_account(an_entity(), "cash").id
    for mirrored in (stranger, books.assets, books.dollars, uuid4()):
        with refused_by("bank_account_mirror"), attack.connection.transaction():
            attack.insert(BANK, **a_mirror(books, mirror_id=mirrored))


def test_it_is_another_account_and_no_files_are_read(attack: Attack, books: Books) -> None:
    for changes in ({"mirror_id": books.capital}, {"column_map": Jsonb(CSV_COLUMNS)}):
        with refused_by("bank_account_mirrors_another"), attack.connection.transaction():
            attack.insert(BANK, **a_mirror(books, **changes))


def test_it_stays_while_a_statement_stands(attack: Attack, books: Books, stored: Stored) -> None:
    house = attack.value("SELECT account_id FROM statements_bankaccount WHERE id = %s", stored.bank)
    for bank, mirrored in ((stored.mirror, house), (stored.mirror, None), (stored.bank, books.capital)):
        with refused_by("bank_account_mirror_is_fixed"), attack.connection.transaction():
            attack.run(f"UPDATE {BANK} SET mirror_id = %s WHERE id = %s", mirrored, bank)


def test_statements_of_files_and_of_postings_are_not_mixed(attack: Attack, books: Books, stored: Stored) -> None:
    for bank, format_ in ((stored.mirror, "csv"), (stored.bank, "mirror")):
        with refused_by("statement_fits_bank_account"), attack.connection.transaction():
            attack.insert(
                STATEMENT, id=uuid4(), entity_id=books.id, bank_account_id=bank, number=9, status="imported",
                format=format_, file_name="x", file_sha256="0" * 64, place=1, label="", currency="EUR",
                is_proven=False, line_count=0, lines_total=0, seen_count=0, seen_total=0, lines_sha256=bytes(32),
                event_sequence=books.last_sequence + 1, changed_sequence=books.last_sequence + 1, recorded_at=MOMENT,
                actor="attacker",
            )  # fmt: skip
