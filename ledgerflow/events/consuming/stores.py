"""Where consumers keep their positions: in the books, or beside the read models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from ledgerflow.books.connections import dedicated_connection
from ledgerflow.core.plugins import Consumer

BOOKS = "books"
READ_MODELS = "read_models"
ALIASES = {BOOKS: "default", READ_MODELS: "read_models"}
TABLES = Path(__file__).with_name("tables.sql")  # for a schema of read models
LEASE_SECONDS = 6
# A process that stops in the middle of a transaction holds the row that another one would take over: the server ends
# its session when the lease does.
SESSION = {
    "idle_in_transaction_session_timeout": f"{LEASE_SECONDS}s",
    "lock_timeout": "10s",
    "plan_cache_mode": "force_generic_plan",
}


def connection_for(consumer: Consumer) -> psycopg.Connection[Any]:
    """A new connection to where the consumer's tables are."""
    return dedicated_connection(ALIASES[consumer.database], **SESSION)
