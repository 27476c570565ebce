"""Opening balances: what the accounts held before the books began.

Each one is a journal of kind `opening`, dated the day before the first business day, against the entity's opening
equity in that currency. When all are in, opening equity must stand at zero: no day can be closed before.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import F

from accounts.errors import UnknownAccount
from accounts.models import Account, Balance
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from journals.drafts import OPENING_KEY, OPENINGS, Draft, Line
from journals.errors import NeighbourRefused, OpeningOfItself, OpeningOfZero
from journals.events import Answer
from journals.posting import post_many
from ledgerflow.books import idempotency
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, normalised, plain
from ledgerflow.core.texts import is_storable

OPENING_EQUITY = "opening_equity"


class OpeningEquityLeft(NamedTuple):
    """An opening equity account that does not stand at zero; the amount is credit positive."""

    account_id: UUID
    account: str
    currency: str
    amount: Decimal


class _Target(NamedTuple):
    """The account an opening balance is for."""

    currency: str
    normal_side: str


def post_opening_balances(
    entity_id: UUID,
    balances: Sequence[tuple[str, Decimal]],
    *,
    key_prefix: str = OPENING_KEY,
    actor: str,
    atomic: bool = False,
) -> list[Answer]:
    """Post (account code, amount on its normal side) pairs; one answer each, in the same order.

    The idempotency key is `key_prefix` and the account's code, of an issuer of its own, so that the same balance again
    is a replay, a different one is refused, and no caller can take the key first. Amounts are in major units of the
    account's currency and may be negative, not zero.
    Opening equity accounts are opened where they are missing. Refusals are answers, pointing into their pair:
    `unknown_account`, `malformed` (zero), `same_account` (opening equity itself) and those of posting, such as
    `day_closed` once the first day is. With `atomic` it is all of them or none. Raises what opening an opening equity
    account does, e.g. `AccountExists` where its code is taken.
    """
    targets = _targets(entity_id, {code for code, _ in balances})
    equity = _opening_equity(entity_id, {target.currency for target in targets.values()}, actor)
    opened_on = day_before(Entity.objects.get(id=entity_id).first_business_date)
    drafts: list[Draft] = []
    refused: dict[int, Answer] = {}
    for number, (code, amount) in enumerate(balances):
        try:
            lines = _lines(targets, equity, code, amount)
        except LedgerError as refusal:
            refused[number] = Answer("refused", refusal=refusal)
        else:
            draft = Draft(
                key=idempotency.as_key(f"{key_prefix}{code}"),
                lines=lines,
                kind="opening",
                effective_date=opened_on,
                confirm_unusual_date=True,
                actor=actor,
                issuer=OPENINGS,
                request=idempotency.fingerprint(["opening", code, normalised(amount)]),
            )
            drafts.append(draft)
    if atomic and refused:
        neighbour = NeighbourRefused(item=min(refused))
        return [refused.get(number) or Answer("refused", refusal=neighbour) for number in range(len(balances))]
    posted = iter(post_many(entity_id, drafts, atomic=atomic))
    return [refused.get(number) or _placed(next(posted)) for number in range(len(balances))]


def opening_equity_left(entity_id: UUID) -> dict[str, str]:
    """What still stands on opening equity, per currency, credit positive; all zero once the openings are complete."""
    left: dict[str, Decimal] = {}
    rows = Balance.objects.filter(account__entity_id=entity_id, account__role=OPENING_EQUITY).values_list(
        "account__currency", F("credits") - F("debits")
    )
    for currency, amount in rows.order_by("account__currency"):
        left[currency] = CONTEXT.add(left.get(currency, Decimal(0)), amount)
    return {currency: plain(amount) for currency, amount in left.items()}


def opening_equity_accounts(entity_id: UUID) -> list[OpeningEquityLeft]:
    """The opening equity accounts for which no day can be cut off: each has to stand at zero, not only their sum."""
    rows = Balance.objects.filter(account__entity_id=entity_id, account__role=OPENING_EQUITY)
    open_ones = rows.exclude(debits=F("credits")).order_by("account__currency", "account__code")
    return [
        OpeningEquityLeft(*row)
        for row in open_ones.values_list("account_id", "account__code", "account__currency", F("credits") - F("debits"))
    ]


def _targets(entity_id: UUID, codes: set[str]) -> dict[str, _Target]:
    known = [code for code in codes if is_storable(code)]
    rows = Account.objects.filter(entity_id=entity_id, code__in=known).values_list("code", "currency", "normal_side")
    return {code: _Target(currency, side) for code, currency, side in rows}


def _opening_equity(entity_id: UUID, currencies: set[str], actor: str) -> dict[str, str]:
    """The code of the opening equity account of each currency, opened where there is none."""
    rows = Account.objects.filter(
        entity_id=entity_id, role=OPENING_EQUITY, currency__in=currencies, is_header=False, closed_at=None
    ).values_list("currency", "code")
    found = dict(rows.order_by("-code"))  # of several, the first by code
    specs = [
        AccountSpec(
            code=f"OPENING-EQUITY-{currency}",
            name=f"Opening equity {currency}",
            currency=currency,
            type="equity",
            role=OPENING_EQUITY,
        )
        for currency in sorted(currencies - found.keys())
    ]
    for opened in open_accounts(entity_id, specs, actor=actor) if specs else ():
        if opened.refusal is not None:
            raise opened.refusal
    return found | {spec.currency: spec.code for spec in specs}


def _lines(targets: dict[str, _Target], equity: dict[str, str], code: str, amount: Decimal) -> tuple[Line, Line]:
    target = targets.get(code)
    if target is None:
        raise UnknownAccount(pointer="/account", account=code)
    if not amount:
        raise OpeningOfZero(pointer="/amount")
    if code == equity[target.currency]:
        raise OpeningOfItself(pointer="/account", account=code)
    signed = amount if target.normal_side == "debit" else CONTEXT.minus(amount)
    return Line(code, signed), Line(equity[target.currency], CONTEXT.minus(signed))


def _placed(answer: Answer) -> Answer:
    """The same answer; a refusal points at what was asked for, not at the lines made of it."""
    if answer.refusal is not None:
        field = answer.refusal.pointer.rpartition("/")[2]
        answer.refusal.pointer = f"/{field}" if field in ("account", "amount") else ""
    return answer
