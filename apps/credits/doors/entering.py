"""Operations by nonce: each is done once, and a nonce that was used is refused with what it was used for.

The nonce is the idempotency key of the request, under an issuer of its own, with the application in front. So the row
of the key decides who was first, as it does everywhere, and two applications can use the same nonce.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import Currency
from apps.credits.applications import Application
from apps.credits.asking import amount_asked, check_owner
from apps.credits.doors.bodies import MAX_NONCE, LedgerEntry, LedgerResponse, OwnerBalance
from apps.credits.doors.errors import BoundKeyNeeded, DuplicateNonce, InvalidNonce, NonceOutcomeUnknown, UnitNotWhole
from apps.credits.entries import entry_of
from apps.credits.errors import ApplicationNeeded
from apps.credits.events import NONCES
from apps.credits.registry import application_named
from apps.credits.use_cases import Request, answer_of_key, run_operation
from apps.credits.wallets import wallet_of
from apps.operations.running import Runner
from journals.events import Answer
from journals.models import Posting
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.books.models import Event
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, OutcomeUnknown
from ledgerflow.core.ids import uuid7

_NONCE = re.compile(rf"[!-~]{{1,{MAX_NONCE}}}", re.ASCII)
_BETWEEN = "/"  # is in no name of an application
_whole: set[tuple[UUID, str]] = set()  # units without decimals by their books: a currency never changes them


class Wanted(NamedTuple):
    """What is asked for."""

    operation: str
    owner_id: str
    nonce: str
    amount: Decimal | None


def application_of(entity_id: UUID, bound: str) -> Application:
    """The application of a caller: that of his key, or the only one. Raises `BoundKeyNeeded`, `ApplicationUnknown`."""
    try:
        return application_named(entity_id, bound)
    except ApplicationNeeded as refusal:
        raise BoundKeyNeeded(**refusal.data) from refusal


def enter(
    entity_id: UUID, application: Application, wanted: Wanted, actor: str, scopes: frozenset[str]
) -> LedgerResponse:
    """Do an operation. Raises as `run_operation`, and `InvalidNonce`, `DuplicateNonce`, `UnitNotWhole`."""
    if _NONCE.fullmatch(wanted.nonce) is None:
        raise InvalidNonce(pointer="/nonce", most=MAX_NONCE)
    _check_unit(entity_id, application)
    # Looked at first: once something is in the books, no reading may fail and leave its caller in doubt.
    unmoved = balance_of(entity_id, application, wanted.owner_id).balance if _moves_nothing(application, wanted) else 0
    key = f"{application.NAME}{_BETWEEN}{wanted.nonce}"
    request = Request(application, wanted.operation, wanted.owner_id, key, wanted.amount, attempt=uuid7().hex)
    try:
        answer = run_operation(entity_id, request, Runner(actor, scopes, NONCES))
    except IdempotencyKeyReused as error:
        first = _entry(answer_of_key(entity_id, NONCES, key))
        raise DuplicateNonce(pointer="/nonce", nonce=wanted.nonce, entry=first) from error
    except OutcomeUnknown as error:
        raise NonceOutcomeUnknown from error
    after = entry_of(answer).balance
    return LedgerResponse(_entry(answer), unmoved if after is None else int(after))


def balance_of(entity_id: UUID, application: Application, owner_id: str) -> OwnerBalance:
    """What an owner has, and when that was changed last. Raises `OwnerRefused`, `UnitNotWhole`, `WalletUnclear`."""
    check_owner(owner_id)
    _check_unit(entity_id, application)
    with borrowed_connection():
        wallet = wallet_of(entity_id, application.UNIT, owner_id)
        # Both figures are of one row, so that they belong together.
        moves = Posting.objects.filter(account__entity_id=entity_id, account__code=wallet).order_by("-account_version")
        last = moves.values_list("balance_after", "account__normal_side", "event_sequence").first()
        if last is None:
            return OwnerBalance(owner_id, 0, None)
        debits_less_credits, normal_side, sequence = last
        event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    balance = int(debits_less_credits) if normal_side == "debit" else -int(debits_less_credits)
    return OwnerBalance(owner_id, balance, event.recorded_at)


def _moves_nothing(application: Application, wanted: Wanted) -> bool:
    try:
        definition = application.operation(wanted.operation)
        return definition.direction == "none" or not amount_asked(definition, wanted.amount)
    except LedgerError:
        return False  # it is refused, unless the nonce was used: that is looked at before


def _check_unit(entity_id: UUID, application: Application) -> None:
    """Books that do not have the unit yet get it from the application."""
    if (entity_id, application.UNIT) in _whole:
        return
    with borrowed_connection():
        found = (
            Currency.objects.filter(entity_id=entity_id, code=application.UNIT)
            .values_list("minor_units", flat=True)
            .first()
        )
    decimals = application.MINOR_UNITS if found is None else found
    if decimals:
        raise UnitNotWhole(application=application.NAME, unit=application.UNIT, minor_units=decimals)
    if found is not None:
        _whole.add((entity_id, application.UNIT))


def _entry(answer: Answer) -> LedgerEntry:
    """The same whenever it is asked for: made of the event alone."""
    entry = entry_of(answer)
    nonce = entry.idempotency_key.partition(_BETWEEN)[2]
    at: Any = answer.recorded_at  # of what is in the books
    return LedgerEntry(entry.id, entry.operation, entry.owner_id, int(entry.amount), nonce, at, at)
