"""Books in which something of everything has happened, and a connection on which no guard holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledgerflow.books.models import Entity
from tests.eventful import eventful_books, guards_down


@pytest.fixture(scope="module")
def entity() -> Entity:
    return eventful_books()


@pytest.fixture
def unguarded() -> Iterator[psycopg.Connection[Any]]:
    with guards_down() as connection:
        yield connection
