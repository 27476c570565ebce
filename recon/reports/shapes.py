"""A statement of reconciliation, and what is reported beside it. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec


class OutstandingItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item that only one side had by the date. `id` is that of the line, or the journal of the posting.

    `effect` is what it adds on the way from the books to the bank; `match` is the match that its counterpart, which is
    dated later, has with it today.
    """

    side: Literal["bank", "books"]
    id: UUID
    version: int | None
    day: date
    amount: str
    effect: str
    text: str
    match: int | None


class ResidualItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a match leaves unexplained: the bank's amounts less ours."""

    match: int
    effect: str
    explanation: str


class CasesOfAge(msgspec.Struct, frozen=True):
    """How many exceptions of an age are open at the date, by kind."""

    age: str
    count: int
    kinds: dict[str, int]


class RuleRate(msgspec.Struct, frozen=True):
    """What a rule has matched of the bank's lines up to the date; "" is what has no match. `share` is a per cent."""

    rule: str
    matches: int
    lines: int
    amount: str
    share: str


class ReconStatement(msgspec.Struct, frozen=True, kw_only=True):
    """The way from the balance of the books to that of the bank at the end of `day`, item by item.

    `book_balance` with the effects of all items is `explained`; `unexplained` is what is left to `bank_balance`, which
    is null where no statement says it. `is_tied`: nothing is left. `reasons` say why it cannot be finished.
    """

    bank_account: UUID
    account: str
    name: str
    currency: str
    day: date
    book_balance: str
    outstanding_books: list[OutstandingItem]
    outstanding_bank: list[OutstandingItem]
    residuals: list[ResidualItem]
    explained: str
    bank_balance: str | None
    unexplained: str | None
    is_tied: bool
    can_finish: bool
    reasons: list[str]
    last_statement: int | None
    opening_bank: str | None
    opening_books: str
    exceptions: list[CasesOfAge]
    rules: list[RuleRate]


class ReconReport(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of some bank accounts, all read at one moment; `event_sequence` is the last event that counts."""

    title: str
    entity: str
    entity_name: str
    day: date
    event_sequence: int
    recorded_at: datetime | None
    statements: list[ReconStatement]
