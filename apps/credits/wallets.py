"""The accounts of operations: an owner's wallet, and on the other side where credits come from or go to.

Those of many operations are looked up at once. What is not there is opened by the first journal that needs it, and in
its transaction, so that nothing stays of an operation that is refused.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from accounts.currencies import add_currency
from accounts.errors import AccountCodeRefused, CurrencyExists
from accounts.models import Currency
from accounts.specs import AccountSpec, check_code
from apps.credits.applications import BASE_ROLES, DEFERRED, Application, overdraft_of
from apps.credits.asking import period_of
from apps.credits.definitions import OncePer
from apps.credits.errors import WalletUnclear
from journals.drafts import MAX_CODE
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.books.connections import writer_connection
from ledgerflow.books.errors import EntityNotFound
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import LOST, EntityQueues
from ledgerflow.core.money import CONTEXT

KIND = "credits"
WALLET = "wallet"
_HASHED = "#"
REMEMBERED_SECONDS = 2.0
MOST_REMEMBERED = 10_000
TURNS_TAKEN = """
    SELECT t.owner_id, t.application, t.operation, t.period
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS n (owner_id, application, operation, period)
    JOIN credits_turn t ON t.entity_id = %s AND t.owner_id = n.owner_id AND t.application = n.application
     AND t.operation = n.operation AND t.period = n.period
"""
BUSINESS_DATE = "SELECT business_date FROM books_entity WHERE id = %s"
# Each by its index (OFFSET 0 keeps the look-ups apart), for an entity may have millions of owners. An account that is
# closed, or a header, is nobody's to post to by its role.
WALLETS = f"""
    SELECT wanted.name, wanted.unit, found.code FROM unnest(%s::text[], %s::text[]) AS wanted (name, unit)
    CROSS JOIN LATERAL (
        SELECT a.code FROM accounts_account a
        WHERE a.entity_id = %s AND a.owner_id = wanted.name AND a.owner_id <> '' AND a.role = '{WALLET}'
          AND a.currency = wanted.unit AND a.closed_at IS NULL AND NOT a.is_header OFFSET 0
    ) found
"""  # noqa: S608 - put together from constants
WITH_ROLES = """
    SELECT wanted.name, wanted.unit, found.code FROM unnest(%s::text[], %s::text[]) AS wanted (name, unit)
    CROSS JOIN LATERAL (
        SELECT a.code FROM accounts_account a
        WHERE a.entity_id = %s AND a.role = wanted.name AND a.role <> '' AND a.owner_id = ''
          AND a.currency = wanted.unit AND a.closed_at IS NULL AND NOT a.is_header OFFSET 0
    ) found
"""


class Place(NamedTuple):
    """An account by its code, and how to open it where it is not there."""

    code: str
    spec: AccountSpec | None = None

    @property
    def opens(self) -> tuple[AccountSpec, ...]:
        return () if self.spec is None else (self.spec,)


class Wanted(NamedTuple):
    """What is to be looked up: wallets by owner and unit, other accounts by role and unit, and turns.

    A turn is an owner, an application, an operation and how often it is due, on the business date.
    """

    owners: Collection[tuple[str, str]] = ()
    roles: Collection[tuple[str, str]] = ()
    turns: Collection[tuple[str, str, str, OncePer]] = ()
    dated: bool = False


class Known(NamedTuple):
    """What was found: codes of all accounts that could be meant, the turns that were taken, the business date.

    The date is None where nobody asked for it. Others may have asked together, and all is in here.
    """

    owned: Mapping[tuple[str, str], Sequence[str]]
    others: Mapping[tuple[str, str], Sequence[str]]
    taken: frozenset[tuple[str, str, str, str]]
    day: date | None

    def wallet(self, application: Application, owner_id: str) -> Place:
        """The wallet of an owner. Raises `WalletUnclear`."""
        unit = application.UNIT
        code = _only(self.owned.get((owner_id, unit), ()), WALLET, unit)
        if code:
            return Place(code)
        spec = AccountSpec(
            wallet_code(unit, owner_id), f"Credits of {owner_id}", unit, type="liability", owner_id=owner_id,
            role=WALLET, min_balance=CONTEXT.minus(overdraft_of(application)), keeps_lots=True,
        )  # fmt: skip
        return Place(spec.code, spec)

    def other(self, currency: str, role: str) -> Place:
        """The account with a role of `BASE_ROLES` in a unit, or in money. Raises `WalletUnclear`."""
        code = _only(self.others.get((role, currency), ()), role, currency)
        if code:
            return Place(code)
        spec = AccountSpec(
            f"{role}:{currency}", role.replace("_", " ").capitalize(), currency, type=BASE_ROLES[role], role=role,
            monetary=False if role == DEFERRED else None,
        )  # fmt: skip
        return Place(spec.code, spec)


def _only(codes: Sequence[str], role: str, unit: str) -> str:
    if len(codes) > 1:
        raise WalletUnclear(count=len(codes), role=role, currency=unit)
    return codes[0] if codes else ""


_remembered: dict[tuple[UUID, str, str], tuple[float, list[str]]] = {}


def look_up(entity_id: UUID, wanted: Wanted, *, anew: bool = False) -> Known:
    """Look something up. What many threads want at once is asked for together, as it is then posted together.

    An account with a role is remembered for `REMEMBERED_SECONDS`, because nearly every operation needs one of the same
    few. One that was closed meanwhile is refused by posting; the caller then looks `anew`.
    """
    if anew:
        for role, unit in wanted.roles:
            _remembered.pop((entity_id, role, unit), None)
    found = _queues[entity_id].submit(wanted, 1)
    if isinstance(found, Exception):
        raise found
    return found


def wallet_of(entity_id: UUID, unit: str, owner_id: str) -> str:
    """The code of the owner's wallet in the unit, "" where there is none. Raises `WalletUnclear`."""
    known = look_up(entity_id, Wanted(owners=[(owner_id, unit)]))
    return _only(known.owned.get((owner_id, unit), ()), WALLET, unit)


def _look_up_all(entity_id: UUID, wanted: Sequence[Wanted]) -> Sequence[Known | Exception]:
    """One answer for all, or what went wrong: nothing is written here, so that no outcome is unknown."""
    together = Wanted(
        {pair for one in wanted for pair in one.owners},
        {pair for one in wanted for pair in one.roles},
        {turn for one in wanted for turn in one.turns},
        any(one.dated for one in wanted),
    )
    answer: Known | Exception
    try:
        try:
            answer = _look_up(entity_id, together)
        except LOST:  # a connection that was kept: a new one is had then
            answer = _look_up(entity_id, together)
    except Exception as error:  # noqa: BLE001 - each of those that asked raises it
        answer = error
    return [answer] * len(wanted)


_queues = EntityQueues(_look_up_all)


def _look_up(entity_id: UUID, wanted: Wanted) -> Known:
    """On a connection for writing, whose plans are kept: this is a quarter of what it costs through Django."""
    with writer_connection() as connection:

        def ask(sql: str, *params: Any) -> list[Any]:
            return connection.cursor(binary=True).execute(sql, params, prepare=True).fetchall()

        day = _business_date(ask(BUSINESS_DATE, entity_id)) if wanted.dated else None
        owned = _by_pair(ask(WALLETS, *_columns(wanted.owners), entity_id)) if wanted.owners else {}
        others = _recalled(entity_id, wanted.roles)
        if missing := [pair for pair in wanted.roles if pair not in others]:
            found = _by_pair(ask(WITH_ROLES, *_columns(missing), entity_id))
            _remember(entity_id, found)
            others |= found
        taken: list[Any] = []
        if wanted.turns and day is not None:
            names = [(*named, period_of(once_per, day)) for *named, once_per in wanted.turns]
            taken = ask(TURNS_TAKEN, *_columns(names), entity_id)
        return Known(owned, others, frozenset(taken), day)


def _business_date(rows: list[Any]) -> date:
    if not rows:
        raise EntityNotFound
    day: date = rows[0][0]
    return day


def _columns(rows: Iterable[tuple[str, ...]]) -> list[list[str]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _by_pair(rows: list[Any]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, unit, code in rows:
        found.setdefault((name, unit), []).append(code)
    return found


def _remember(entity_id: UUID, found: Mapping[tuple[str, str], list[str]]) -> None:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    until = time.monotonic() + REMEMBERED_SECONDS
    for (role, unit), codes in found.items():
        _remembered[entity_id, role, unit] = (until, codes)


def _recalled(entity_id: UUID, roles: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    now = time.monotonic()
    found = {}
    for role, unit in roles:
        until, codes = _remembered.get((entity_id, role, unit), (0.0, []))
        if until > now:
            found[role, unit] = codes
    return found


def wallet_code(unit: str, owner_id: str) -> str:
    """The code of the wallet of an owner: with a hash in it where the owner's name is no part of a code."""
    code = f"{WALLET}:{unit}:{owner_id}"
    try:
        check_code(code)
    except AccountCodeRefused:
        usable = False
    else:
        usable = len(code) <= MAX_CODE and not owner_id.startswith(_HASHED)
    return code if usable else f"{WALLET}:{unit}:{_HASHED}{sha256(owner_id.encode()).hexdigest()}"


def add_unit(entity_id: UUID, application: Application, actor: str) -> None:
    """Add the unit to books that do not have it, so that accounts in it can be opened."""
    unit = application.UNIT
    with borrowed_connection():
        if Currency.objects.filter(entity_id=entity_id, code=unit).exists():
            return
        entity = Entity.objects.get(id=entity_id)
        with suppress(CurrencyExists):  # somebody else was first
            add_currency(
                entity, code=unit, name=unit.capitalize(), minor_units=application.MINOR_UNITS, is_money=False,
                actor=actor,
            )  # fmt: skip
