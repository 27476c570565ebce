"""Opening a set of books, and moving its business date on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, connection, transaction

from ledgerflow.books.business_dates import move_business_date
from ledgerflow.books.eventlog import GENESIS, Recorded, chain_hash
from ledgerflow.books.events import EntityCreated
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.writing import Transaction, check_clock, write
from ledgerflow.core import canonical, clocks
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import EntityExists, Malformed
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CURRENCY_CODE
from ledgerflow.core.texts import check_text

MAX_DIMENSIONS = 8
MAX_LEAP = timedelta(days=366)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_DIMENSION = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


def create_entity(
    *,
    code: str,
    name: str,
    base_currency: str,
    business_date: date,
    time_zone: str = "UTC",
    dimensions: Sequence[str] = (),
    actor: str = "system",
    furnish: Callable[[Entity], None] = lambda _: None,
) -> Entity:
    """A new, empty set of books that starts on `business_date`; event 1 is `entity.created`.

    `furnish` adds what the books need from the start, in the same transaction (`accounts.founding.found_books`).
    Raises `Malformed` (with a pointer) for bad values `EntityExists` when the code is taken, and
    `ClockSuspect` (`ledgerflow.books.writing.check_clock`).
    """
    _check(code, name, base_currency, time_zone, dimensions)
    check_day(business_date, "/business_date")
    entity = Entity(
        code=code, name=name, base_currency=base_currency, time_zone=time_zone,
        first_business_date=business_date, business_date=business_date, dimensions=list(dimensions),
    )  # fmt: skip
    try:
        with transaction.atomic():
            entity.save(force_insert=True)
            furnish(entity)
            _first_event(entity, actor).save(force_insert=True)
    except IntegrityError as error:
        if named_refusal(error) is not EntityExists:
            raise
        message = f"There is an entity {code!r} already."
        raise EntityExists(message, pointer="/code") from error
    return entity


def _first_event(entity: Entity, actor: str) -> Event:
    """`write` needs an entity to lock, so the very first event of its log is written here."""
    fact = EntityCreated(
        entity.id, entity.code, entity.name, entity.base_currency, entity.time_zone, entity.business_date,
        entity.dimensions,
    )  # fmt: skip
    now = clocks.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ((database_clock,),) = cursor.fetchall()
    check_clock(now, database_clock)
    recorded = Recorded(
        entity.id, 1, uuid7(), fact.event_type, entity.code, canonical.encode(fact).decode(), actor,
        now.isoformat(timespec="microseconds"),
    )  # fmt: skip
    return Event(**recorded._asdict() | {"recorded_at": now, "hash": chain_hash(GENESIS, recorded)})


def advance_business_date(entity: Entity, to: date, *, actor: str) -> None:
    """Move the business date of the books forward to `to`; the same date is a no-op.

    Raises `Malformed` for a date before the current one, and for one more than a year ahead of both it and the
    calendar: a business date never goes back, so a slip of the finger would stay.
    """

    def work(tx: Transaction, _: None) -> None:
        if to < tx.entity.business_date:
            message = f"The business date is {tx.entity.business_date} and only moves forward."
            raise Malformed(message, pointer="/business_date")
        if to > max(tx.entity.business_date, tx.recorded_at.date()) + MAX_LEAP:
            message = f"{to} is more than a year ahead, and the business date cannot go back."
            raise Malformed(message, pointer="/business_date")
        check_day(to, "/business_date")
        move_business_date(tx, to, actor)

    write(entity.id, work)
    entity.business_date = to


def _check(code: str, name: str, base_currency: str, time_zone: str, dimensions: Sequence[str]) -> None:
    if not _CODE.fullmatch(code):
        message = "A code is 1 to 64 letters, digits, - or _, and starts with a letter or digit."
        raise Malformed(message, pointer="/code")
    if not name.strip():
        message = "A name has 1 to 200 characters."
        raise Malformed(message, pointer="/name")
    check_text(name, 200, "/name")
    if not CURRENCY_CODE.fullmatch(base_currency):
        message = "A currency code is a capital letter and up to 11 more of A-Z, 0-9, '.', '_' or '-'."
        raise Malformed(message, pointer="/base_currency")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{time_zone[:64]!r} is not a time zone of the IANA database."
        raise Malformed(message, pointer="/time_zone") from error
    if len(dimensions) > MAX_DIMENSIONS or len(set(dimensions)) != len(dimensions):
        message = f"At most {MAX_DIMENSIONS} dimensions, each once."
        raise Malformed(message, pointer="/dimensions")
    for dimension in dimensions:
        if not _DIMENSION.fullmatch(dimension):
            message = f"{dimension[:50]!r} is not a dimension name: a-z, then a-z, 0-9 or _, at most 40."
            raise Malformed(message, pointer="/dimensions")
