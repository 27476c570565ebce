"""Each draft is checked for its form once on its way into the books."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from journals.drafts import check
from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity
from tests.client import ApiClient
from tests.importing import csv_file, import_journals

ITEMS = 3


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    return entity


def checks_in(work: Callable[[], object]) -> int:
    """How often `drafts.check` is called in this thread."""
    calls = 0

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code is check.__code__

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("mode", ["each", "atomic"])
def test_the_items_of_a_batch(books: Entity, mode: str) -> None:
    item = {"debit_account": "cash", "credit_account": "sales", "amount": "1.00"}
    body = {"mode": mode, "items": [item | {"idempotency_key": f"k{number}"} for number in range(ITEMS)]}
    client = ApiClient(books, "post")
    assert checks_in(lambda: client.post("/api/journals/batch", body)) == ITEMS


def test_the_journals_of_a_file(books: Entity, tmp_path: Path) -> None:
    rows = [("cash", "sales", "1.00")] * ITEMS
    file = csv_file(tmp_path / "x.csv", ("debit_account", "credit_account", "amount"), *rows)
    assert checks_in(lambda: import_journals(books, file)) == ITEMS
