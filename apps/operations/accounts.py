"""The accounts that templates name, looked up for many operations at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from apps.operations.definitions import Definition, Example, filled
from apps.operations.evaluating import FoundAccount, Reference, references
from apps.operations.parameters import as_text, check_values
from ledgerflow.core.errors import LedgerError

# Those of a code, those with a role, and the scales of currencies, in one round trip; each by its index, for an entity
# may have millions of owners. An account that is closed, or a header, is nobody's to post to by its role.
FIND = """
    SELECT 'code', '', '', a.code, a.currency, c.minor_units::int, 1::bigint
    FROM unnest(%s::text[]) AS wanted (code)
    JOIN accounts_account a ON a.entity_id = %s AND a.code = wanted.code
    JOIN accounts_currency c ON c.entity_id = a.entity_id AND c.code = a.currency
    UNION ALL
    SELECT 'role', wanted.owner, wanted.role, coalesce(found.code, ''), wanted.currency, 0, found.count
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (owner, role, currency) CROSS JOIN LATERAL (
        SELECT min(a.code) AS code, count(*) AS count FROM accounts_account a
        WHERE wanted.owner <> '' AND a.entity_id = %s AND a.owner_id = wanted.owner AND a.owner_id <> ''
          AND a.role = wanted.role AND a.currency = wanted.currency AND a.closed_at IS NULL AND NOT a.is_header
    ) found WHERE wanted.owner <> ''
    UNION ALL
    SELECT 'role', wanted.owner, wanted.role, coalesce(found.code, ''), wanted.currency, 0, found.count
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (owner, role, currency) CROSS JOIN LATERAL (
        SELECT min(a.code) AS code, count(*) AS count FROM accounts_account a
        WHERE a.entity_id = %s AND a.role = wanted.role AND a.role <> '' AND a.owner_id = ''
          AND a.currency = wanted.currency AND a.closed_at IS NULL AND NOT a.is_header
    ) found WHERE wanted.owner = ''
    UNION ALL
    SELECT 'currency', '', '', c.code, c.code, c.minor_units::int, 1::bigint
    FROM unnest(%s::text[]) AS wanted (code) JOIN accounts_currency c ON c.entity_id = %s AND c.code = wanted.code
"""
Found = tuple[dict[Reference, FoundAccount], dict[str, int]]


def find(entity_id: UUID, wanted: Iterable[Reference], currencies: Iterable[str] = ()) -> Found:
    """The accounts that are there, by their references; the minor units of `currencies` and of those they name."""
    unique = set(wanted)
    codes = [one.code for one in unique if one.code]
    roles = [one for one in unique if not one.code]
    named = ([one.owner for one in roles], [one.role for one in roles], [one.currency for one in roles])
    scales = sorted({one.currency for one in roles} | set(currencies))
    with connection.cursor() as cursor:
        cursor.execute(FIND, (codes, entity_id, *named, entity_id, *named, entity_id, scales, entity_id))
        rows = cursor.fetchall()
    minor_units = {code: scale for sort, _, _, code, _, scale, _ in rows if sort == "currency"}
    found: dict[Reference, FoundAccount] = {}
    for sort, owner, role, code, currency, scale, count in rows:
        if sort == "code":
            found[Reference(code=code)] = FoundAccount(code, currency, scale)
        elif sort == "role":
            account = FoundAccount(code, currency, minor_units.get(currency, 0), count)
            found[Reference(owner=owner, role=role, currency=currency)] = account
    return found, minor_units


def for_example(entity_id: UUID, definition: Definition, example: Example) -> Found:
    """The accounts of an example. Those of its parameters need not be there: others stand in for them.

    What the template itself names, by code or by role, must be in the books, and so must the account of a parameter on
    a line that does not say its currency. Of an example whose values are refused nothing is found.
    """
    try:
        values = check_values(definition.parameters, example.parameters)
    except LedgerError:
        return {}, {}
    wanted = references(definition, values)
    texts = {name: as_text(value) for name, value in values.items()}
    currencies = [filled(line.currency, texts) for line in definition.lines]
    found, minor_units = find(entity_id, wanted, currencies)
    for line, reference, currency in zip(definition.lines, wanted, currencies, strict=True):
        stands_in = (line.parameter or line.owner) and line.opens is None and currency in minor_units
        if stands_in and not (reference in found and found[reference].found):
            code = reference.code or f"{reference.role} of {reference.owner}"
            found[reference] = FoundAccount(code, currency, minor_units[currency])
    return found, minor_units
