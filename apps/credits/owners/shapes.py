"""What is answered about owners. Amounts are decimal strings at the scale of their unit."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from journals.lots.reading import LotResponse
from reports.shapes import Report


class ApplicationSpendable(msgspec.Struct, frozen=True):
    """What a spend of an application could take: of any of its operations, and of each by name.

    Null where the wallet may be overdrawn without limit.
    """

    application: str
    spendable: str | None
    operations: dict[str, str | None]


class WalletCredits(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner has in one unit; `wallet` is null, and all is zero, where he has none.

    `total` is the balance: what remains of lots less what is `owed`. What is `over` has not expired yet and is spent no
    more; `pinned` is kept by holds, and null in the past: pins are not kept by date. `lots` are the open ones in the
    order of spending, at most 500; `more` says that there are others.
    """

    unit: str
    wallet: str | None
    total: str
    pinned: str | None
    owed: str
    over: str
    not_valid_yet: str
    expiring_in_7_days: str
    expiring_in_30_days: str
    spendable: list[ApplicationSpendable]
    lots: list[LotResponse]
    more: bool


class OwnerCredits(msgspec.Struct, frozen=True):
    """An owner on a day, in each unit of credits; zeros for one nobody knows."""

    owner_id: str
    day: date
    as_of: date | None
    known_at: datetime | None
    wallets: list[WalletCredits]


class OwnerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one journal did to a wallet: `amount` is negative where it took something.

    Of a journal that no operation made, `application` and `operation` are null, and `kind` says what it is: an expiry,
    a reversal (of the journal `reverses`), the capture of a hold, or a plain one.
    """

    wallet: str
    unit: str
    application: str | None
    operation: str | None
    kind: str
    amount: str
    balance_after: str
    journal: UUID
    journal_number: int
    effective_date: date
    recorded_at: datetime
    actor: str
    description: str
    external_reference: str
    reverses: UUID | None


class Expiring(msgspec.Struct, frozen=True):
    """What can be spent on this day for the last time, unless it is spent before."""

    expires_on: date
    amount: str


class StatementSection(msgspec.Struct, frozen=True, kw_only=True):
    """One wallet over the dates of the statement: opening, its entries by date, closing.

    `balance_after` of the entries runs in this order. `expiring` is what is left at the end and over 30 days later.
    """

    wallet: str
    unit: str
    opening: str
    entries: list[OwnerEntry]
    closing: str
    expiring: list[Expiring]


class OwnerStatement(Report, frozen=True, kw_only=True):
    """What an owner's wallets were moved by, a section for each."""

    sections: list[StatementSection]


class LiabilityLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the report: what was `paid` for, what was given away, and both, in the unit of credits.

    `name` is a month of last days (2026-12), "over" for what has not expired yet, "never" or what the line is called.
    `cost` is money by currency: what the credits were sold for and is not income yet, or what became of that.
    """

    name: str
    paid: str
    promotional: str
    total: str
    cost: dict[str, str]


class UnitLiability(msgspec.Struct, frozen=True, kw_only=True):
    """One unit: what is outstanding by the month of its last day, and what led there.

    `outstanding` ends with the total, which is the balance of all wallets; `movements` begins with the balance before
    the range, and ends with that total too. The cost of what was redeemed became income, of what expired breakage.
    """

    unit: str
    outstanding: list[LiabilityLine]
    movements: list[LiabilityLine]


class LiabilityReport(Report, frozen=True, kw_only=True):
    """What is owed to all owners in credits, at a date."""

    units: list[UnitLiability]
