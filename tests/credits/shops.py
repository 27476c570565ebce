"""Applications of tests, and books in which one of them has run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar
from uuid import uuid4

from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from journals.events import JournalFact, read_fact
from ledgerflow.books.models import Entity

SHOP = "tests.credits.shops.Gallery"
EVERYTHING = Runner("key:1", frozenset({"post", "manage"}))


class Gallery(BaseLedgerOperations):
    """Gifts are for images, or for the arcade."""

    NAME = "gallery"
    LOW_BELOW = (10, 3)
    EXPIRING_DAYS = (30, 7)
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("GIFT", "grant", Amount(fixed=7), expires_after_days=5, priority=2, usable_for=("IMAGE", "arcade")),
        Operation("IMAGE", "spend", Amount(fixed=5)),
        Operation("GOODWILL", "grant", Amount(least=1, most=500), four_eyes=True),
    )


def run(books: Entity, operation: str, owner: str = "ann", amount: str = "") -> JournalFact:
    """Run an operation of the gallery; gives its journal."""
    given = Decimal(amount) if amount else None
    return read_fact(
        run_operation(books.id, Request(Gallery, operation, owner, uuid4().hex, given), EVERYTHING).journal
    )
