"""Receivers of these tests are on loopback, which no receiver may be unless a setting says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledgerflow.books.borrowing import close_borrowed
from tests.webhooks.receiving import allowing_loopback


@pytest.fixture(autouse=True)
def _loopback() -> Iterator[None]:
    with allowing_loopback:
        yield
    close_borrowed()
