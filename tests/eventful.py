"""Books in which something of everything has happened, and how to change them behind the guards' back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg

from accounts.changing import change_account, close_account, freeze_account
from accounts.currencies import add_currency
from journals.drafts import Draft, Line, reversed_lines
from journals.models import Journal
from journals.posting import post
from journals.proof.ledger import verify_in
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from tests.attacks import connect
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted

TABLES = (
    "books_entity", "books_event", "books_idempotencykey", "accounts_account", "accounts_balance", "accounts_currency",
    "journals_journal", "journals_posting", "journals_daytotal",
)  # fmt: skip
METADATA = {"invoice": "7", "ratio": 1e300, "tags": ["a", {"deep": True}], "none": None, "count": 2**70}


def eventful_books() -> Entity:
    """Something of everything that can happen."""
    entity = an_entity(dimensions=["project"])
    add_currency(entity, code="ETH", name="Ether", minor_units=18, actor="test")
    an_account(entity, "assets", is_header=True)
    an_account(entity, "cash", parent="assets", metadata={"iban": "DE00"})
    an_account(entity, "capital", "equity")
    an_account(entity, "wallet", "liability", min_balance="0", owner_id="u-1")
    an_account(entity, "vault", currency="ETH", max_balance="5")
    an_account(entity, "ether", "equity", currency="ETH")
    an_account(entity, "old")
    change_account(entity.id, "cash", {"name": "Cash in hand", "role": "cash"}, actor="test")
    change_account(entity.id, "wallet", {"max_balance": Decimal(1000)}, actor="test")
    freeze_account(entity.id, "vault", outflow=True, inflow=False, actor="test")
    close_account(entity.id, "old", actor="test")
    posted(entity, a_transfer("cash", "capital", "100.00", key="first", description="Seed"))
    posted(entity, a_transfer("cash", "wallet", "40.00", external_reference="R-1", metadata=METADATA))
    posted(
        entity,
        a_journal(
            Line("cash", Decimal("10.00"), description="tab\tand\nline", dimensions={"project": "x"}),
            Line("cash", Decimal("2.50")),
            ("capital", "-12.50"),
            ("vault", "0.000000000000000001"),
            ("ether", "-0.000000000000000001"),
            key="many",
        ),
    )
    advance_business_date(entity, TODAY + timedelta(days=2), actor="test")
    original = posted(entity, a_transfer("wallet", "cash", "15.00", effective_date=TODAY + timedelta(days=1)))
    assert original.event_sequence
    post(
        entity.id,
        Draft(
            key="back", kind="reversal", reverses=journal_id(entity, original.event_sequence),
            lines=reversed_lines((Line("wallet", Decimal(15)), Line("cash", Decimal(-15)))),
        ),
    )  # fmt: skip
    post(entity.id, a_transfer("wallet", "cash", "90.00", override_limits="a chargeback", key="over"))
    return entity


def journal_id(entity: Entity, sequence: int) -> Any:
    return Journal.objects.get(entity=entity, event_sequence=sequence).id


@contextmanager
def guards_down() -> Iterator[psycopg.Connection[Any]]:
    """A transaction without guards that nobody commits."""
    with connect() as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        yield connection
        connection.rollback()


def faults_after(connection: psycopg.Connection[Any], entity: Entity, *statements: str) -> list[Fault]:
    for statement in statements:
        changed = connection.execute(statement.encode(), {"entity": entity.id}).rowcount
        assert changed > 0, statement
    return verify_in(connection, entity.id).faults
