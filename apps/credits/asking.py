"""What a caller asks for, against the definition: the amount, and how often an owner may have it. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from apps.credits.definitions import MAX_OWNER, OncePer, Operation, bounds_of, price_of
from apps.credits.errors import (
    AmountNeeded,
    AmountNotWhole,
    AmountOfDefinition,
    AmountOutOfRange,
    CostNeeded,
    CostNegative,
    CostRefused,
    OwnerRefused,
)
from ledgerflow.core.money import CONTEXT, MAX_WHOLE_DIGITS, ZERO, normalised
from ledgerflow.core.texts import check_text

POINTER = "/amount"
_WHOLE = re.compile(rf"0|[1-9][0-9]{{0,{MAX_WHOLE_DIGITS - 1}}}", re.ASCII)
_SHOWN = 50
_DECEMBER = 12


def check_owner(owner_id: str) -> None:
    """Raise `OwnerRefused`, or `Malformed` for a text that is too long or cannot be stored."""
    check_text(owner_id, MAX_OWNER, "/owner_id")
    if not owner_id.strip():
        raise OwnerRefused(pointer="/owner_id", most=MAX_OWNER)


def whole_amount(given: msgspec.Raw) -> Decimal | None:
    """The amount of a request whose amounts are whole JSON numbers, as it was written; None where it has none.

    A body has it as `amount: msgspec.Raw = msgspec.Raw()`, because a parsed 1e3 and true are numbers too.
    Raises `AmountNotWhole` for -5, true, 1e3, 5.0, "5" and whatever else is not digits.
    """
    text = bytes(given).decode(errors="replace").strip()
    if text in {"", "null"}:
        return None
    if _WHOLE.fullmatch(text) is None:
        raise AmountNotWhole(pointer=POINTER, text=text[:_SHOWN])
    return Decimal(text)


def amount_asked(definition: Operation, given: Decimal | None) -> Decimal:
    """How much the operation moves, never negative: what was given, within the range of the definition.

    Of an amount that is fixed, giving the same is no fault. The direction of the definition alone says whether it is
    added or taken. Raises `AmountOutOfRange`, in other words where the definition leaves no choice or has no default.
    """
    default, least, most = bounds_of(definition.amount)
    said = {"operation": definition.name, "least": normalised(least), "most": normalised(most)}
    if given is None:
        if default is None:
            raise AmountNeeded(pointer=POINTER, **said)
        return default
    if least <= given <= most:
        return given
    refused = AmountOfDefinition if least == most else AmountOutOfRange
    raise refused(pointer=POINTER, **said)


def cost_asked(definition: Operation, amount: Decimal, given: Decimal | None) -> Decimal:
    """What is paid in money for this amount: what was given, or the price of each; 0 for what is not sold.

    It is never rounded: where the currency has not the decimals for it, posting refuses it. Raises `CostRefused`.
    """
    cost = definition.cost
    if cost is None or not amount:
        if given:
            raise CostRefused(pointer="/cost", operation=definition.name)
        return ZERO
    if given is None:
        each = price_of(cost)
        if each is None:
            raise CostNeeded(pointer="/cost", operation=definition.name, currency=cost.currency)
        return CONTEXT.multiply(amount, each)
    if not given.is_finite() or given < 0 or given.adjusted() >= MAX_WHOLE_DIGITS:
        raise CostNegative(pointer="/cost", digits=MAX_WHOLE_DIGITS)
    return given


def period_of(once_per: OncePer, on: date) -> str:
    """What an owner has an operation once in, as the unique row names it; "" where it may be had again at once."""
    return {"none": "", "ever": "ever", "business_day": f"{on:%Y-%m-%d}", "month": f"{on:%Y-%m}"}[once_per]


def due_again(once_per: OncePer, business_date: date) -> date | None:
    """The first business date on which an owner who had it on `business_date` may have it again; None for never."""
    if once_per == "ever":
        return None
    if once_per == "business_day":
        return business_date + timedelta(days=1)
    if once_per == "month":
        year, month = business_date.year, business_date.month
        return date(year + month // _DECEMBER, month % _DECEMBER + 1, 1)
    return business_date
