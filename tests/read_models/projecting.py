"""Read models in tests: built from the event table, as far as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
from confluent_kafka import TopicPartition

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from ledgerflow.events.consuming.runner import Runner
from ledgerflow.events.read_models.histories import TableHistory
from tests.attacks import connect
from tests.consuming.fake_kafka import FakeClient


def builder(*entities: Entity, **given: Any) -> Runner:
    """The builder of the read models, for these entities alone; close it."""
    values: dict[str, Any] = {"source": "table", "only": [entity.id for entity in entities]} | given
    return Runner(registry.consumers["read_models"], **values)


def project(*entities: Entity) -> int:
    """Bring the read models of these entities up to their books; gives how many events were applied."""
    runner = builder(*entities)
    try:
        return runner.drain()
    finally:
        runner.close()


@contextmanager
def history(*entities: Entity) -> Iterator[TableHistory]:
    """The event table as the history of these entities alone."""
    with dedicated_connection("default") as log:
        yield TableHistory(log, [entity.id for entity in entities])


class TopicReader(FakeClient):
    """A client in no group, which chooses its partitions by itself."""

    def list_topics(self, topic: str, **_: Any) -> Any:
        found = SimpleNamespace(error=None, partitions=dict.fromkeys(range(len(self.topic.partitions))))
        return SimpleNamespace(topics={topic: found})

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.is_assigned = True
        super().assign(partitions)


@contextmanager
def read_models(**options: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the schema of the read models."""
    connection = dedicated_connection("read_models", **options)
    try:
        yield connection
    finally:
        connection.close()


# What the tables of the books say and what the read models say, in the same columns.
PAIRS = {
    "entities": (
        (
            "SELECT id, code, name, base_currency, time_zone, first_business_date, business_date, created_at"
            " FROM books_entity WHERE id = %(entity)s"
        ),
        (
            "SELECT id, code, name, base_currency, time_zone, first_business_date, business_date, created_at"
            " FROM read_models.entities WHERE id = %(entity)s"
        ),
    ),
    "accounts": (
        (
            "SELECT a.id, a.code, a.name, a.type, a.currency, a.normal_side, p.code, a.is_header, a.monetary, a.owner_id,"
            " a.role, a.cash_flow, a.term, a.metadata, b.min_balance, b.max_balance, a.outflow_frozen, a.inflow_frozen, a.opened_at,"
            " a.closed_at, a.revision FROM accounts_account a JOIN accounts_balance b ON b.account_id = a.id"
            " LEFT JOIN accounts_account p ON p.id = a.parent_id WHERE a.entity_id = %(entity)s"
        ),
        (
            "SELECT id, code, name, type, currency, normal_side, parent, is_header, monetary, owner_id, role, cash_flow, term, metadata,"
            " min_balance, max_balance, outflow_frozen, inflow_frozen, opened_at, closed_at, revision"
            " FROM read_models.accounts WHERE entity_id = %(entity)s"
        ),
    ),
    "balances": (
        (
            "SELECT a.code, b.debits, b.credits, b.held, b.version FROM accounts_account a"
            " JOIN accounts_balance b ON b.account_id = a.id WHERE a.entity_id = %(entity)s"
        ),
        "SELECT account, debits, credits, held, version FROM read_models.balances WHERE entity_id = %(entity)s",
    ),
    "account_days": (
        (
            "SELECT a.code, d.effective_date, sum(d.count), sum(d.debits), sum(d.credits) FROM accounts_account a"
            " JOIN journals_daytotal d ON d.account_id = a.id WHERE a.entity_id = %(entity)s GROUP BY 1, 2"
        ),
        (
            "SELECT account, effective_date, count, debits, credits FROM read_models.account_days"
            " WHERE entity_id = %(entity)s"
        ),
    ),
    "journals": (
        (
            "SELECT j.id, j.number, j.event_sequence, j.kind, j.layer, j.effective_date, j.original_date, j.recorded_at,"
            " j.actor, j.description, j.external_reference, j.reverses_id, r.id, j.metadata FROM journals_journal j"
            " LEFT JOIN journals_journal r ON r.reverses_id = j.id WHERE j.entity_id = %(entity)s"
        ),
        (
            "SELECT id, number, event_sequence, kind, layer, effective_date, original_date, recorded_at, actor,"
            " description, external_reference, reverses, reversed_by, metadata FROM read_models.journals"
            " WHERE entity_id = %(entity)s"
        ),
    ),
    "lines": (
        (
            "SELECT p.journal_id, p.line::bigint, a.code, p.currency, p.amount, p.description, p.dimensions"
            " FROM journals_posting p JOIN accounts_account a ON a.id = p.account_id WHERE p.entity_id = %(entity)s"
        ),
        (
            "SELECT j.id, l.line, l.one ->> 'account', l.one ->> 'currency',"
            " (l.one ->> 'amount')::numeric * CASE WHEN l.one ->> 'side' = 'debit' THEN 1 ELSE -1 END,"
            " coalesce(l.one ->> 'description', ''), l.one -> 'dimensions' FROM read_models.journals j"
            " CROSS JOIN jsonb_array_elements(j.lines) WITH ORDINALITY AS l (one, line) WHERE j.entity_id = %(entity)s"
        ),
    ),
    "amounts": (
        (
            "SELECT p.journal_id, p.currency, sum(p.amount) FROM journals_posting p"
            " WHERE p.entity_id = %(entity)s AND p.amount > 0 GROUP BY 1, 2"
        ),
        (
            "SELECT j.id, a.key, a.value::numeric FROM read_models.journals j CROSS JOIN jsonb_each_text(j.amounts) a"
            " WHERE j.entity_id = %(entity)s"
        ),
    ),
    "figures": (
        (
            "SELECT DISTINCT j.number, a.amount FROM journals_journal j CROSS JOIN LATERAL ("
            " SELECT abs(p.amount) FROM journals_posting p WHERE p.journal_id = j.id UNION"
            " SELECT sum(p.amount) FROM journals_posting p WHERE p.journal_id = j.id AND p.amount > 0 GROUP BY p.currency"
            ") AS a (amount) WHERE j.entity_id = %(entity)s"
        ),
        "SELECT number, amount FROM read_models.amounts WHERE entity_id = %(entity)s",
    ),
    "figures_of_journals": (
        "SELECT number, amount FROM read_models.amounts WHERE entity_id = %(entity)s",
        "SELECT number, unnest(figures) FROM read_models.journals WHERE entity_id = %(entity)s",
    ),
    "holds": (
        (
            "SELECT h.id, h.event_sequence, a.code, h.currency, h.amount FROM holds_hold h"
            " JOIN accounts_account a ON a.id = h.account_id WHERE h.entity_id = %(entity)s"
        ),
        "SELECT id, event_sequence, account, currency, amount FROM read_models.holds WHERE entity_id = %(entity)s",
    ),
    "entity_days": (
        (
            "SELECT j.effective_date, p.currency, count(DISTINCT j.id), sum(p.amount) FROM journals_journal j"
            " JOIN journals_posting p ON p.journal_id = j.id WHERE j.entity_id = %(entity)s AND p.amount > 0 GROUP BY 1, 2"
        ),
        "SELECT effective_date, currency, journals, volume FROM read_models.entity_days WHERE entity_id = %(entity)s",
    ),
    "entity_kinds": (
        "SELECT kind, count(*) FROM journals_journal WHERE entity_id = %(entity)s GROUP BY 1",
        "SELECT kind, journals FROM read_models.entity_kinds WHERE entity_id = %(entity)s",
    ),
    "entity_holds": (
        (
            "SELECT h.currency, count(*), sum(h.remaining) FROM holds_hold h"
            " WHERE h.entity_id = %(entity)s AND h.status = 'active' GROUP BY 1"
        ),
        "SELECT currency, open, held FROM read_models.entity_holds WHERE entity_id = %(entity)s AND open > 0",
    ),
    "open_accounts": (
        "SELECT count(*) FROM accounts_account WHERE entity_id = %(entity)s AND closed_at IS NULL",
        "SELECT open_accounts FROM read_models.entities WHERE id = %(entity)s",
    ),
    "callers": (
        "SELECT id, digest, scopes, person, expires_at, revoked_at FROM access_apikey WHERE entity_id = %(entity)s",
        (
            "SELECT id, digest, to_jsonb(scopes), person, expires_at, revoked_at FROM read_models.callers"
            " WHERE entity_id = %(entity)s"
        ),
    ),
}


def unlike_the_books(entity: Entity) -> list[str]:
    """The rows that only the books or only the read models have, where the two are in one database."""
    found = []
    with connect() as connection:
        for name, (books, views) in PAIRS.items():
            for first, second in ((books, views), (views, books)):
                statement = f"({first}) EXCEPT ALL ({second})".encode()
                found += [f"{name}: {row}" for row in connection.execute(statement, {"entity": entity.id})]
    return found
