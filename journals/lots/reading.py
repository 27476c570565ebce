"""Reading lots: what the balance of an account consists of, now or as it was, and one lot with all that moved it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Case, F, Max, Sum, When

from accounts.errors import AccountNotFound
from accounts.models import Account
from journals.errors import LotNotFound, LotsNotKept
from journals.lot_keeping.states import LotAction, is_for
from journals.lots.models import Lot, LotEntry
from journals.reading.as_of import balance_then
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.fields import MoneyField
from ledgerflow.core.money import CONTEXT, plain
from ledgerflow.core.texts import is_storable

MOST = 500  # lots, or entries of a lot, in one answer
ORDER = ("priority", F("expires_on").asc(nulls_last=True), "paid", "valid_from", "arrival")
IN = (LotAction.GRANTED.value, LotAction.RETURNED.value)


class LotResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A lot; amounts are decimal strings. `pinned` is None where it is told as it was: pins are not kept by date."""

    id: UUID
    account: str
    currency: str
    arrival: int
    amount: str
    remaining: str
    pinned: str | None
    priority: int
    valid_from: date
    expires_on: date | None
    paid: bool
    usable_for: list[str]
    cost: str
    cost_left: str
    cost_currency: str
    expiry_account: str
    deferred_account: str
    income_account: str
    breakage_account: str
    journal: UUID
    line: int
    event_sequence: int


class LotEntryResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of a lot; `remaining` is what it left, `cost` the share of the cost that moved with it."""

    number: int
    action: str
    amount: str
    remaining: str
    cost: str
    journal: UUID
    effective_date: date
    recorded_at: datetime
    event_sequence: int


class LotWithEntries(LotResponse, frozen=True, kw_only=True):
    """A lot with its newest entries, the oldest of them first."""

    entries: list[LotEntryResponse]


class LotsOfAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What the balance of an account consists of; `balance` is what remains of its lots less what is `owed`.

    `spendable` is what can be spent on `day` for `purpose`. What remains and cannot is `pinned` by holds, `over` (and
    not expired yet), not valid `yet`, or `restricted` to something else. `lots` are the open ones in the order in which
    they are spent, at most 500; `more` says that there are others.
    """

    account: str
    currency: str
    day: date
    purpose: list[str]
    balance: str
    remaining: str
    owed: str
    spendable: str
    pinned: str | None
    over: str
    not_valid_yet: str
    restricted: str
    lots: list[LotResponse]
    more: bool


def lots_of_account(
    entity_id: UUID,
    code: str,
    *,
    purpose: Sequence[str] = (),
    day: date | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> LotsOfAccount:
    """The lots of an account as they are, or by entries dated until `as_of` and recorded by `known_at`.

    `day` is the one they would be spent on: `as_of`, else the business date, unless it is given. Raises `NotFound`,
    `LotsNotKept`.
    """
    accounts = Account.objects.filter(entity_id=entity_id, code=code).select_related("balance")
    account = accounts.first() if is_storable(code) else None
    if account is None:
        raise AccountNotFound(account=code)
    if not account.keeps_lots:
        raise LotsNotKept(account=code)
    day = day or as_of or Entity.objects.get(id=entity_id).business_date
    with localcontext(CONTEXT):
        return _answer(account, composition_of(account, as_of, known_at), purpose, day)


class Composition(NamedTuple):
    """The open lots of an account in the order of spending, and its balance; `is_then` where both are of the past."""

    lots: Sequence[Lot]
    balance: Decimal
    is_then: bool


def composition_of(account: Account, as_of: date | None = None, known_at: datetime | None = None) -> Composition:
    """What an account that keeps lots consists of, now or by entries of the past; pins are told of now only."""
    if as_of is None and known_at is None:
        rows = Lot.objects.filter(account=account, is_open=True).select_related("account__balance")
        lots = list(rows.order_by(*ORDER))
        balance = lots[0].account.balance if lots else account.balance  # of the same statement
        return Composition(lots, Decimal((balance.debits - balance.credits) * balance.normal_sign), is_then=False)
    lots = _lots_then(account, as_of, known_at)
    total = Decimal(balance_then(account.entity_id, account.code, as_of=as_of, known_at=known_at).balance)
    return Composition(lots, total, is_then=True)


def read_lot(entity_id: UUID, lot_id: UUID) -> LotWithEntries:
    """One lot. Raises `NotFound`."""
    lot = Lot.objects.filter(entity_id=entity_id, id=lot_id).select_related("account").first()
    if lot is None:
        raise LotNotFound
    entries = [
        LotEntryResponse(
            number=one.number,
            action=one.action,
            amount=plain(one.amount),
            remaining=plain(one.remaining),
            cost=plain(one.cost),
            journal=one.journal_id,
            effective_date=one.effective_date,
            recorded_at=one.recorded_at,
            event_sequence=one.event_sequence,
        )
        for one in lot.moves.order_by("-number")[:MOST]
    ]
    return LotWithEntries(**_values(lot, lot.account.code), entries=entries[::-1])


def _lots_then(account: Account, as_of: date | None, known_at: datetime | None) -> list[Lot]:
    """The lots of which something was left, as they stood, in their order."""
    entries = LotEntry.objects.filter(account=account)
    if as_of is not None:
        entries = entries.filter(effective_date__lte=as_of)
    if known_at is not None:
        events = Event.objects.filter(entity_id=account.entity_id, recorded_at__lte=known_at)
        entries = entries.filter(event_sequence__lte=events.aggregate(last=Max("sequence"))["last"] or 0)
    sums = entries.values("lot_id").annotate(left=_signed("amount"), cost=_signed("cost"))
    then = {one["lot_id"]: (one["left"], one["cost"]) for one in sums if one["left"] > 0}
    lots = list(Lot.objects.filter(id__in=then).order_by(*ORDER))
    for lot in lots:
        lot.remaining, lot.cost_left = then[lot.id]
        lot.pinned = lot.remaining - lot.remaining
    return lots


def _signed(field: str) -> Sum:
    return Sum(Case(When(action__in=IN, then=F(field)), default=-F(field), output_field=MoneyField()))


def _answer(account: Account, composition: Composition, purpose: Sequence[str], day: date) -> LotsOfAccount:
    lots, balance, is_then = composition
    zero = balance - balance
    sums = dict.fromkeys(("spendable", "over", "not_valid_yet", "restricted"), zero)
    for lot in lots:
        sums[state_of(lot, purpose, day)] += lot.remaining - lot.pinned
    remaining = sum((lot.remaining for lot in lots), zero)
    pinned = sum((lot.pinned for lot in lots), zero)
    return LotsOfAccount(
        account=account.code,
        currency=account.currency,
        day=day,
        purpose=list(purpose),
        balance=plain(balance),
        remaining=plain(remaining),
        owed=plain(remaining - balance),
        pinned=None if is_then else plain(pinned),
        lots=[lot_response(lot, account.code, is_then=is_then) for lot in lots[:MOST]],
        more=len(lots) > MOST,
        **{name: plain(amount) for name, amount in sums.items()},
    )


def lot_response(lot: Lot, account: str, *, is_then: bool = False) -> LotResponse:
    """A lot of the account with this code, as callers read it."""
    return LotResponse(**_values(lot, account, is_then=is_then))


def state_of(lot: Lot, purpose: Sequence[str], day: date) -> str:
    """Why what is free of a lot can be spent, or not."""
    if lot.expires_on is not None and day > lot.expires_on:
        return "over"
    if day < lot.valid_from:
        return "not_valid_yet"
    return "spendable" if is_for(lot.usable_for, purpose) else "restricted"


def _values(lot: Lot, account: str, *, is_then: bool = False) -> dict[str, Any]:
    same = (
        "id", "currency", "arrival", "priority", "valid_from", "expires_on", "paid", "cost_currency",
        "expiry_account", "deferred_account", "income_account", "breakage_account", "line", "event_sequence",
    )  # fmt: skip
    return {
        "account": account,
        "amount": plain(lot.amount),
        "remaining": plain(lot.remaining),
        "pinned": None if is_then else plain(lot.pinned),
        "usable_for": lot.usable_for or [],
        "cost": plain(lot.cost),
        "cost_left": plain(lot.cost_left),
        "journal": lot.journal_id,
        **{name: getattr(lot, name) for name in same},
    }
