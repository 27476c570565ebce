"""Builders of holds for tests: through the real use cases, amounts as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from accounts.balances import balance_now
from journals.hold_events import HoldFact, read_hold_fact
from journals.hold_states import HoldSpec
from journals.holds import use_cases as holds
from journals.holds.answering import HoldAnswer
from journals.holds.extending import extend_hold
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from tests.builders import a_transfer, an_account, an_entity, posted

IN_2096 = datetime(2096, 1, 1, 12, tzinfo=UTC)
LONG = 4_000_000_000  # seconds that a clock of a test may be ahead


def a_wallet(funds: str = "100.00", **given: Any) -> Entity:
    """Books with a wallet that holds `funds` and cannot be overdrawn, cash behind it, and a shop to pay."""
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "wallet", "liability", **({"min_balance": "0"} | given))
    an_account(entity, "shop", "liability")
    posted(entity, a_transfer("cash", "wallet", funds))
    return entity


def hold(entity: Entity, amount: str, account: str = "wallet", **given: Any) -> HoldAnswer:
    """Place a hold; `key` is random unless given."""
    key = given.pop("key", uuid4().hex)
    return holds.place_hold(entity.id, HoldSpec(account, Decimal(amount), **given), key=key, actor="test")


def held(entity: Entity, amount: str, account: str = "wallet", **given: Any) -> UUID:
    """Place a hold and give its id."""
    return fact_of(hold(entity, amount, account, **given)).id


def capture(
    entity: Entity, hold_id: UUID, amount: str | None = None, counter: str = "shop", **given: Any
) -> HoldAnswer:
    """Capture so much, or all that is left."""
    values = {"key": uuid4().hex, "actor": "test"} | given
    wanted = None if amount is None else Decimal(amount)
    return holds.capture_hold(entity.id, hold_id, counter_account=counter, amount=wanted, **values)


def release(entity: Entity, hold_id: UUID, amount: str | None = None, **given: Any) -> HoldAnswer:
    """Release so much, or all that is left."""
    values = {"key": uuid4().hex, "actor": "test"} | given
    return holds.release_hold(entity.id, hold_id, amount=None if amount is None else Decimal(amount), **values)


def extend(entity: Entity, hold_id: UUID, expires_at: datetime | None, **given: Any) -> HoldAnswer:
    """Let it expire then, or never."""
    values = {"key": uuid4().hex, "actor": "test"} | given
    return extend_hold(entity.id, hold_id, expires_at=expires_at, **values)


def a_busy_wallet() -> Entity:
    """Two holds, one captured in two parts with a transfer in between, and one of the shop, which was extended."""
    entity = a_wallet()
    extend(entity, held(entity, "1.00", "shop", description="Deposit"), IN_2096, reason="Later")
    first = held(entity, "60.00", description="Hotel")
    capture(entity, first, "25.00")
    posted(entity, a_transfer("cash", "wallet", "5.00"))
    second = held(entity, "10.00")
    capture(entity, first, "30.00", release_remainder=True)
    release(entity, second)
    return entity


def fact_of(answer: HoldAnswer) -> HoldFact:
    return read_hold_fact(answer.hold)


def stands(entity: Entity, account: str = "wallet") -> tuple[str, str, str]:
    """Balance, held and available."""
    now = balance_now(entity.id, account)
    return now.balance, now.held, now.available


class Later:
    """A clock that can be moved on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta(0)
        real = clocks.now
        monkeypatch.setattr(clocks, "now", lambda: real() + self._ahead)
        monkeypatch.setattr(settings, "LEDGERFLOW_CLOCK_LEAD_SECONDS", LONG)  # the database's clock stays where it is

    def by(self, **spans: int) -> None:
        self._ahead += timedelta(**spans)
