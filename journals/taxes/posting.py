"""Posting journals whose lines bear tax codes: the lines of the tax are added.

A line with a code is the taxable amount and bears the code as its dimension `tax`; so do the lines of the tax, which
stand after those that were given, on the accounts of the code. Lines without a code stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from journals.drafts import Draft, Line, check, content_of
from journals.events import Answer
from journals.posting import post
from journals.taxes.codes import ValidCode, valid_codes
from journals.taxes.errors import (
    GrossReverseCharge,
    TaxAccountItself,
    TaxCodeUnknown,
    TaxGivenTwice,
    TaxInOtherCurrency,
)
from journals.taxes.kinds import DIMENSION, REVERSE_CHARGE
from journals.taxes.splitting import split
from ledgerflow.books import once
from ledgerflow.books.idempotency import Claim, fingerprint
from ledgerflow.core.errors import LedgerError, PrecisionExceeded
from ledgerflow.core.money import at_scale

BUSINESS_DATE = "SELECT business_date FROM books_entity WHERE id = %s"
SCALES = """
    SELECT a.code, a.currency, c.minor_units::int
    FROM accounts_account a JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    WHERE a.entity_id = %s AND a.code = ANY (%s::text[])
"""


class LineTax(NamedTuple):
    """What a line says of its tax: its code ("" for none), and whether its amount holds the tax."""

    code: str = ""
    gross: bool = False


UNTAXED = LineTax()


def post_taxed(entity_id: UUID, draft: Draft, taxes: Sequence[LineTax], *, dry_run: bool = False) -> Answer:
    """Post a draft with the lines of its taxes; `taxes` says for each of its lines what tax it bears.

    Rates are those of the effective date, or of the business date. The same key and request gives the first answer
    again, whatever has become of the codes. Raises `TaxCodeUnknown`, `TaxLineRefused`, and as `posting.post`.
    """
    check(draft)
    request = fingerprint(["taxed", content_of(draft), [list(one) for one in taxes]])
    asked = msgspec.structs.replace(draft, request=request)
    try:
        taxed = with_taxes(entity_id, asked, taxes)
    except LedgerError:
        if once.earlier(entity_id, Claim(draft.issuer, draft.key, request)) is None:
            raise
        taxed = asked  # it is replayed by its key and request, whatever its lines are
    return post(entity_id, taxed, dry_run=dry_run)


def with_taxes(entity_id: UUID, draft: Draft, taxes: Sequence[LineTax]) -> Draft:
    """The draft as it is posted, dated on the day whose rates it has. Raises `TaxCodeUnknown`, `TaxLineRefused`."""
    day = draft.effective_date or _business_date(entity_id)
    codes = valid_codes(entity_id, {one.code for one in taxes if one.code}, day, _fetch)
    scales = {code: (currency, units) for code, currency, units in _fetch(SCALES, (entity_id, _codes(draft)))}
    given: list[Line] = []
    added: list[Line] = []
    for number, (line, tax) in enumerate(zip(draft.lines, taxes, strict=True)):
        if not tax.code or line.account not in scales:  # posting says what is wrong with an unknown account
            given.append(line)
            continue
        if tax.code not in codes:
            raise TaxCodeUnknown(pointer=f"/lines/{number}/tax_code", tax_code=tax.code, day=str(day))
        code, (currency, minor_units) = codes[tax.code], scales[line.account]
        _check_line(line, tax, code, currency, number)
        base, *more = _lines(line, tax, code, minor_units, number)
        given.append(base)
        added += more
    return msgspec.structs.replace(draft, lines=(*given, *added), effective_date=day)


def _lines(line: Line, tax: LineTax, code: ValidCode, minor_units: int, number: int) -> list[Line]:
    """The taxable line, and those of its tax; none where the tax comes to nothing."""
    try:
        amount = at_scale(line.amount, minor_units)
    except PrecisionExceeded as refusal:
        refusal.pointer = f"/lines/{number}/amount"
        raise
    net, owed = split(amount, code.rate, minor_units, gross=tax.gross)
    base = msgspec.structs.replace(line, amount=net, dimensions={**(line.dimensions or {}), DIMENSION: code.code})
    if not owed:
        return [base]
    if code.kind == REVERSE_CHARGE:
        pairs: list[tuple[str, Decimal]] = [(code.deduct_account, owed), (code.account, owed.copy_negate())]
    else:
        pairs = [(code.account, owed)]
    lines = [
        Line(account, value, description=line.description, dimensions={DIMENSION: code.code})
        for account, value in pairs
    ]
    return [base, *lines]


def _check_line(line: Line, tax: LineTax, code: ValidCode, currency: str, number: int) -> None:
    named = (line.dimensions or {}).get(DIMENSION, tax.code)
    if named != tax.code:
        raise TaxGivenTwice(pointer=f"/lines/{number}/dimensions", tax_code=tax.code, dimension=named)
    if tax.gross and code.kind == REVERSE_CHARGE:
        raise GrossReverseCharge(pointer=f"/lines/{number}/amount_is", tax_code=tax.code)
    for account, other in ((code.account, code.currency), (code.deduct_account, code.deduct_currency)):
        if account == line.account:
            raise TaxAccountItself(pointer=f"/lines/{number}/account", tax_code=tax.code, account=account)
        if account and other != currency:
            raise TaxInOtherCurrency(
                pointer=f"/lines/{number}/tax_code", tax_code=tax.code, account=line.account, currency=currency,
                tax_account=account, other=other,
            )  # fmt: skip


def _codes(draft: Draft) -> list[str]:
    return [line.account for line in draft.lines]


def _business_date(entity_id: UUID) -> date:
    ((day,),) = _fetch(BUSINESS_DATE, (entity_id,))
    return day  # type: ignore[no-any-return]


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
