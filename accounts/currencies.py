"""The currencies of an entity: ISO 4217 from the start, custom ones on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from accounts.errors import CurrencyExists, MinorUnitsOutOfRange
from accounts.events import CurrencyAddedFact
from accounts.iso4217 import ISO_4217, WITHDRAWN
from accounts.models import Currency
from ledgerflow.books.copying import copy_text
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import named_refusal
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import CurrencyCodeRefused, NameLength
from ledgerflow.core.ids import uuid7, uuid7_run
from ledgerflow.core.money import CURRENCY_CODE, MAX_MINOR_UNITS
from ledgerflow.core.plugins import Portable
from ledgerflow.core.texts import check_text

COPY = "COPY accounts_currency (id, entity_id, code, name, minor_units, is_custom) FROM STDIN"
# The accounts in the currency of a row `u` of accounts_currency, open or closed: an index each, so that a few in
# foreign currencies are found among very many in the entity's own (OFFSET 0: not even by a join that reads all first).
IN_CURRENCY = """(
        SELECT * FROM accounts_account
        WHERE entity_id = u.entity_id AND currency = u.code AND NOT is_header AND closed_at IS NULL
        UNION ALL
        SELECT * FROM accounts_account
        WHERE entity_id = u.entity_id AND currency = u.code AND NOT is_header AND closed_at IS NOT NULL
        OFFSET 0
    )"""
INSERT = """
    INSERT INTO accounts_currency (id, entity_id, code, name, minor_units, is_custom, is_money)
    VALUES (%s, %s, %s, %s, %s, true, %s)
    ON CONFLICT (entity_id, code) DO NOTHING RETURNING id
"""
CUSTOM = """
    SELECT code, name, minor_units::int, is_money FROM accounts_currency
    WHERE entity_id = %s AND is_custom ORDER BY code
"""


class CustomCurrency(msgspec.Struct, forbid_unknown_fields=True):
    """A custom currency as a file of settings carries it."""

    code: str
    name: str
    minor_units: int
    is_money: bool = True


def seed_iso(tx: Transaction) -> dict[str, Any]:
    """Give new books all active ISO 4217 currencies, and their first event what tells of them: code -> minor units.

    A withdrawn one is there where the books are kept in it.
    """
    base = tx.entity.base_currency
    currencies = (*ISO_4217, *(one[:3] for one in WITHDRAWN if one[0] == base))
    ids = uuid7_run(len(currencies))
    tx.copy(
        COPY,
        [
            f"{id_.hex}\t{tx.entity_hex}\t{code}\t{copy_text(name)}\t{minor_units}\tf\n"
            for id_, (code, name, minor_units) in zip(ids, currencies, strict=True)
        ],
    )
    return {"currencies": {code: minor_units for code, _, minor_units in currencies}}


def add_currency(
    entity: Entity, *, code: str, name: str, minor_units: int, is_money: bool = True, actor: str
) -> Currency:
    """A custom currency, such as USDC with 6 minor units (0 to 18), or CREDIT with 0, which is not money.

    Raises `Malformed` for bad values, `CurrencyExists` when the entity has the code already, and `NotMoney` when what
    is not to be money has rates.
    """
    if not CURRENCY_CODE.fullmatch(code):
        raise CurrencyCodeRefused(pointer="/code")
    if not name.strip():
        raise NameLength(pointer="/name", most=100)
    check_text(name, 100, "/name")
    if not 0 <= minor_units <= MAX_MINOR_UNITS:
        raise MinorUnitsOutOfRange(pointer="/minor_units", most=MAX_MINOR_UNITS)
    currency = Currency(
        id=uuid7(), entity=entity, code=code, name=name, minor_units=minor_units, is_custom=True, is_money=is_money
    )

    def work(tx: Transaction, _: None) -> None:
        try:
            added = tx.query(INSERT, (currency.id, entity.id, code, name, minor_units, is_money)).fetchone()
        except psycopg.errors.CheckViolation as error:  # rates stand in a room above this one
            refusal = named_refusal(error)
            if refusal is None:
                raise
            raise refusal(pointer="/is_money", currency=code) from error
        if added is None:
            raise CurrencyExists(pointer="/code", currency=code)
        tx.record(CurrencyAddedFact(currency.id, code, name, minor_units, is_money), code, actor)

    write(entity.id, work)
    return currency


def _entries(connection: Any, entity_id: UUID) -> Iterator[CustomCurrency]:
    return (CustomCurrency(*row) for row in connection.execute(CUSTOM, (entity_id,)))


def _bring(entity_id: UUID, wanted: CustomCurrency, actor: str) -> bool:
    found = Currency.objects.filter(entity=entity_id, code=wanted.code[:12]).first()
    there = None if found is None else CustomCurrency(found.code, found.name, found.minor_units, found.is_money)
    if there == wanted:
        return False
    entity = Entity.objects.get(pk=entity_id)
    add_currency(entity, **msgspec.structs.asdict(wanted), actor=actor)
    return True


PORTABLE = Portable("currency", CustomCurrency, _entries, _bring, before_journals=True)
