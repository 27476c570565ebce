"""Which account in base currency carries the valuation of a foreign monetary account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from accounts.bases.eras import base_currency_on, eras_of
from accounts.currencies import IN_CURRENCY
from accounts.errors import UnknownAccount
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from fx.deals.role_accounts import CLEARING, VALUATION
from fx.rates.finding import check_money
from fx.rates.policies import fetch_default, fetch_within
from fx.revaluation.errors import (
    NoSuchAccount,
    NotAValuationAccount,
    NotForeignMonetary,
    PairInUse,
)
from fx.revaluation.events import ValuationPairedFact
from fx.revaluation.models import ValuationPair
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.plugins import Portable
from ledgerflow.core.texts import is_storable

LOAD = """
    SELECT id, code, type, currency, role, monetary, is_header FROM accounts_account
    WHERE entity_id = %s AND code = ANY (%s)
"""
# A pair in the base currency before is of the past: another one takes its place.
IN_USE = """
    SELECT FROM revaluation_revaluationline l
    WHERE l.account_id = %s AND (
        SELECT v.currency FROM revaluation_valuationpair p JOIN accounts_account v ON v.id = p.valuation_id
        WHERE p.account_id = l.account_id) = %s
    LIMIT 1
"""
VALUATION_OF = "SELECT valuation_id FROM revaluation_valuationpair WHERE account_id = %s"
SAVE = """
    INSERT INTO revaluation_valuationpair (account_id, entity_id, type, valuation_id, event_sequence, recorded_at,
        actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (account_id) DO UPDATE SET valuation_id = EXCLUDED.valuation_id,
        event_sequence = EXCLUDED.event_sequence, recorded_at = EXCLUDED.recorded_at, actor = EXCLUDED.actor
"""
# Foreign monetary accounts nobody values yet in the base currency of today.
UNPAIRED = f"""
    SELECT a.code, a.name, a.type, a.currency, a.normal_side,
           EXISTS (SELECT FROM revaluation_valuationpair p WHERE p.account_id = a.id)
    FROM accounts_currency u CROSS JOIN LATERAL {IN_CURRENCY} a
    WHERE u.entity_id = %s AND a.monetary AND u.code <> ALL (%s) AND u.is_money
      AND a.closed_at IS NULL AND a.role <> %s
      AND NOT EXISTS (SELECT FROM revaluation_valuationpair p JOIN accounts_account v ON v.id = p.valuation_id
                      WHERE p.account_id = a.id AND v.currency = %s)
    ORDER BY a.code
"""  # noqa: S608 - a constant
PAIRS = """
    SELECT a.code, v.code FROM revaluation_valuationpair p
    JOIN accounts_account a ON a.id = p.account_id JOIN accounts_account v ON v.id = p.valuation_id
    WHERE p.entity_id = %s ORDER BY p.event_sequence
"""


class PairEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A pair of accounts as a file of settings carries it."""

    account: str
    valuation: str


def pair_valuation(entity_id: UUID, account: str, valuation: str, *, actor: str) -> ValuationPair:
    """Have the account `valuation` carry what `account` is worth in base currency beyond what it came in at.

    Both are of one type. A pair may be changed until its first revaluation, and when the base currency has changed.
    The same again changes nothing.
    Raises `UnknownAccount`, `NotMoney`, and `ValuationPairRefused` with the reason.
    """

    def work(tx: Transaction, _: None) -> UUID:
        rows = {row[1]: row for row in tx.query(LOAD, (entity_id, [account, valuation])).fetchall()}
        for name, code in (("account", account), ("valuation_account", valuation)):
            if code not in rows:
                raise UnknownAccount(pointer=f"/{name}", account=code)
        foreign, own = rows[account], rows[valuation]
        base = base_currency_on(entity_id, tx.entity.business_date, fetch_within(tx))
        check_money(entity_id, [foreign[3]], "/account", fetch=fetch_within(tx))
        _check(foreign, own, base)
        id_, type_ = foreign[0], foreign[2]
        paired = tx.query(VALUATION_OF, (id_,)).fetchone()
        if paired is not None and paired[0] == own[0]:
            return UUID(str(id_))
        if tx.query(IN_USE, (id_, base)).fetchone() is not None:
            raise PairInUse(pointer="/valuation_account", account=account)
        sequence = tx.record(ValuationPairedFact(account, valuation), str(id_), actor)
        tx.query(SAVE, (id_, entity_id, type_, own[0], sequence, tx.recorded_at, actor))
        return UUID(str(id_))

    for name, code in (("account", account), ("valuation_account", valuation)):
        if not is_storable(code):
            raise NoSuchAccount(pointer=f"/{name}")
    return ValuationPair.objects.select_related("account", "valuation").get(account_id=write(entity_id, work))


def pair_missing(entity_id: UUID, base: str, *, actor: str) -> list[ValuationPair]:
    """Open a valuation account, "<code>-VALUATION", for each foreign monetary account without a pair, and pair them.

    `base` is the base currency of today. After a change of it the account is "<code>-VALUATION-<base>", where the other
    is that of the pair before. Raises `AccountExists` where such a code is taken by another account.
    """
    currencies = [era.currency for era in eras_of(entity_id)]
    was = currencies[: currencies.index(base) + 1]
    unpaired = fetch_default(UNPAIRED, (entity_id, was, CLEARING, base))
    specs = [
        AccountSpec(
            code=f"{code[:80]}-VALUATION-{base}" if had_one else f"{code[:90]}-VALUATION",
            name=f"Valuation of {name}"[:200], currency=base, type=type_, normal_side=side, role=VALUATION,
        )
        for code, name, type_, _, side, had_one in unpaired
    ]  # fmt: skip
    for opened in open_accounts(entity_id, specs, actor=actor) if specs else ():
        if opened.refusal is not None:
            raise opened.refusal
    return [
        pair_valuation(entity_id, row[0], spec.code, actor=actor) for row, spec in zip(unpaired, specs, strict=True)
    ]


def _check(foreign: Any, own: Any, base: str) -> None:
    _, code, type_, currency, role, monetary, is_header = foreign
    if currency == base or not monetary or is_header or role == CLEARING:
        raise NotForeignMonetary(pointer="/account", account=code)
    _, own_code, own_type, own_currency, own_role, _, own_header = own
    if own_type != type_ or own_currency != base or own_role != VALUATION or own_header:
        raise NotAValuationAccount(
            pointer="/valuation_account", account=own_code, type=type_, currency=base, role=VALUATION
        )


def _entries(connection: Any, entity_id: UUID) -> Iterator[PairEntry]:
    return (PairEntry(*row) for row in connection.execute(PAIRS, (entity_id,)))


def _bring(entity_id: UUID, wanted: PairEntry, actor: str) -> bool:
    pairs = ValuationPair.objects.filter(entity=entity_id)
    if pairs.filter(account__code=wanted.account, valuation__code=wanted.valuation).exists():
        return False
    pair_valuation(entity_id, wanted.account, wanted.valuation, actor=actor)
    return True


PORTABLE = Portable("valuation_pair", PairEntry, _entries, _bring)
