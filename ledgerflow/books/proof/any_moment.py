"""Reading dates and moments that Python has none for: infinity, and the years before 1 and after 9999.

psycopg raises for them, whatever the query was for. A proof has to name such a value, so on its connection they come
as the text that PostgreSQL writes.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.types.datetime import (
    DateBinaryLoader,
    DateLoader,
    TimestamptzBinaryLoader,
    TimestamptzLoader,
)

BEYOND = "a date that no calendar has"


class _DateLoader(DateLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


class _DateBinaryLoader(DateBinaryLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return BEYOND


class _MomentLoader(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


class _MomentBinaryLoader(TimestamptzBinaryLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return BEYOND


def read_any_moment(connection: psycopg.Connection[Any]) -> None:
    """From now on no date and no moment that this connection reads raises."""
    for name, loaders in (
        ("date", (_DateLoader, _DateBinaryLoader)),
        ("timestamptz", (_MomentLoader, _MomentBinaryLoader)),
    ):
        for loader in loaders:
            connection.adapters.register_loader(name, loader)
