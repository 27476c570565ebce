"""A forger who knows the hash chain and makes it right again is found by the rows, and by the facts themselves."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from journals.proof.ledger import verify_in
from ledgerflow.books.eventlog import GENESIS, EventRow, chain_hash
from ledgerflow.books.models import Entity

pytestmark = pytest.mark.every_server


def rehashed(connection: psycopg.Connection[Any], entity: Entity, sequence: int, replace: tuple[str, str]) -> None:
    """A forger who knows the chain: one event rewritten, and every hash after it made right again."""
    head = GENESIS
    rows = connection.execute(
        """SELECT sequence, id, type, subject, data, actor, recorded_at FROM books_event
           WHERE entity_id = %s ORDER BY sequence""",
        (entity.id,),
    ).fetchall()
    for number, id_, type_, subject, data, actor, moment in rows:
        if number == sequence:
            assert replace[0] in data
            data = data.replace(*replace)  # noqa: PLW2901
        text = moment.isoformat(timespec="microseconds")
        head = chain_hash(head, EventRow(entity.id, number, id_, type_, subject, data, actor, text))
        connection.execute(
            "UPDATE books_event SET data = %s, hash = %s WHERE entity_id = %s AND sequence = %s",
            (data, head, entity.id, number),
        )


@pytest.mark.parametrize(
    "replace, table, what",
    [
        (("100.00", "100.01"), "journals_posting", "amount"),
        (('"side":"debit"', '"side":"credit"'), "journals_posting", "amount"),
        (('"balance":"100.00"', '"balance":"1.00"'), "books_event", "balance of"),
        (('"available":"100.00"', '"available":"1.00"'), "books_event", "available of"),
        (('"debits":"100.00"', '"debits":"1.00"'), "books_event", "debits of"),
        (('"held":"0.00"', '"held":"7.00"'), "books_event", "held of"),
        (('"version":1', '"version":2'), "books_event", "version of"),
        (('"account":"cash"', '"account":"bank"'), "books_event", "account of line"),
        (('"amount":"100.00"', '"amount":"many"'), "books_event", "data"),
        (('"lines":', '"lanes":'), "books_event", "data"),
        (('"idempotency_key":"first"', '"idempotency_key":"1st"'), "books_idempotencykey", "key of event"),
        (('"number":1', '"number":7'), "books_event", "number"),
        (('"effective_date":"2026-03-02"', '"effective_date":"2026-03-20"'), "journals_journal", "effective_date"),
    ],
)  # fmt: skip
def test_a_forger_who_rehashes_is_found_by_the_rows(
    unguarded: psycopg.Connection[Any], entity: Entity, replace: tuple[str, str], table: str, what: str
) -> None:
    sequence = entity.events.filter(type="journal.posted").order_by("sequence")[0].sequence
    rehashed(unguarded, entity, sequence, replace)
    faults = verify_in(unguarded, entity.id).faults
    assert any(fault.table == table and fault.what.startswith(what) for fault in faults), faults
    assert not any(fault.what == "hash" for fault in faults)


@pytest.mark.parametrize(
    "type_, replace, what",
    [
        ("account.opened", ('"code":"assets"', '"code":"cash"'), "account"),
        ("account.opened", ('"id":"0', '"id":"1'), "subject"),
        ("account.changed", ('"code":"cash"', '"code":"kasse"'), "account"),
        ("business_date.advanced", ('"from":"2026-03-02"', '"from":"2026-03-01"'), "change"),
        ("business_date.advanced", ('"to":"2026-03-04"', '"to":"2026-03-01"'), "change"),
        ("business_date.advanced", ('"to"', '"two"'), "data"),
        ("entity.created", ('"business_date":"2026-03-02"', '"business_date":"soon"'), "data"),
        ("currency.added", ('"minor_units"', '"units"'), "data"),
        ("journal.posted", ('"id":"0', '"id":"1'), "subject"),
    ],
)  # fmt: skip
def test_a_forged_fact_is_named(
    unguarded: psycopg.Connection[Any], entity: Entity, type_: str, replace: tuple[str, str], what: str
) -> None:
    sequence = entity.events.filter(type=type_).order_by("sequence")[0].sequence
    rehashed(unguarded, entity, sequence, replace)
    first = next(
        fault for fault in verify_in(unguarded, entity.id).faults if fault.table == "books_event" and fault.what == what
    )
    assert first.key in {str(sequence), str(sequence + 1)}


def test_the_sum_over_all_accounts(unguarded: psycopg.Connection[Any], entity: Entity) -> None:
    """One line in another currency than its account's would balance nowhere: forged in log and rows alike."""
    sequence = entity.events.filter(type="journal.posted").order_by("sequence")[0].sequence
    rehashed(
        unguarded,
        entity,
        sequence,
        ('"amount":"100.00","currency":"EUR","side":"credit"', '"amount":"90.00","currency":"EUR","side":"credit"'),
    )
    faults = verify_in(unguarded, entity.id).faults
    assert "sum in EUR" in {fault.what for fault in faults}
    assert "sum of all accounts in EUR" in {fault.what for fault in faults}
