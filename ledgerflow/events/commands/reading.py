"""What became of commands, for those who compare it with what they know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

RESULTS = """
    SELECT id, result_sequence FROM commands_command
    WHERE entity_id = %s AND type = %s AND status = 'completed' ORDER BY number
"""


def results_of(connection: psycopg.Connection[Any], entity_id: UUID, type_: str) -> Iterator[tuple[UUID, int]]:
    """The completed commands of a type, each with the event that is its answer."""
    yield from connection.execute(RESULTS, (entity_id, type_))
