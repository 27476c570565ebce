"""What a report answers: its body as JSON. Amounts are decimal strings in major units, at their currency's scale."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

RowKind = Literal["section", "heading", "account", "computed", "subtotal", "total"]

# Names of computed lines, as auditors use them.
PERIOD_RESULT = "Profit or loss for the period"
PRIOR_YEARS = "Prior-year earnings not yet allocated"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What every report says of itself.

    `event_sequence` is the last event that counts and `recorded_at` its moment: the data cut. `parameters` are those
    that apply, defaults included.
    """

    title: str
    entity: str
    entity_name: str
    parameters: dict[str, str]
    event_sequence: int
    recorded_at: datetime | None
    generated_at: datetime
    notes: list[str] = []


class AmountColumn(msgspec.Struct, frozen=True):
    """`key` is its name in the `amounts` of rows, `title` what is printed above it."""

    key: str
    title: str


class TreeRow(msgspec.Struct, frozen=True):
    """A line of a report over the tree of accounts, in printing order; `level` 0 stands at the edge.

    A "section" or "heading" opens what a "subtotal" or "total" of the same level closes. "computed" lines have no
    account: earnings, the translation difference. `account` is the code of an account or header.
    """

    kind: RowKind
    level: int
    name: str
    account: str | None
    amounts: dict[str, str]


class Block(msgspec.Struct, frozen=True):
    """The rows of one currency."""

    currency: str
    rows: list[TreeRow]


class TreeReport(Report, frozen=True, kw_only=True):
    """`columns` lists what is printed; `amounts` of rows may hold more."""

    columns: list[AmountColumn]
    blocks: list[Block]


class Movement(msgspec.Struct, frozen=True):
    """A posting on a statement; `balance` runs in the order shown, on the account's normal side.

    `counter_accounts` are codes of accounts on the other side of the journal in this currency, four at most. `reverses`
    is the number of the journal that this one reverses.
    """

    effective_date: date
    journal_number: int
    kind: str
    layer: str
    description: str
    external_reference: str
    recorded_at: datetime
    version: int
    debit: str | None
    credit: str | None
    balance: str
    counter_accounts: list[str]
    reverses: int | None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """An account from one date to another: opening + (its) movements = closing, on the account's normal side."""

    account: str
    name: str
    currency: str
    normal_side: str
    from_date: date = msgspec.field(name="from")
    to_date: date = msgspec.field(name="to")
    opening: str
    debits: str
    credits: str
    closing: str
    lines: list[Movement]


class LogCheckpoint(msgspec.Struct, frozen=True):
    """The newest checkpoint of the event log when the report was made: its first `size` events are signed.

    `root` is in base64, as in the note; `note_sha256` of the note's UTF-8, hexadecimal.
    """

    size: int
    root: str
    note_sha256: str


class LinesReport(Report, frozen=True, kw_only=True):
    """One section per account (general ledger), or per period of one account (statement)."""

    checkpoint: LogCheckpoint | None = None
    sections: list[Section]
