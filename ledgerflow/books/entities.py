"""Opening a set of books, and moving its business date on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction

from ledgerflow.books.models import Entity
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import EntityExists, Malformed
from ledgerflow.core.money import CURRENCY_CODE
from ledgerflow.core.texts import check_text

MAX_DIMENSIONS = 8
ADVANCE = "UPDATE books_entity SET business_date = %s WHERE id = %s"
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
) -> Entity:
    """A new, empty set of books that starts on `business_date`; event 1 is `entity.created`.

    Raises `Malformed` (with a pointer) for bad values and `EntityExists` when the code is taken. Its currencies are
    added by `accounts.currencies.seed_iso`.
    """
    _check(code, name, base_currency, time_zone, dimensions)
    entity = Entity(
        code=code, name=name, base_currency=base_currency, time_zone=time_zone,
        first_business_date=business_date, business_date=business_date, dimensions=list(dimensions),
    )  # fmt: skip
    try:
        with transaction.atomic():
            entity.save(force_insert=True)
    except IntegrityError as error:
        message = f"There is an entity {code!r} already."
        raise EntityExists(message, pointer="/code") from error
    facts = {
        "id": entity.id, "code": code, "name": name, "base_currency": base_currency, "time_zone": time_zone,
        "business_date": business_date, "dimensions": list(dimensions),
    }  # fmt: skip
    write(entity.id, lambda tx, _: tx.record("entity.created", code, canonical.encode(facts), actor))
    return entity


def advance_business_date(entity: Entity, to: date, *, actor: str) -> None:
    """Move the business date of the books forward, to `to` or beyond by nobody else; the same date is a no-op.

    Raises `Malformed` for a date before the current one: a business date only goes forward.
    """

    def work(tx: Transaction, _: None) -> None:
        if to < tx.entity.business_date:
            message = f"The business date is {tx.entity.business_date} and only moves forward."
            raise Malformed(message, pointer="/business_date")
        if to > tx.entity.business_date:
            tx.query(ADVANCE, (to, tx.entity_id))
            change = {"from": tx.entity.business_date, "to": to}
            tx.record("business_date.advanced", tx.entity.code, canonical.encode(change), actor)

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
