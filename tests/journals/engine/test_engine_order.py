"""The order of refusals (docs/concepts.md): of two faults, the one earlier in this table is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any
from uuid import UUID

import msgspec
import pytest

from journals.dating import Calendar
from journals.drafts import Draft, Line
from journals.engine import Books, KnownKey
from journals.limits import AccountState
from tests.journals.engine.states import TODAY, a_state, books_of, outcome_of

pytestmark = pytest.mark.pure

REVERSED = UUID(int=7)


@dataclass
class Scene:
    """A transfer of 5.00 that would post, until faults are put into it; accounts 1 to 4 are all alike."""

    debit: dict[str, Any] = field(default_factory=lambda: {"account": "1", "amount": Decimal(5)})
    credit: dict[str, Any] = field(default_factory=lambda: {"account": "2", "amount": Decimal(-5)})
    draft: dict[str, Any] = field(default_factory=lambda: {"key": "k", "kind": "transfer"})
    books: Books = field(default_factory=lambda: books_of(*(a_state(code, "100.00") for code in "1234")))

    @property
    def accounts(self) -> list[AccountState]:
        return list(self.books.accounts.values())

    def outcome(self) -> str:
        lines = (Line(**self.debit), Line(**self.credit))
        return outcome_of(self.books, msgspec.convert({"lines": lines, **self.draft}, Draft))

    def block(self, **flags: bool) -> None:
        for account in self.accounts:
            for name, value in flags.items():
                setattr(account, name, value)
            account.blocked = True


def malformed(scene: Scene) -> None:
    scene.draft["description"] = "x" * 501


def idempotency_key_reused(scene: Scene) -> None:
    scene.books.keys["client", "k"] = KnownKey(b"of another request", 1)


def already_reversed(scene: Scene) -> None:
    scene.draft["reverses"] = REVERSED
    scene.books.reversed_journals.add(REVERSED)


def unknown_account(scene: Scene) -> None:
    scene.books.accounts.pop("2")


def same_account(scene: Scene) -> None:
    scene.debit["account"] = scene.credit["account"]


def header_account(scene: Scene) -> None:
    scene.block(header=True)


def account_closed(scene: Scene) -> None:
    scene.block(closed=True)


def account_frozen(scene: Scene) -> None:
    scene.block(outflow_frozen=True, inflow_frozen=True)


def currency_mismatch(scene: Scene) -> None:
    scene.debit["currency"] = "USD"


def unknown_dimension(scene: Scene) -> None:
    scene.debit.setdefault("dimensions", {})["colour"] = "red"


def precision_exceeded(scene: Scene) -> None:
    scene.debit["amount"] += Decimal("0.001")
    scene.credit["amount"] -= Decimal("0.001")


def unbalanced(scene: Scene) -> None:
    scene.debit["amount"] += Decimal(1)


def before_original(scene: Scene) -> None:
    scene.draft["not_before"] = date.max


def day_closed(scene: Scene) -> None:
    scene.books.calendar = Calendar(ordinary_through=date.max)


def future_date(scene: Scene) -> None:
    scene.draft["effective_date"] = TODAY + timedelta(days=1)


def unknown_dimension_value(scene: Scene) -> None:
    scene.books.dimensions = frozenset({"cost_centre"})
    scene.books.rules = scene.books.rules._replace(lists=frozenset({"cost_centre"}))
    scene.debit.setdefault("dimensions", {})["cost_centre"] = "NROTH"


def dimension_required(scene: Scene) -> None:
    scene.books.rules = scene.books.rules._replace(required={code: ["project"] for code in "1234"})


def insufficient_funds(scene: Scene) -> None:
    for account in scene.accounts:
        account.min_balance = Decimal(100)


def max_balance_exceeded(scene: Scene) -> None:
    for account in scene.accounts:
        account.max_balance = Decimal(100)


def version_mismatch(scene: Scene) -> None:
    scene.debit["expected_version"] = 9


def balance_mismatch(scene: Scene) -> None:
    scene.debit["expected_balance"] = Decimal(9)


Fault = Callable[[Scene], None]

# Refusals of one row are of the same rank: between them the order is not promised.
ORDER: list[list[Fault]] = [
    [malformed],
    [idempotency_key_reused],
    [already_reversed],
    [unknown_account],
    [same_account],
    [header_account, account_closed, account_frozen],
    [currency_mismatch, unknown_dimension],
    [precision_exceeded],
    [unbalanced],
    [before_original, day_closed, future_date],
    [unknown_dimension_value, dimension_required],
    [insufficient_funds, max_balance_exceeded],
    [version_mismatch, balance_mismatch],
]
FAULTS = [fault for rank in ORDER for fault in rank]
PAIRS = [(one, other) for earlier, later in combinations(ORDER, 2) for one in earlier for other in later]


def names(fault: Fault) -> str:
    return fault.__name__


def test_without_a_fault_it_posts() -> None:
    assert Scene().outcome() == "posted"


@pytest.mark.parametrize("fault", FAULTS, ids=names)
def test_each_fault_alone(fault: Fault) -> None:
    scene = Scene()
    fault(scene)
    assert scene.outcome() == fault.__name__


@pytest.mark.parametrize("earlier, later", PAIRS, ids=names)
def test_of_two_faults_the_earlier_is_answered(earlier: Fault, later: Fault) -> None:
    scene = Scene()
    later(scene)
    earlier(scene)
    assert scene.outcome() == earlier.__name__


def test_a_replay_is_found_before_anything_else_is_looked_at() -> None:
    scene = Scene()
    assert scene.outcome() == "posted"
    for fault in (unknown_account, account_closed, day_closed, insufficient_funds):
        fault(scene)
    assert scene.outcome() == "replayed"


def test_a_missing_key_is_the_first_fault_of_all() -> None:
    scene = Scene()
    malformed(scene)
    scene.draft["key"] = ""
    assert scene.outcome() == "idempotency_key_missing"
