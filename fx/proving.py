"""The proof of a settlement: its postings in clearing, valued at its pinned rates, add up to zero in base currency."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import NamedTuple

import msgspec

from fx.conversion import Rounding
from fx.models_deals import Settlement
from fx.quoting import chain_from
from fx.rates import minor_units_of
from fx.settling import Accounts, ProofLine, proof_lines
from journals.models import Posting
from ledgerflow.core.money import CONTEXT, ZERO


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
    entity = settlement.entity
    accounts = msgspec.convert(settlement.accounts, Accounts)
    posted = _posted(settlement)
    # By account and currency: roles may change later, the codes of a settlement stay.
    clearing = {accounts.sell_clearing, accounts.buy_clearing, accounts.base_clearing}
    lines = proof_lines(
        [(code, currency, amount) for (code, currency), amount in posted.items() if code in clearing],
        (settlement.sell_currency, settlement.buy_currency, entity.base_currency),
        chain_from(settlement.chain),
        chain_from(settlement.base_chain),
        minor_units_of(entity.id, entity.base_currency),
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
    with localcontext(CONTEXT):
        total = sum((line.base for line in lines), ZERO)
    return Proof(lines, total, rest.get(accounts.rounding, ZERO), rest == {c: a for c, a in expected.items() if c})


def _posted(settlement: Settlement) -> dict[tuple[str, str], Decimal]:
    rows = Posting.objects.filter(journal_id__in=[settlement.sell_journal_id, settlement.buy_journal_id])
    found: dict[tuple[str, str], Decimal] = {}
    for code, currency, amount in rows.values_list("account__code", "currency", "amount"):
        found[code, currency] = CONTEXT.add(found.get((code, currency), ZERO), amount)
    return found
