"""Books with owners of credits."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from accounts.founding import found_books
from accounts.models import Balance
from apps.credits.use_cases import Request, run_operations
from apps.credits.wallets import WALLET
from apps.operations.running import Runner
from bench import traffic
from bench.books import ACTOR, CURRENCY, BenchBooks, key_for
from bench.credits.application import BenchCredits

AT_ONCE = 1_000
RUNNER = Runner(ACTOR, frozenset({"post", "manage"}))
PATH, DOOR = "/api/credits/operations", "/ledger"


def credit_books(name: str, first_day: date | None = None) -> BenchBooks:
    """An entity with a key, and without a wallet: the first grant of an owner opens it."""
    entity = found_books(
        code=f"credits-{name}-{uuid4().hex[:8]}",
        name=f"Benchmark: {name}",
        base_currency=CURRENCY,
        business_date=first_day or datetime.now(UTC).date(),
    )
    return BenchBooks(entity, [], key_for(entity, "read", "post"), os.environ["DATABASE_URL"])


def requests(books: BenchBooks, operation: str, owners: Sequence[str]) -> list[bytes]:
    """One request with a key of its own for each of `owners`, of the amount that the operation has by default."""
    beginning = traffic.head(books, PATH)
    bodies = (b'{"operation":"%b","owner_id":"%b"}' % (operation.encode(), owner.encode()) for owner in owners)
    return [traffic.keyed(beginning, body) for body in bodies]


def entries(books: BenchBooks, operation: str, owners: Sequence[str]) -> list[bytes]:
    """The same for the literal endpoint, each with a nonce of its own."""
    beginning = traffic.head(books, DOOR)
    made = []
    for owner in owners:
        told = operation.encode(), owner.encode(), traffic.key().encode()
        body = b'{"operation":"%b","owner_id":"%b","nonce":"%b"}' % told
        made.append(b"%bContent-Length: %d\r\n\r\n%b" % (beginning, len(body), body))
    return made


def batches(books: BenchBooks, operation: str, owners: Sequence[str], count: int, items: int) -> list[bytes]:
    """`count` requests of so many operations, each for itself, with keys of their own, for owners at random."""
    beginning = traffic.head(books, f"{PATH}/batch")
    made = []
    for _ in range(count):
        body = (
            b'{"mode":"each","items":[%b]}'
            % ",".join(
                f'{{"operation":"{operation}","owner_id":"{owner}","idempotency_key":"{traffic.key()}"}}'
                for owner in random.choices(owners, k=items)
            ).encode()
        )
        made.append(b"%bContent-Length: %d\r\n\r\n%b" % (beginning, len(body), body))
    return made


def grant_all(books: BenchBooks, operation: str, amounts: Mapping[str, int]) -> None:
    """Grant to each owner; the first grant of an owner opens the wallet."""
    for some in _parts(list(amounts.items())):
        wanted = [Request(BenchCredits, operation, owner, traffic.key(), Decimal(amount)) for owner, amount in some]
        refused = [one.refusal for one in run_operations(books.id, wanted, RUNNER) if one.refusal is not None]
        assert not refused, refused[0]


def balances(books: BenchBooks) -> dict[str, int]:
    """What is in each wallet, by owner."""
    rows = Balance.objects.filter(account__entity_id=books.id, account__role=WALLET)
    found = rows.values_list("account__owner_id", "credits", "debits")
    return {owner: int(given - taken) for owner, given, taken in found}


def sum_of(books: BenchBooks, role: str) -> int:
    """Debits less credits of the account with a role."""
    rows = Balance.objects.filter(account__entity_id=books.id, account__role=role)
    return sum(int(debits - credits_) for debits, credits_ in rows.values_list("debits", "credits"))


def _parts(amounts: Sequence[tuple[str, int]]) -> Iterator[Sequence[tuple[str, int]]]:
    yield from (amounts[start : start + AT_ONCE] for start in range(0, len(amounts), AT_ONCE))
