"""Settling an exchange: two journals through the clearing accounts and the row that ties them, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from fx.models_deals import FxQuote, Settlement
from fx.quoting import chain_json
from fx.settlement_plan import Order, Plan, drafts_of, planned, second_key
from fx.settling import Accounts
from journals.drafts import Draft
from journals.facts import Answer, read_fact
from journals.models import Kind
from journals.posting import post_with_hook
from journals.reversing import lines_back
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.errors import (
    BatchRefused,
    IdempotencyKeyReused,
    LedgerError,
    NotFound,
    QuoteExpired,
    QuoteUsed,
    TryAgain,
)
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised, plain

SETTLED, REVERSED = "fx.settled", "fx.settlement_reversed"
USED = "SELECT id FROM fx_settlement WHERE quote_id = %s"
INSERT = """
    INSERT INTO fx_settlement (id, entity_id, quote_id, effective_date, sell_account_id, sell_side, sell_currency,
        sell_amount, buy_account_id, buy_currency, gross_amount, buy_amount, spread_percent, spread_amount, rate_on,
        rate_kind, chain, base_chain, sell_base, gross_base, buy_base, spread_base, rounding_base, rounding,
        accounts, sell_journal_id, buy_journal_id, idempotency_key, fingerprint, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, %s, %s)
"""
INSERT_REVERSAL = """
    INSERT INTO fx_settlementreversal (settlement_id, effective_date, sell_journal_id, buy_journal_id, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class Settled(NamedTuple):
    """A settlement, and whether it was there already under this key."""

    settlement: Settlement
    replayed: bool


class SettlementFact(msgspec.Struct, frozen=True):
    """What the event `fx.settled` carries; the lines are in the events of its two journals."""

    id: UUID
    quote: UUID | None
    effective_date: date
    sell_side: str
    sell_currency: str
    sell_amount: str
    buy_currency: str
    gross_amount: str
    buy_amount: str
    spread_percent: str
    spread_amount: str
    rate_on: date
    rate_kind: str
    chain: list[dict[str, Any]]
    base_chain: list[dict[str, Any]]
    sell_base: str
    gross_base: str
    buy_base: str
    spread_base: str
    rounding_base: str
    rounding: str
    accounts: Accounts
    sell_journal: UUID
    buy_journal: UUID
    request_key: str  # it is bound to the event of the first journal
    request_fingerprint: str


class ReversalFact(msgspec.Struct, frozen=True):
    """What the event `fx.settlement_reversed` carries; its subject is the settlement."""

    effective_date: date
    sell_journal: UUID
    buy_journal: UUID


def settle(entity_id: UUID, order: Order, *, key: str, may_choose_rate: bool = False, actor: str) -> Settled:
    """Post a settlement: both journals, its row and its event, all or nothing. The same key and order replays.

    `may_choose_rate`: a deal may be at a rate other than the spot rate of its effective date, and a quote may be dated
    before the day of its rate; `PermissionMissing` otherwise.

    Raises `Malformed`, `NotFound` (the quote), `QuoteExpired`, `QuoteUsed`, `UnknownAccount`, `CurrencyMismatch`,
    `FxAccountMissing`, `FxAccountAmbiguous`, `IdempotencyKeyReused`, what pricing raises (`fx.quoting.quote`), and
    what posting does (`journals.posting.post`).
    """
    print_ = sha256(canonical.encode(order)).hexdigest()
    if (earlier := _earlier(entity_id, key, print_)) is not None:
        return earlier
    plan = planned(entity_id, order, may_choose_rate=may_choose_rate)
    settlement_id = uuid7()

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        if not _all_posted(answers):
            return
        _check_quote(tx, plan.quote)
        fact = _fact(settlement_id, plan, answers, key, print_)
        sequence = tx.record(SETTLED, str(settlement_id), canonical.encode(fact), actor)
        _insert(tx, fact, plan, sequence, actor)

    try:
        _raise_refusal(post_with_hook(entity_id, drafts_of(plan, order, key, actor), hook, atomic=True))
    except IdempotencyKeyReused:
        # Somebody else was first with this key, and rates may have moved between the two of us.
        if (earlier := _earlier(entity_id, key, print_)) is None:
            raise
        return earlier
    settlement = Settlement.objects.get(entity_id=entity_id, idempotency_key=key)
    return Settled(settlement, settlement.id != settlement_id)


def reverse_settlement(
    entity_id: UUID,
    settlement_id: UUID,
    *,
    key: str,
    effective_date: date | None = None,
    description: str = "",
    override_limits: str = "",
    actor: str,
) -> Settled:
    """Take both journals of a settlement back at its own rate, together and once; the same key replays.

    `effective_date` None means the business date; it may not be before the settlement's.
    Raises `NotFound`, `AlreadyReversed`, `BeforeOriginal`, and what posting does.
    """
    settlement = settlement_of(entity_id, settlement_id)
    drafts = [
        Draft(
            key=own_key,
            lines=lines_back(journal),
            kind=Kind.REVERSAL,
            effective_date=effective_date,
            description=description,
            reverses=journal.id,
            not_before=journal.effective_date,
            override_limits=override_limits,
            actor=actor,
        )
        for journal, own_key in ((settlement.sell_journal, key), (settlement.buy_journal, second_key(key)))
    ]

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        if not _all_posted(answers):
            return
        sold, bought = (read_fact(answer.journal) for answer in answers)
        fact = ReversalFact(sold.effective_date, sold.id, bought.id)
        sequence = tx.record(REVERSED, str(settlement_id), canonical.encode(fact), actor)
        row = (settlement_id, fact.effective_date, fact.sell_journal, fact.buy_journal)
        tx.query(INSERT_REVERSAL, (*row, sequence, tx.recorded_at, actor))

    answers = post_with_hook(entity_id, drafts, hook, atomic=True)
    _raise_refusal(answers)
    return Settled(settlement_of(entity_id, settlement_id), answers[0].status == "replayed")


def settlement_of(entity_id: UUID, settlement_id: UUID) -> Settlement:
    """A settlement of these books. Raises `NotFound`."""
    rows = Settlement.objects.select_related(
        "entity", "sell_account", "buy_account", "sell_journal", "buy_journal", "reversal"
    )
    found = rows.filter(entity_id=entity_id, id=settlement_id).first()
    if found is None:
        message = "There is no such settlement in these books."
        raise NotFound(message)
    return found


def _earlier(entity_id: UUID, key: str, print_: str) -> Settled | None:
    settlement = Settlement.objects.filter(entity_id=entity_id, idempotency_key=key).first()
    if settlement is None:
        return None
    if settlement.fingerprint != print_:
        message = "This idempotency key was used for another request."
        raise IdempotencyKeyReused(message, idempotency_key=key)
    return Settled(settlement, replayed=True)


def _all_posted(answers: Sequence[Answer]) -> bool:
    """Whether all of it is new; False for a replay. Raises the refusal, which rolls everything back."""
    _raise_refusal(answers)
    statuses = {answer.status for answer in answers}
    if len(statuses) > 1:
        message = "Only a part of this is in the books; nothing was written."
        raise TryAgain(message)
    return statuses == {"posted"}


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
        message = "This quote has been settled."
        raise QuoteUsed(message, pointer="/quote", settlement=str(used[0]))
    if tx.recorded_at > quote.expires_at:
        message = f"This quote stood until {quote.expires_at:%Y-%m-%dT%H:%M:%SZ}."
        raise QuoteExpired(message, pointer="/quote", expires_at=quote.expires_at.isoformat())


def _fact(settlement_id: UUID, plan: Plan, answers: Sequence[Answer], key: str, print_: str) -> SettlementFact:
    sold, bought = (read_fact(answer.journal) for answer in answers)
    amounts, base = plan.amounts, plan.base
    return SettlementFact(
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
        **{f"{name}_base": plain(value) for name, value in base._asdict().items()},
        rounding=plan.rounding.mode,
        accounts=plan.accounts,
        sell_journal=sold.id,
        buy_journal=bought.id,
        request_key=key,
        request_fingerprint=print_,
    )


def _insert(tx: Transaction, fact: SettlementFact, plan: Plan, sequence: int, actor: str) -> None:
    amounts, base = plan.amounts, plan.base
    tx.query(
        INSERT,
        (fact.id, tx.entity_id, fact.quote, fact.effective_date, plan.ids[0], fact.sell_side, fact.sell_currency,
         amounts.sell, plan.ids[1], fact.buy_currency, amounts.gross, amounts.buy, plan.spread_percent, amounts.spread,
         fact.rate_on, fact.rate_kind, Jsonb(fact.chain), Jsonb(fact.base_chain), base.sell, base.gross, base.buy,
         base.spread, base.rounding, fact.rounding, Jsonb(msgspec.to_builtins(fact.accounts)), fact.sell_journal,
         fact.buy_journal, fact.request_key, fact.request_fingerprint, sequence, tx.recorded_at, actor),
    )  # fmt: skip
