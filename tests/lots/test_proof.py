"""The proof of lots: rows that somebody changed with the triggers off are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from journals.lots.models import Lot
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from tests.builders import unguarded
from tests.lots.granting import credit_books, grant, left, posted_fact, sale, spend
from tests.lots.test_lots import hold

pytestmark = pytest.mark.every_server


def forged_books() -> Entity:
    """Two lots of a wallet; a spend that was reversed, and a hold."""
    books = credit_books()
    post_many(books.id, [sale("10", "1.00", expires_on=5), grant("10")])
    spent = posted_fact(books, spend("4"))
    reverse_journal(books.id, spent.id, key="back", actor="test")
    hold(books, "3")
    return books


ONE_MORE = """
    INSERT INTO lots_lotentry SELECT (jsonb_populate_record(e, '{"number": 9, PLACE}')).*
    FROM lots_lotentry e WHERE lot_id = %(lot)s AND number = 2
"""
FORGERIES: dict[str, tuple[str, set[str]]] = {
    "more is left": ("UPDATE lots_lot SET remaining = 9 WHERE id = %(lot)s", {"lots_lot remaining", "accounts_balance lots"}),
    "less is left": ("UPDATE lots_lot SET remaining = remaining - 1, amount = amount - 1 WHERE id = %(lot)s",
                     {"lots_lot remaining", "lots_lot amount", "accounts_balance lots"}),
    "for longer": ("UPDATE lots_lot SET expires_on = NULL WHERE id = %(lot)s", {"lots_lot expires_on"}),
    "of another cost": ("UPDATE lots_lot SET cost_left = 0 WHERE id = %(lot)s", {"lots_lot cost_left"}),
    "not pinned": ("UPDATE lots_lot SET pinned = 0 WHERE id = %(lot)s", {"lots_lot pinned"}),
    "another pin": ("UPDATE lots_pin SET amount = 2 WHERE lot_id = %(lot)s", {"lots_pin amount"}),
    "pinned beyond what is held": ("UPDATE lots_lot SET pinned = 7 WHERE id = %(lot)s", {"lots_lot pinned", "accounts_balance held"}),
    "an entry of another amount": ("UPDATE lots_lotentry SET amount = 5 WHERE lot_id = %(lot)s AND number = 2", {"lots_lotentry amount"}),
    "an entry is gone": ("DELETE FROM lots_lotentry WHERE lot_id = %(lot)s AND number = 3", {"lots_lotentry entry"}),
    "an entry too many": (ONE_MORE.replace("PLACE", '"place": 9'), {"lots_lotentry entry"}),
    "an entry of no event": (ONE_MORE.replace("PLACE", '"place": 9, "event_sequence": 1'), {"lots_lotentry entry"}),
    "a lot is gone": ("DELETE FROM lots_lot WHERE id = %(lot)s", {"lots_lot lot", "accounts_balance lots", "lots_pin account_id"}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_lot_is_named(name: str) -> None:
    books = forged_books()
    assert (verify_books(books.id), left(books)) == ([], "10(3) 10")
    statement, said = FORGERIES[name]
    with unguarded(), connection.cursor() as cursor:
        lot = Lot.objects.get(entity=books, arrival=1).id
        cursor.execute(statement, {"lot": lot})
    faults = verify_books(books.id)
    assert {f"{fault.table} {fault.what.partition(' of ')[0]}" for fault in faults} == said
    assert any(str(lot) in fault.key or fault.key == "wallet" for fault in faults)


def test_events_that_contradict_each_other_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    books = forged_books()
    change: Callable[[str], str]
    for change, said in (
        (lambda data: data.replace('"action":"returned"', '"action":"spent"'), "remaining"),
        (lambda data: data.replace('"action":"granted"', '"action":"spent"'), "lots"),
        (lambda data: data.replace('"pins":[{"amount"', '"pins":[{"amuont"'), "data"),
        (lambda data: data.replace('"pins":[{"amount":"3"', '"pins":[{"amount":"-3"'), "pins"),
    ):
        with connection.cursor() as cursor:
            cursor.execute("SELECT sequence, data FROM books_event WHERE entity_id = %s", [books.id])
            rows = [(sequence, data) for sequence, data in cursor.fetchall() if change(data) != data]
            with unguarded():
                cursor.executemany(
                    "UPDATE books_event SET data = %s WHERE entity_id = %s AND sequence = %s",
                    [(change(data), books.id, sequence) for sequence, data in rows],
                )
                faults = verify_books(books.id)
                cursor.executemany(
                    "UPDATE books_event SET data = %s WHERE entity_id = %s AND sequence = %s",
                    [(data, books.id, sequence) for sequence, data in rows],
                )
        assert rows
        assert said in {fault.what for fault in faults if fault.table == "books_event"}
    post(books.id, grant("1"))
    assert verify_books(books.id) == []
