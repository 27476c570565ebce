"""Customers and suppliers: the register of parties, and what they stand at on accounts that keep one for each line.

These are assets and liabilities that keep open items, or whose lines must name a party. Which of the two a party is,
the register says; where it does not, an asset makes a customer and a liability a supplier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from accounts.dimensions.specs import PARTY
from ledgerflow.core.money import CONTEXT, ZERO
from reports.audit_files.foreign import ForeignBooks
from reports.reading.figures import NET_ASSET_TYPES, Reader
from reports.statements.income import Range

CUSTOMER, SUPPLIER = "customer", "supplier"
REGISTER = """
    SELECT code, name, tax_id, country, party_kind FROM dimensions_dimensionvalue
    WHERE entity_id = %s AND dimension = %s
"""
ACCOUNTS = """
    SELECT account_id FROM open_items_itemaccount WHERE entity_id = %(entity)s AND event_sequence <= %(known)s
    UNION
    SELECT account_id FROM dimensions_accountdimensions
    WHERE entity_id = %(entity)s AND jsonb_exists(required, %(dimension)s)
"""
# Of accounts in base currency. Closing entries move no assets and liabilities.
BALANCES = """
    SELECT p.account_id, p.dimensions ->> %(dimension)s,
           coalesce(sum(p.amount) FILTER (WHERE p.effective_date < %(start)s), 0),
           coalesce(sum(p.amount) FILTER (WHERE p.effective_date >= %(start)s), 0)
    FROM accounts_account a
    JOIN journals_posting p ON p.account_id = a.id AND p.effective_date <= %(end)s AND p.event_sequence <= %(known)s
    WHERE a.entity_id = %(entity)s AND a.id = ANY (%(accounts)s::uuid[])
      AND coalesce(p.dimensions ->> %(dimension)s, '') <> ''
    GROUP BY 1, 2
    HAVING count(*) FILTER (WHERE p.effective_date >= %(start)s) > 0 OR sum(p.amount) <> 0
"""


class AuditParty(NamedTuple):
    """A party of the register; `kind` is empty where that does not say it."""

    code: str
    name: str
    tax_id: str
    country: str
    kind: str


class PartyBalance(NamedTuple):
    """What a party stands at as customer or supplier, in base currency, debit positive; on which accounts."""

    party: AuditParty
    accounts: tuple[UUID, ...]
    opening: Decimal
    closing: Decimal


class AuditParties:
    """The parties of the books of a file."""

    def __init__(self, reader: Reader, dates: Range, foreign: ForeignBooks | None, currency: str) -> None:
        self._reader, self._dates, self._foreign, self._currency = reader, dates, foreign, currency
        rows = reader.rows(REGISTER, (reader.entity_id, PARTY))
        self._register = {row[0]: AuditParty._make(row) for row in rows}
        given = {"entity": reader.entity_id, "known": reader.known, "dimension": PARTY}
        types = {one: account.type for one, account in reader.accounts.items()}
        self._accounts = {one for (one,) in reader.rows(ACCOUNTS, given) if types[one] in NET_ASSET_TYPES}

    def named(self, code: str) -> AuditParty:
        """The party with a code; its name is the code where it was never declared."""
        return self._register.get(code) or AuditParty(code, code, "", "", "")

    def role(self, code: str, account: UUID) -> str:
        """What a party is on an account: "customer", "supplier", or "" on accounts that keep none."""
        if not code or account not in self._accounts:
            return ""
        kind = self.named(code).kind
        if kind in {CUSTOMER, SUPPLIER}:
            return kind
        return CUSTOMER if self._reader.accounts[account].type == "asset" else SUPPLIER

    def balances(self) -> Mapping[str, list[PartyBalance]]:
        """Customers and suppliers that stand at something or were moved, in the order of their codes."""
        found: dict[tuple[str, str], PartyBalance] = {}
        for account, code, opening, moved in sorted(self._rows(), key=lambda row: (row[1], str(row[0]))):
            key = self.role(code, account), code
            before = found.get(key, PartyBalance(self.named(code), (), ZERO, ZERO))
            opens = CONTEXT.add(before.opening, opening)
            closes = CONTEXT.add(before.closing, CONTEXT.add(opening, moved))
            found[key] = PartyBalance(before.party, (*before.accounts, account), opens, closes)
        return {
            role: [balance for (its, _), balance in found.items() if its == role] for role in (CUSTOMER, SUPPLIER)
        }  # fmt: skip

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        """Account, party, opening balance and movement in base currency."""
        accounts = self._reader.accounts
        own = [one for one in self._accounts if accounts[one].currency == self._currency]
        given = {
            "entity": self._reader.entity_id, "known": self._reader.known, "dimension": PARTY, "accounts": own,
            "start": self._dates.start, "end": self._dates.end,
        }  # fmt: skip
        yield from self._reader.rows(BALANCES, given)
        others = self._accounts - set(own)
        if self._foreign is not None and others:
            yield from self._foreign.by_party(others)
