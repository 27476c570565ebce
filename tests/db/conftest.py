from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.db.attacks import Attack, Books


@pytest.fixture(scope="module")
def books() -> Books:
    """Books that every attack of a module meets: none gets through, so nothing of it is left for the next."""
    from tests.db.attacks import Books

    return Books()


@pytest.fixture
def attack(books: Books) -> Iterator[Attack]:
    from tests.db.attacks import Attack, connect

    with connect() as connection:
        yield Attack(connection, books)
        connection.rollback()
