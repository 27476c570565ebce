"""The proof of a settlement: its postings in clearing, valued at its pinned rates, add up to zero in base currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import msgspec

from accounts.bases.eras import era_on, eras_of
from fx.deals.exchange_amounts import Accounts, ProofLine, proof_lines
from fx.deals.models import Settlement
from fx.deals.quoting import chain_from
from fx.rates.conversion import Rounding
from fx.rates.finding import minor_units_of
from journals.models import Posting
from ledgerflow.core.money import CONTEXT, ZERO

TOGETHER = 500


class Proof(NamedTuple):
    """Lines in clearing with their values, and what they add up to: zero.

    `rounding` is what was posted to the rounding account; `agrees` says that the postings on the two accounts, the
    spread and the rounding are those of the settlement's row.
    """

    lines: list[ProofLine]
    total: Decimal
    rounding: Decimal
    agrees: bool


def proof_of(settlement: Settlement) -> Proof:
    """Prove a settlement from what its two journals posted."""
    ((_, proof),) = proved([settlement])
    return proof


def proved(settlements: Iterable[Settlement]) -> Iterator[tuple[Settlement, Proof]]:
    """Prove settlements of one entity, some hundred with each query."""
    own: dict[str, int] = {}  # base currencies with their minor units
    rest = iter(settlements)
    while some := list(islice(rest, TOGETHER)):
        entity_id = some[0].entity_id
        eras = eras_of(entity_id)
        own = own or {era.currency: minor_units_of(entity_id, era.currency) for era in eras}
        posted = _posted(some)
        for settlement in some:
            lines = posted[settlement.sell_journal_id] + posted[settlement.buy_journal_id]
            base = era_on(eras, settlement.effective_date).currency
            yield settlement, _proof(settlement, lines, base, own[base])


def _proof(settlement: Settlement, rows: list[tuple[str, str, Decimal]], base: str, base_units: int) -> Proof:
    accounts = msgspec.convert(settlement.accounts, Accounts)
    posted = _summed(rows)
    # By account and currency: roles may change later, the codes of a settlement stay.
    clearing = {accounts.sell_clearing, accounts.buy_clearing, accounts.base_clearing}
    lines = proof_lines(
        [(code, currency, amount) for (code, currency), amount in posted.items() if code in clearing],
        (settlement.sell_currency, settlement.buy_currency, base),
        chain_from(settlement.chain),
        chain_from(settlement.base_chain),
        base_units,
        Rounding(settlement.rounding),
    )
    sign = 1 if settlement.sell_side == "debit" else -1
    rest = {code: amount for (code, _), amount in posted.items() if code not in clearing}
    expected = {
        accounts.sell: settlement.sell_amount * sign,
        accounts.buy: settlement.buy_amount * -sign,
        accounts.spread: settlement.spread_amount * -sign,
        accounts.rounding: settlement.rounding_base * -sign,
    }
    if settlement.fee_amount is not None:  # which may be taken from the account that was bought into
        fee = settlement.fee_amount * (1 if settlement.fee_side == "debit" else -1)
        for code, amount in ((accounts.fee, fee), (accounts.fee_counter, -fee)):
            expected[code] = CONTEXT.add(expected.get(code, ZERO), amount)
    with localcontext(CONTEXT):
        total = sum((line.base for line in lines), ZERO)
    return Proof(lines, total, rest.get(accounts.rounding, ZERO), _moved(rest) == _moved(expected))


def _moved(amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    return {code: amount for code, amount in amounts.items() if code and amount}


def _posted(settlements: list[Settlement]) -> dict[UUID, list[tuple[str, str, Decimal]]]:
    journals = [id_ for one in settlements for id_ in (one.sell_journal_id, one.buy_journal_id)]
    rows = Posting.objects.filter(journal_id__in=journals)
    found: dict[UUID, list[tuple[str, str, Decimal]]] = defaultdict(list)
    for journal, code, currency, amount in rows.values_list("journal_id", "account__code", "currency", "amount"):
        found[journal].append((code, currency, amount))
    return found


def _summed(rows: list[tuple[str, str, Decimal]]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    for code, currency, amount in rows:
        found[code, currency] = CONTEXT.add(found.get((code, currency), ZERO), amount)
    return found
