"""Opening a set of books, and moving its business date on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from ledgerflow.books.business_dates import check_date, check_leap, move_business_date
from ledgerflow.books.errors import EntityExists
from ledgerflow.books.events import EntityCreatedFact
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.writing import LockedEntity, Transaction, found, write
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import Malformed
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CURRENCY_CODE
from ledgerflow.core.texts import check_text

MAX_DIMENSIONS = 8
TAKEN = "SELECT FROM books_entity WHERE code = %s"
INSERT = """
    INSERT INTO books_entity (id, code, base_currency, time_zone, first_business_date, business_date, dimensions, name,
                              created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)
"""
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
    populate: Callable[[Transaction], dict[str, Any]] = lambda _: {},
) -> Entity:
    """A new, empty set of books that starts on `business_date`; event 1 is `entity.created`.

    `populate` adds what the books need from the start, in the same transaction (`accounts.founding.found_books`), and
    gives the members by which the first event tells of it.
    Raises `Malformed` (with a pointer) for bad values, `EntityExists` when the code is taken, and
    `ClockSuspect` (`ledgerflow.books.writing.check_clock`).
    """
    _check(code, name, base_currency, time_zone, dimensions)
    check_day(business_date, "/business_date")
    entity_id, asked = uuid7(), list(dimensions)

    def work(tx: Transaction) -> None:
        if tx.query(TAKEN, (code,)).fetchone() is not None:
            raise _taken(code)
        tx.query(
            INSERT, (entity_id, *tx.entity[:3], business_date, business_date, json.dumps(asked), name, tx.recorded_at)
        )
        members = populate(tx)
        fact = EntityCreatedFact(entity_id, code, name, base_currency, time_zone, business_date, asked, **members)
        tx.record(fact, code, actor)

    entity = LockedEntity(code, base_currency, time_zone, business_date, business_date, asked)
    try:
        found(entity_id, entity, work)
    except psycopg.IntegrityError as error:
        if named_refusal(error) is not EntityExists:  # somebody else was first meanwhile
            raise
        raise _taken(code) from error
    return Entity.objects.get(pk=entity_id)


def advance_business_date(entity: Entity, to: date, *, actor: str) -> None:
    """Move the business date of the books forward to `to`; the same date is a no-op.

    Raises `Malformed` for a date before the current one, and for one more than a year ahead of both it and today;
    `BusinessDateLeap` for one more than a month after the current one, or after today: step by step somebody could go
    as far as he likes.
    """

    def work(tx: Transaction, _: None) -> None:
        before, today = tx.entity.business_date, tx.recorded_at.date()
        check_date(before, today, to)
        if to > before:
            check_leap(tx, min(before, today), to)
        move_business_date(tx, to, actor)

    write(entity.id, work)
    entity.business_date = to


def _taken(code: str) -> EntityExists:
    message = f"There is an entity {code!r} already."
    return EntityExists(message, pointer="/code")


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
