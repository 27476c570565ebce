"""What moved the wallets of an owner, journal by journal, newest first or by date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import Account
from apps.credits.owners.shapes import OwnerEntry
from journals.reading.registers import BEYOND_LAST
from ledgerflow.core.money import CONTEXT, at_scale, plain

# A journal may have several lines on a wallet, one after the other: it is read at the last of them, with their sum.
# Only metadata that names this wallet is that of an operation on it.
MEMBERS = """
    SELECT p.account_version, a.code, a.currency, a.normal_side,
           CASE WHEN j.metadata ->> 'wallet' = a.code THEN j.metadata ->> 'application' END,
           CASE WHEN j.metadata ->> 'wallet' = a.code THEN j.metadata ->> 'operation' END,
           j.kind, s.amount, p.balance_after, j.id, j.number, j.effective_date, j.recorded_at, j.actor, j.description,
           j.external_reference, j.reverses_id
    FROM journals_posting p
    CROSS JOIN LATERAL (
        SELECT sum(amount) FILTER (WHERE account_id = p.account_id) AS amount,
               max(account_version) FILTER (WHERE account_id = p.account_id) AS last
        FROM journals_posting WHERE journal_id = p.journal_id
    ) s
    JOIN journals_journal j ON j.id = p.journal_id JOIN accounts_account a ON a.id = p.account_id
    WHERE p.account_id = %(wallet)s AND p.account_version = s.last
"""
PAGE = f"{MEMBERS} AND {{conditions}} ORDER BY p.account_version DESC LIMIT %(limit)s"
LAST_KNOWN = """
    SELECT coalesce(max(sequence), 0) FROM (
        SELECT sequence FROM books_event WHERE entity_id = %s AND recorded_at <= %s
        ORDER BY recorded_at DESC, sequence DESC LIMIT 1
    ) e
"""
CONDITIONS = {
    "after": "p.account_version < %(after)s",
    # Versions rise with the events: of what was known then, the last one is found by halving.
    "known": "p.account_version <= journals_version_at(%(wallet)s, %(known)s) AND p.event_sequence <= %(known)s",
    "from_date": "p.effective_date >= %(from_date)s",
    "to_date": "p.effective_date <= %(to_date)s",
    "operation": "j.metadata ->> 'wallet' = a.code AND j.metadata ->> 'operation' = %(operation)s",
    "application": "j.metadata ->> 'wallet' = a.code AND j.metadata ->> 'application' = %(application)s",
}


class Wanted(NamedTuple):
    """Which entries are asked for; dates are effective dates, both included."""

    operation: str | None = None
    application: str | None = None
    from_date: date | None = None
    to_date: date | None = None
    known_at: datetime | None = None


class EntryPlace(NamedTuple):
    """Where an entry stands: the code of its wallet, and its version of that."""

    wallet: str
    version: int


def entries_of(
    wallets: Sequence[Account], wanted: Wanted, *, after: EntryPlace | None = None, limit: int = 100
) -> list[tuple[EntryPlace, OwnerEntry]]:
    """At most `limit` entries with their places, wallet by wallet, newest first; `after` is the last one seen."""
    params: dict[str, Any] = {name: value for name, value in wanted._asdict().items() if value is not None}
    if "known_at" in params and wallets:
        params["known"] = _known(wallets[0].entity_id, params.pop("known_at"))
    found: list[tuple[EntryPlace, OwnerEntry]] = []
    codes = [one.code for one in wallets]
    first = codes.index(after.wallet) if after is not None and after.wallet in codes else 0
    for place, wallet in enumerate(wallets[first:]):
        version = after.version if after is not None and not place else BEYOND_LAST
        given = params | {"wallet": wallet.pk, "after": version, "limit": limit - len(found)}
        found += [(EntryPlace(row[1], row[0]), entry_of(row[1:])) for row in _page(given)]
        if len(found) == limit:
            break
    return found


def _page(given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    conditions = " AND ".join(sql for name, sql in CONDITIONS.items() if name in given)
    with connection.cursor() as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute(PAGE.format(conditions=conditions), given).fetchall()
    return rows


def entry_of(row: Sequence[Any]) -> OwnerEntry:
    """An entry from the columns of `MEMBERS` behind the first."""
    code, unit, side, application, operation, kind, amount, after, journal, number, day, at, *texts = row
    actor, description, reference, reverses = texts
    return OwnerEntry(
        wallet=code,
        unit=unit,
        application=application,
        operation=operation,
        kind=kind,
        amount=on_side(side, amount, after),
        balance_after=on_side(side, after, after),
        journal=journal,
        journal_number=number,
        effective_date=day,
        recorded_at=at,
        actor=actor,
        description=description,
        external_reference=reference,
        reverses=reverses,
    )


def on_side(side: str, amount: Decimal, like: Decimal) -> str:
    """An amount of debits less credits on the normal side of its account, at the scale of another of its unit."""
    signed = amount if side == "debit" else CONTEXT.minus(amount)
    return plain(at_scale(CONTEXT.plus(signed), max(-int(like.as_tuple().exponent), 0)))


def _known(entity_id: UUID, known_at: datetime) -> int:
    with connection.cursor() as cursor:
        ((sequence,),) = cursor.execute(LAST_KNOWN, (entity_id, known_at)).fetchall()
    return int(sequence)
