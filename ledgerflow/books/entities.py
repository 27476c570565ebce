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
from ledgerflow.books.errors import (
    DimensionNameRefused,
    EntityCodeRefused,
    EntityExists,
    TimeZoneUnknown,
    TooManyDimensions,
)
from ledgerflow.books.events import EntityCreatedFact
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.writing import LockedEntity, Transaction, found, write
from ledgerflow.core.dates import check_day
from ledgerflow.core.errors import CurrencyCodeRefused, NameLength
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
    return EntityExists(pointer="/code", entity=code)


def _check(code: str, name: str, base_currency: str, time_zone: str, dimensions: Sequence[str]) -> None:
    if not _CODE.fullmatch(code):
        raise EntityCodeRefused(pointer="/code")
    if not name.strip():
        raise NameLength(pointer="/name", most=200)
    check_text(name, 200, "/name")
    if not CURRENCY_CODE.fullmatch(base_currency):
        raise CurrencyCodeRefused(pointer="/base_currency")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TimeZoneUnknown(pointer="/time_zone", time_zone=time_zone[:64]) from error
    if len(dimensions) > MAX_DIMENSIONS or len(set(dimensions)) != len(dimensions):
        raise TooManyDimensions(pointer="/dimensions", most=MAX_DIMENSIONS)
    for dimension in dimensions:
        if not _DIMENSION.fullmatch(dimension):
            raise DimensionNameRefused(pointer="/dimensions", dimension=dimension[:50])
