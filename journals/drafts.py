"""What somebody wants to post, checked for form and brought to one shape. Pure.

A draft's amounts are signed, debit positive, credit negative, in major units of the account's currency, at whatever
scale they were sent; the engine brings them to the currency's scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from accounts.specs import AccountSpec
from journals.errors import (
    LayerUnknown,
    LineAmountRefused,
    LineCount,
    LotCostRefused,
    LotDatesCrossed,
    LotExpiryUnnamed,
    LotPriorityRefused,
    LotWordsRefused,
    PeriodEndNeeded,
)
from ledgerflow.books import idempotency
from ledgerflow.core.dates import check_day
from ledgerflow.core.money import MAX_WHOLE_DIGITS, ZERO, normalised
from ledgerflow.core.texts import check_metadata, check_text

MAX_LINES = 1000
MIN_LINES = 2
OPENINGS, OPENING_KEY = "openings", "opening:"  # who issues the keys of opening balances, and what they begin with
MAX_DESCRIPTION = 500
MAX_REFERENCE = 200
MAX_CODE = 100
MAX_CURRENCY = 12
MAX_DIMENSION_VALUE = 100
MAX_PRIORITY = 1000
MAX_WORDS = 50  # of what a lot may be spent on, and of what a spend is for
ORDINARY = "ordinary"
LAYERS = (ORDINARY, "adjustment", "closing")
LATE = ("refuse", "roll_forward")


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line: `account` is a code, `amount` signed. Conditions are on the account before this journal."""

    account: str
    amount: Decimal
    currency: str = ""
    description: str = ""
    dimensions: dict[str, str] | None = None
    expected_version: int | None = None
    expected_balance: Decimal | None = None


class Capture(msgspec.Struct, frozen=True, gc=False):
    """The hold that a journal takes its money from: the account of its first line, `whole` for all that is left.

    With `whole` the amounts of the lines only give their sides. `release_remainder` frees what then still is held.
    """

    hold: UUID
    whole: bool = False
    release_remainder: bool = False


class FromTemplate(msgspec.Struct, frozen=True):
    """The template that made a draft, its version, and the values of its parameters as texts."""

    code: str
    version: int
    parameters: dict[str, str]


class LotTerms(msgspec.Struct, frozen=True):
    """What a journal says of lots, on the accounts that keep them.

    What flows in becomes a lot with these terms: `priority` (lower is spent first), `valid_from` (None for the date of
    the journal) and `expires_on` (the last day it can be spent, None for ever), bought (`paid`) or a gift, and the
    words it may be spent on (`usable_for`, empty for anything). `cost` is what it was bought for. The lot remembers
    the accounts on which its share of that moves: from `deferred_account` to `income_account` when it is spent, to
    `breakage_account` when it expires, as its amount then moves to `expiry_account`.

    What flows out is for `purpose`: words of which a restricted lot allows one. `expiring` are the lots that a journal
    of kind `lot_expiry` ends.
    """

    priority: int = 0
    valid_from: date | None = None
    expires_on: date | None = None
    paid: bool = False
    usable_for: tuple[str, ...] = ()
    cost: Decimal = ZERO
    cost_currency: str = ""
    expiry_account: str = ""
    deferred_account: str = ""
    income_account: str = ""
    breakage_account: str = ""
    purpose: tuple[str, ...] = ()
    expiring: tuple[UUID, ...] = ()

    def accounts(self) -> dict[str, str]:
        """The accounts that are named, by the field that names them."""
        named = {name: getattr(self, name) for name in LOT_ACCOUNTS}
        return {name: code for name, code in named.items() if code}


LOT_ACCOUNTS = ("expiry_account", "deferred_account", "income_account", "breakage_account")


class AttachedFile(msgspec.Struct, frozen=True):
    """A file that explains a journal: it lies outside the database, under its SHA-256, and has `size` bytes."""

    sha256: str
    name: str
    content_type: str
    size: int


class Draft(msgspec.Struct, frozen=True):
    """One journal to post. `effective_date` None means the business date; `not_before` is what a reversal corrects.

    `late` says what becomes of it when its date is closed: "refuse", or "roll_forward" to the business date.
    `override_limits` and `override_lock` are reasons for which limits, or a period's lock, are passed.
    `confirm_unusual_date` says that a date before the books began is meant; it is no part of what is asked for.
    `original_date` is what a journal of other books was asked to be dated, where it was moved there already.
    `lots` are terms for accounts that keep lots; any journal does without.
    `issuer` is who issued the key: `client`, or the room that posts this itself. `request` is the fingerprint of what
    was asked for where that is not the draft itself, but something the draft was made from. `template` is what it was
    made from, if that was a template; `opens` are accounts of its lines that are opened with it where they are not
    there yet, and stay unopened where it is refused. `attachments` are files that go with it; they are no part of what
    is asked for, because a retry may know no more of them.
    """

    key: str
    lines: tuple[Line, ...]
    kind: str = "manual"
    effective_date: date | None = None
    description: str = ""
    external_reference: str = ""
    metadata: dict[str, Any] | None = None
    reverses: UUID | None = None
    not_before: date | None = None
    override_limits: str = ""
    advance_business_date: bool = False
    actor: str = ""
    layer: str = ORDINARY
    late: str = "refuse"
    override_lock: str = ""
    capture: Capture | None = None
    issuer: str = idempotency.CLIENT
    request: bytes = b""
    confirm_unusual_date: bool = False
    original_date: date | None = None
    template: FromTemplate | None = None
    opens: tuple[AccountSpec, ...] = ()
    lots: LotTerms | None = None
    attachments: tuple[AttachedFile, ...] = ()


def check(draft: Draft) -> Draft:
    """The same draft, or what is wrong with its form.

    Raises `IdempotencyKeyMissing`, or `Malformed` with a pointer into the request.
    """
    idempotency.check_key(draft.key)
    if not MIN_LINES <= len(draft.lines) <= MAX_LINES:
        raise LineCount(pointer="/lines", least=MIN_LINES, most=MAX_LINES, lines=len(draft.lines))
    if draft.description or draft.external_reference or draft.metadata:
        _check_words(draft)
    if draft.override_limits or draft.override_lock:
        check_text(draft.override_limits, MAX_DESCRIPTION, "/override_limits")
        check_text(draft.override_lock, MAX_DESCRIPTION, "/override_lock")
    _check_dating(draft)
    if draft.lots is not None:
        _check_lots(draft.lots)
    for number, line in enumerate(draft.lines):
        amount, account = line.amount, line.account
        if not amount or not amount.is_finite() or amount.adjusted() >= MAX_WHOLE_DIGITS:
            raise LineAmountRefused(pointer=pointer_to(draft, number, "amount"), digits=MAX_WHOLE_DIGITS)
        if not account.isascii() or "\x00" in account or len(account) > MAX_CODE:
            check_text(account, MAX_CODE, pointer_to(draft, number, "account"))
        if line.currency or line.description or line.dimensions:
            _check_texts(draft, number, line)
    return draft


def pointer_to(draft: Draft, number: int, field: str) -> str:
    """Where in the request a field of a line stands: a transfer has no lines in its body, a template none at all."""
    if draft.template is not None:
        return ""
    if draft.capture is not None:
        return f"/{field}" if field != "account" else "/counter_account" if number else ""
    if draft.kind != "transfer":
        return f"/lines/{number}/{field}"
    return ("/debit_account", "/credit_account")[number] if field == "account" else f"/{field}"


def fingerprint_of(draft: Draft) -> bytes:
    """33 bytes that are equal for two drafts exactly when they were asked for by the same request."""
    return draft.request or idempotency.fingerprint(content_of(draft))


def content_of(draft: Draft) -> list[Any]:
    """What a draft asks for: its fingerprint is of this.

    Amounts are normalised (1.25 = 1.250) and fields left at their defaults do not count; the key and who sent it
    are not part of it.
    """
    content: list[Any] = [
        draft.kind,
        [_line_content(line) for line in draft.lines],
        draft.effective_date,
        draft.description,
        draft.external_reference,
        draft.metadata or None,
        draft.reverses,
        draft.override_limits,
    ]
    if draft.layer != ORDINARY or draft.late != "refuse" or draft.override_lock:
        content.append([draft.layer, draft.late, draft.override_lock])
    if draft.original_date is not None:
        content.append(draft.original_date)
    if draft.lots is not None:
        content.append(_lots_content(draft.lots))
    return content


def transfer_lines(debit_account: str, credit_account: str, amount: Decimal) -> tuple[Line, Line]:
    """The two lines of a transfer of a positive amount: debit first."""
    # Not `-amount`: minus rounds to the 28 digits of the default context.
    return Line(debit_account, amount), Line(credit_account, amount.copy_negate())


def reversed_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The same lines with their signs turned, without conditions."""
    return tuple(
        Line(line.account, line.amount.copy_negate(), description=line.description, dimensions=line.dimensions)
        for line in lines
    )


def _line_content(line: Line) -> list[Any]:
    content: list[Any] = [line.account, normalised(line.amount)]
    if line.currency or line.description or line.dimensions or _has_conditions(line):
        expected = line.expected_balance
        content += [
            line.currency,
            line.description,
            line.dimensions or None,
            line.expected_version,
            None if expected is None else normalised(expected),
        ]
    return content


def _lots_content(lots: LotTerms) -> list[Any]:
    fields = {name: getattr(lots, name) for name in lots.__struct_fields__}
    fields["cost"] = normalised(lots.cost)
    return ["lots", {name: value for name, value in fields.items() if value or name == "priority"}]


def _has_conditions(line: Line) -> bool:
    return line.expected_version is not None or line.expected_balance is not None


def _check_dating(draft: Draft) -> None:
    if draft.effective_date is not None:
        check_day(draft.effective_date, "/effective_date")
    if draft.original_date is not None:
        check_day(draft.original_date, "/original_date")
    if draft.layer not in LAYERS or draft.late not in LATE:
        raise LayerUnknown(
            pointer="/layer" if draft.layer not in LAYERS else "/late", layers=", ".join(LAYERS), late=", ".join(LATE)
        )
    if draft.layer != ORDINARY and draft.effective_date is None:
        raise PeriodEndNeeded(pointer="/effective_date", layer=draft.layer)


def _check_lots(lots: LotTerms) -> None:
    for name, code in lots.accounts().items():
        check_text(code, MAX_CODE, f"/lots/{name}")
    for name in ("usable_for", "purpose"):
        words = getattr(lots, name)
        if len(words) > MAX_WORDS or not all(words):
            raise LotWordsRefused(pointer=f"/lots/{name}", most=MAX_WORDS)
        for word in words:
            check_text(word, MAX_CODE, f"/lots/{name}")
    if not 0 <= lots.priority <= MAX_PRIORITY:
        raise LotPriorityRefused(pointer="/lots/priority", most=MAX_PRIORITY)
    for name in ("valid_from", "expires_on"):
        if getattr(lots, name) is not None:
            check_day(getattr(lots, name), f"/lots/{name}")
    if lots.valid_from is not None and lots.expires_on is not None and lots.expires_on < lots.valid_from:
        raise LotDatesCrossed(pointer="/lots/expires_on", expires_on=lots.expires_on, valid_from=lots.valid_from)
    if lots.expires_on is not None and not lots.expiry_account:
        raise LotExpiryUnnamed(pointer="/lots/expiry_account")
    _check_cost(lots)


def _check_cost(lots: LotTerms) -> None:
    check_text(lots.cost_currency, MAX_CURRENCY, "/lots/cost_currency")
    cost = lots.cost
    sane = cost.is_finite() and cost >= 0 and cost.adjusted() < MAX_WHOLE_DIGITS
    moves = lots.cost_currency and lots.deferred_account and lots.income_account and lots.breakage_account
    if not sane or (cost and not moves):
        raise LotCostRefused(pointer="/lots/cost", digits=MAX_WHOLE_DIGITS)


def _check_words(draft: Draft) -> None:
    check_text(draft.description, MAX_DESCRIPTION, "/description")
    check_text(draft.external_reference, MAX_REFERENCE, "/external_reference")
    check_metadata(draft.metadata)


def _check_texts(draft: Draft, number: int, line: Line) -> None:
    check_text(line.currency, MAX_CURRENCY, pointer_to(draft, number, "currency"))
    check_text(line.description, MAX_DESCRIPTION, pointer_to(draft, number, "description"))
    pointer = pointer_to(draft, number, "dimensions")
    for name, value in (line.dimensions or {}).items():
        check_text(name, MAX_DIMENSION_VALUE, pointer)
        check_text(value, MAX_DIMENSION_VALUE, f"{pointer}/{name}")
