"""Settling an exchange: two journals through the clearing accounts and the row that ties them, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from accounts.bases.eras import era_on, eras_of
from fx.deals.errors import QuoteExpired, QuoteUsed, SettledInOldBase, SettlementNotFound
from fx.deals.events import FxSettledFact, FxSettlementReversedFact
from fx.deals.models import FxQuote, Settlement
from fx.deals.plan import ISSUER, Order, Plan, drafts_of, planned
from fx.deals.quoting import chain_json
from fx.rates.policies import fetch_within
from journals.drafts import Draft
from journals.errors import BatchRefused
from journals.events import Answer, read_fact
from journals.models import Kind
from journals.posting import post_with_hook
from journals.reversal import lines_back
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised, plain

SETTLED_ON = "SELECT effective_date FROM deals_settlement WHERE id = %s"
USED = "SELECT id FROM deals_settlement WHERE quote_id = %s"
INSERT = """
    INSERT INTO deals_settlement (id, entity_id, quote_id, effective_date, sell_account_id, sell_side, sell_currency,
        sell_amount, buy_account_id, buy_currency, gross_amount, buy_amount, spread_percent, spread_amount, rate_on,
        rate_kind, chain, base_chain, sell_base, gross_base, buy_base, spread_base, rounding_base, rounding,
        accounts, sell_journal_id, buy_journal_id, event_sequence, recorded_at, actor, reference_chain,
        reference_amount, reference_missing, fee_account_id, fee_counter_account_id, fee_side, fee_currency, fee_amount,
        fee_base)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_REVERSAL = """
    INSERT INTO deals_settlementreversal (settlement_id, effective_date, sell_journal_id, buy_journal_id,
        event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class Settled(NamedTuple):
    """A settlement, and whether it was there already under this key."""

    settlement: Settlement
    replayed: bool


def settle(
    entity_id: UUID, order: Order, *, key: str, may_choose_rate: bool = False, issuer: str = CLIENT, actor: str
) -> Settled:
    """Post a settlement: both journals, its row and its event, all or nothing. The same key and order replays.

    `may_choose_rate`: a deal may be at a rate other than the spot rate of its effective date, and a quote may be dated
    before the day of its rate; `PermissionMissing` otherwise.

    Raises `Malformed`, `UnusualRate`, `IdempotencyKeyReused`, `NotFound` (the quote), `QuoteExpired`, `QuoteUsed`,
    `UnknownAccount`, `CurrencyMismatch`, `FxAccountMissing`, `FxAccountAmbiguous`, what pricing raises
    (`fx.quoting.quote`), and what posting does (`journals.posting.post`).
    """
    claim = claim_of(key, ["settle", _normalised(order)], issuer)

    def work() -> Settled:
        plan = planned(entity_id, order, may_choose_rate=may_choose_rate)
        return _settle(entity_id, plan, order, claim, actor)

    return once.once(entity_id, claim, work, lambda sequence: _earlier(entity_id, sequence))


def _settle(entity_id: UUID, plan: Plan, order: Order, claim: Claim, actor: str) -> Settled:
    settlement_id = uuid7()

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        once.take(tx, claim)
        _raise_refusal(answers)
        _check_quote(tx, plan.quote)
        fact = _fact(settlement_id, plan, answers, claim)
        sequence = tx.record(fact, str(settlement_id), actor)
        tx.remember(*claim, sequence)
        _insert(tx, fact, plan, sequence, actor)

    _raise_refusal(post_with_hook(entity_id, drafts_of(plan, order, settlement_id, actor), hook, atomic=True))
    return Settled(settlement_of(entity_id, settlement_id), replayed=False)


def reverse_settlement(
    entity_id: UUID,
    settlement_id: UUID,
    *,
    key: str,
    effective_date: date | None = None,
    description: str = "",
    override_limits: str = "",
    issuer: str = CLIENT,
    actor: str,
) -> Settled:
    """Take both journals of a settlement back at its own rate, together and once; the same key replays.

    `effective_date` None means the business date; it may not be before the settlement's.
    Raises `IdempotencyKeyReused`, `NotFound`, `AlreadyReversed`, `BeforeOriginal`,
    `NotReversible` (the base currency has changed since), and what posting does.
    """
    claim = claim_of(key, ["settlement.reverse", settlement_id, effective_date, description, override_limits], issuer)

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        once.take(tx, claim)
        _raise_refusal(answers)
        sold, bought = (read_fact(answer.journal) for answer in answers)
        eras, ((sold_on,),) = eras_of(entity_id, fetch_within(tx)), tx.query(SETTLED_ON, (settlement_id,)).fetchall()
        if era_on(eras, sold.effective_date) != era_on(eras, sold_on):
            raise SettledInOldBase(pointer="/effective_date", settled_on=str(sold_on), day=str(sold.effective_date))
        fact = FxSettlementReversedFact(sold.effective_date, sold.id, bought.id, **claim.fact())
        sequence = tx.record(fact, str(settlement_id), actor)
        tx.remember(*claim, sequence)
        row = (settlement_id, fact.effective_date, fact.sell_journal, fact.buy_journal)
        tx.query(INSERT_REVERSAL, (*row, sequence, tx.recorded_at, actor))

    def work() -> Settled:
        settlement, attempt = settlement_of(entity_id, settlement_id), uuid7()
        drafts = [
            Draft(
                key=f"{attempt}:{side}:back",
                issuer=ISSUER,
                lines=lines_back(journal),
                kind=Kind.REVERSAL,
                effective_date=effective_date,
                description=description,
                reverses=journal.id,
                not_before=journal.effective_date,
                override_limits=override_limits,
                actor=actor,
            )
            for side, journal in (("sell", settlement.sell_journal), ("buy", settlement.buy_journal))
        ]
        _raise_refusal(post_with_hook(entity_id, drafts, hook, atomic=True))
        return Settled(settlement_of(entity_id, settlement_id), replayed=False)

    return once.once(entity_id, claim, work, lambda sequence: _earlier(entity_id, sequence))


def settlement_of(entity_id: UUID, settlement_id: UUID) -> Settlement:
    """A settlement of these books. Raises `NotFound`."""
    rows = Settlement.objects.select_related(
        "entity", "sell_account", "buy_account", "sell_journal", "buy_journal", "reversal"
    )
    found = rows.filter(entity_id=entity_id, id=settlement_id).first()
    if found is None:
        raise SettlementNotFound
    return found


def _earlier(entity_id: UUID, sequence: int) -> Settled:
    """The settlement that an event of a settlement or its reversal is about."""
    subject = Event.objects.values_list("subject", flat=True).get(entity_id=entity_id, sequence=sequence)
    return Settled(settlement_of(entity_id, UUID(subject)), replayed=True)


def _normalised(order: Order) -> Order:
    """The order as it was asked for, amounts without zeros at their end; what it confirms is no part of it."""
    order = msgspec.structs.replace(order, confirm_unusual_date=False, confirm_unusual_rate=False)
    if order.fee is not None:
        fee = msgspec.structs.replace(order.fee, amount=Decimal(normalised(order.fee.amount)))
        order = msgspec.structs.replace(order, fee=fee)
    if order.deal is None:
        return order
    amounts = {
        name: Decimal(normalised(value))
        for name in ("sell_amount", "buy_amount", "spread_percent", "rate")
        if (value := getattr(order.deal, name)) is not None
    }
    return msgspec.structs.replace(order, deal=msgspec.structs.replace(order.deal, **amounts))


def _raise_refusal(answers: Sequence[Answer]) -> None:
    refusals = [answer.refusal for answer in answers if answer.refusal is not None]
    if refusals:
        own: LedgerError = next((one for one in refusals if not isinstance(one, BatchRefused)), refusals[0])
        own.pointer = own.pointer if own.pointer == "/effective_date" else ""  # lines are ours, not the caller's
        raise own


def _check_quote(tx: Transaction, quote: FxQuote | None) -> None:
    if quote is None:
        return
    used = tx.query(USED, (quote.id,)).fetchone()
    if used is not None:
        raise QuoteUsed(pointer="/quote", settlement=str(used[0]))
    if tx.recorded_at > quote.expires_at:
        raise QuoteExpired(
            pointer="/quote", expires_at=quote.expires_at.isoformat(), until=f"{quote.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        )


def _fact(settlement_id: UUID, plan: Plan, answers: Sequence[Answer], claim: Claim) -> FxSettledFact:
    sold, bought = (read_fact(answer.journal) for answer in answers)
    amounts = plan.amounts
    base = {f"{name}_base": plain(value) for name, value in plan.base._asdict().items()}
    more: dict[str, Any] = {**base, **claim.fact(), **_of_reference(plan), **_of_fee(plan)}
    return FxSettledFact(
        id=settlement_id,
        quote=plan.quote.id if plan.quote else None,
        effective_date=sold.effective_date,
        sell_side=plan.sell_side,
        sell_currency=plan.currencies[0],
        sell_amount=plain(amounts.sell),
        buy_currency=plan.currencies[1],
        gross_amount=plain(amounts.gross),
        buy_amount=plain(amounts.buy),
        spread_percent=normalised(plan.spread_percent),
        spread_amount=plain(amounts.spread),
        rate_on=plan.rate_on,
        rate_kind=plan.rate_kind,
        chain=chain_json(plan.chain),
        base_chain=chain_json(plan.base_chain),
        rounding=plan.rounding.mode,
        accounts=plan.accounts,
        sell_journal=sold.id,
        buy_journal=bought.id,
        **more,
    )


def _of_reference(plan: Plan) -> dict[str, Any]:
    if plan.reference is None:
        return {}
    chain, amount, missing = plan.reference
    return {
        "reference_chain": chain_json(chain),
        "reference_amount": None if amount is None else plain(amount),
        "reference_missing": missing,
    }


def _of_fee(plan: Plan) -> dict[str, Any]:
    fee = plan.fee
    if fee is None:
        return {}
    base = None if fee.base is None else plain(fee.base)
    return {"fee_side": fee.side, "fee_currency": fee.currency, "fee_amount": plain(fee.amount), "fee_base": base}


def _insert(tx: Transaction, fact: FxSettledFact, plan: Plan, sequence: int, actor: str) -> None:
    amounts, base, fee = plan.amounts, plan.base, plan.fee
    reference_amount = plan.reference.amount if plan.reference else None
    of_fee = (fee.account.id, fee.counter_account.id) if fee else (None, None)
    fee_amounts = (fee.amount, fee.base) if fee else (None, None)
    tx.query(
        INSERT,
        (fact.id, tx.entity_id, fact.quote, fact.effective_date, plan.ids[0], fact.sell_side, fact.sell_currency,
         amounts.sell, plan.ids[1], fact.buy_currency, amounts.gross, amounts.buy, plan.spread_percent, amounts.spread,
         fact.rate_on, fact.rate_kind, Jsonb(fact.chain), Jsonb(fact.base_chain), base.sell, base.gross, base.buy,
         base.spread, base.rounding, fact.rounding, Jsonb(msgspec.to_builtins(fact.accounts)), fact.sell_journal,
         fact.buy_journal, sequence, tx.recorded_at, actor, Jsonb(fact.reference_chain), reference_amount,
         fact.reference_missing, *of_fee, fact.fee_side, fact.fee_currency, *fee_amounts),
    )  # fmt: skip
