"""What happened to bank accounts and their statements, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec

from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.events import Fact


class BankAccountSetFact(Fact, frozen=True):
    """Somebody else keeps statements of an account of ours; the event carries all that is known of how to read them."""

    event_type = "bank_account.set"

    id: UUID
    account: str
    name: str
    identifier: str
    currency: str
    column_map: dict[str, Any] | None
    mirror: str | None = None  # the code of the account of ours whose postings are its lines


class ContinuityBreak(msgspec.Struct, frozen=True):
    """Two statements of which one does not begin where the other ends. Amounts are decimal strings.

    `before`: the other one, `statement`, comes before and ends at `expected`, and the new lines begin at `found`.
    `after`: the new one ends at `expected`, and the other one, which follows, begins at `found`.
    """

    side: Literal["before", "after"]
    kind: Literal["gap", "overlap"]
    statement: int
    expected: str
    found: str
    difference: str


class StatementImportedFact(Fact, frozen=True):
    """A statement came in with a file. Amounts are signed as we see them.

    `line_count` and `lines_total` are those of all its lines in the file; `seen_count` and `seen_total` those of them
    that were there already. `lines_sha256` is over the content of the others, in their order (`line_content`). Where
    the lines are the postings of another account of ours, `format` is `mirror`, and `file_name` is its code.
    """

    event_type = "statement.imported"

    id: UUID
    bank_account: UUID
    number: int
    format: str
    file_name: str
    file_sha256: str
    place: int
    label: str
    currency: str
    first_day: date | None
    last_day: date | None
    opening_day: date | None
    opening_balance: str | None
    closing_day: date | None
    closing_balance: str | None
    is_proven: bool
    line_count: int
    lines_total: str
    seen_count: int
    seen_total: str
    lines_sha256: str
    breaks: list[ContinuityBreak]
    idempotency_key: str = ""  # on the first statement of an import that has one
    fingerprint: str = ""
    key_issuer: str = CLIENT


class StatementUndoneFact(Fact, frozen=True):
    """An import was taken back: the statement and its lines count no more, and the same lines may come again."""

    event_type = "statement.undone"

    id: UUID
    number: int
    reason: str
    idempotency_key: str = ""  # on the first statement of an import that is undone
    fingerprint: str = ""
    key_issuer: str = CLIENT


class BalancesStatedFact(Fact, frozen=True):
    """Somebody stated the balances that the file did not have, and the lines lead from one to the other."""

    event_type = "statement.balances_stated"

    id: UUID
    number: int
    opening_day: date
    opening_balance: str
    closing_day: date
    closing_balance: str
    breaks: list[ContinuityBreak]


class PartOfLine(msgspec.Struct, frozen=True):
    """A part within its event."""

    id: UUID
    part: int
    amount: str
    customer_reference: str
    text: str


class LineSplitFact(Fact, frozen=True):
    """A line was split into parts that add up to it; the rest of each part is as in the line."""

    event_type = "statement_line.split"

    id: UUID
    statement: UUID
    number: int
    parts: list[PartOfLine]
    idempotency_key: str = ""  # where the split was asked for with one
    fingerprint: str = ""
    key_issuer: str = CLIENT


class LineJoinedFact(Fact, frozen=True):
    """The parts of a line were joined again: it is matched as a whole, and they count no more."""

    event_type = "statement_line.joined"

    id: UUID
    statement: UUID
    number: int
    parts: list[UUID]
    idempotency_key: str = ""  # where it was asked for with one
    fingerprint: str = ""
    key_issuer: str = CLIENT


FACTS = (
    BankAccountSetFact, StatementImportedFact, StatementUndoneFact, BalancesStatedFact, LineSplitFact, LineJoinedFact,
)  # fmt: skip
