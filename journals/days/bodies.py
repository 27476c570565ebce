"""Bodies of the endpoints of days: what they take and what they show. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from journals.days.closing.records import CloseRecord
from journals.days.closing.snapshots import Frozen, Summed
from journals.days.policies import DayPolicyFact
from ledgerflow.core.errors import NothingToChange
from ledgerflow.core.money import normalised

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Check = Literal["block", "warn"]


class CloseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`accept` is the reason for which checks that block are passed; without it they stop the close."""

    accept: Annotated[str, msgspec.Meta(max_length=500)] = ""


class DayReasonRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why; kept with what is done."""

    reason: Reason


class DayPolicyChangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Settings to set; what is left out stays. Lists and objects are replaced as a whole.

    `cut_off_minutes` after local midnight of the business date, 1440 being midnight at its end, null for days closed by
    hand; `weekend` in ISO weekdays, Monday 1; `holidays` date -> name.
    """

    cut_off_minutes: int | UnsetType | None = UNSET
    weekend: list[int] | UnsetType = UNSET
    holidays: dict[date, str] | UnsetType = UNSET
    holiday_policy: Literal["allow", "refuse", "following"] | UnsetType = UNSET
    checks: dict[str, Check] | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """The settings that were sent. Raises `Malformed` when there are none."""
        sent = {name: getattr(self, name) for name in self.__struct_fields__}
        changes = {name: value for name, value in sent.items() if value is not UNSET}
        if not changes:
            raise NothingToChange
        return changes


class DayPolicyResponse(DayPolicyFact, frozen=True, kw_only=True):
    """The policy of an entity's days; `known_checks` are all checks by name and what they do under it."""

    known_checks: dict[str, Check]
    revision: int


class CloseSummary(msgspec.Struct):
    """A run of closing a day, without its steps; `status` as in the whole record."""

    id: UUID
    day: date
    version: int
    number: int
    previous_day: date | None
    status: str
    actor: str
    started_at: datetime
    ended_at: datetime | None
    sha256: str | None
    accounts: int | None
    totals: dict[str, dict[str, str]] | None


class ClosePage(msgspec.Struct):
    """A page of closes, newest first, and where the next one is."""

    results: list[CloseSummary]
    next: str | None


class NextDayResponse(msgspec.Struct):
    """The day whose turn it is.

    `status`: open, closing, blocked or failed. `cut_off_at` is null where days are closed by hand. `findings` is what
    the checks find now, by check; those in `blocking` stop a close unless it says `accept`.
    """

    day: date
    business_date: date
    status: str
    cut_off_at: datetime | None
    is_due: bool
    can_close: bool
    findings: dict[str, list[str]]
    blocking: list[str]


class FrozenLine(msgspec.Struct):
    """An account in a frozen trial balance; amounts in major units, debit positive, no zeros at their end."""

    account: str
    currency: str
    opening: str
    debits: str
    credits: str
    closing: str
    postings: int
    last_version: int


class FrozenTrialBalance(msgspec.Struct):
    """The trial balance that a close froze.

    `sha256` was recorded by the close, `sha256_recomputed` is that of the lines shown here. The text behind both
    (`?format=text`): a line `ledgerflow trial balance 1`, a line of entity code and day, then a line per account in the
    byte order of their codes, the members of `lines` in their order; tabs between, every line ends with a line feed.
    """

    entity: str
    day: date
    version: int
    status: str
    sha256: str
    sha256_recomputed: str
    is_unchanged: bool
    accounts: int
    totals: dict[str, dict[str, str]]
    lines: list[FrozenLine]


def short(record: CloseRecord) -> CloseSummary:
    return CloseSummary(**{name: getattr(record, name) for name in CloseSummary.__struct_fields__})


def frozen_line(line: Frozen) -> FrozenLine:
    opening, debits, credit_total, closing = map(normalised, (line.opening, line.debits, line.credits, line.closing))
    return FrozenLine(
        line.code, line.currency, opening, debits, credit_total, closing, line.postings, line.last_version
    )


def totals_response(found: Summed) -> dict[str, dict[str, str]]:
    """Per currency the sums of the columns."""
    return {
        currency: {name: normalised(amount) for name, amount in total.items()}
        for currency, total in sorted(found.totals.items())
    }
