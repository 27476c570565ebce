"""Foreign monetary positions as a revaluation finds them: their movements, at the rates pinned to their dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from accounts.bases.eras import Era
from accounts.currencies import IN_CURRENCY
from fx.deals.exchange_amounts import exactly
from fx.deals.quoting import chain_from
from fx.deals.role_accounts import CLEARING as CLEARING_ROLE
from fx.rates.conversion import Leg, Rounding, converted
from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.events import FxPolicyFact
from fx.rates.finding import fixed_leg, rate_chain
from fx.rates.policies import Fetch
from fx.rates.quotes import CLOSING, SPOT
from fx.revaluation.known_positions import START, KnownPosition, known_positions
from fx.revaluation.revaluing import ForeignPosition, ResultAmounts, ValuedMovement, carried
from ledgerflow.core.dates import EARLIEST, day_before
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO
from ledgerflow.core.phrases import phrase

# Foreign monetary accounts with their valuation account, "" where there is none in the base currency; and those that
# have one, but are monetary no longer or have become clearing. What was the base currency before has a fixed rate.
ACCOUNTS = f"""
    SELECT a.id, a.code, a.currency,
           CASE WHEN v.closed_at IS NULL AND v.currency = %s THEN v.code ELSE '' END, a.monetary AND a.role <> %s
    FROM accounts_currency u CROSS JOIN LATERAL {IN_CURRENCY} a
    LEFT JOIN revaluation_valuationpair p ON p.account_id = a.id LEFT JOIN accounts_account v ON v.id = p.valuation_id
    WHERE u.entity_id = %s AND u.code <> ALL (%s) AND u.is_money
      AND (a.monetary AND a.role <> %s OR p.account_id IS NOT NULL)
    ORDER BY a.code
"""  # noqa: S608 - a constant
MOVED = """
    SELECT d.account_id, d.effective_date, sum(d.debits - d.credits)
    FROM unnest(%s::uuid[], %s::date[]) AS w (id, since) JOIN journals_daytotal d ON d.account_id = w.id
    WHERE d.effective_date > w.since AND d.effective_date <= %s
    GROUP BY d.account_id, d.effective_date ORDER BY d.effective_date
"""
# Legs of settlements and of their reversals between two dates, at what the deal made them worth; and lines of journals
# with a rate of their own, whose reversals have the same. What was taken back on its own day has never been there: in
# and out again at the average cost would realise something.
DEALT = """
    WITH due AS (
        SELECT id FROM deals_settlement WHERE entity_id = %s AND effective_date BETWEEN %s AND %s
        UNION
        SELECT settlement_id FROM deals_settlementreversal WHERE effective_date BETWEEN %s AND %s
    ), legs AS (
        SELECT id, event_sequence, effective_date, sell_account_id AS account_id, sell_amount AS amount,
               sell_base AS value, CASE sell_side WHEN 'debit' THEN 1 ELSE -1 END AS sign
        FROM due JOIN deals_settlement USING (id) WHERE sell_account_id = ANY (%s)
        UNION ALL
        SELECT id, event_sequence, effective_date, buy_account_id, buy_amount, buy_base,
               CASE sell_side WHEN 'debit' THEN -1 ELSE 1 END
        FROM due JOIN deals_settlement USING (id) WHERE buy_account_id = ANY (%s)
        UNION ALL
        SELECT id, event_sequence, effective_date, f.account_id, fee_amount, fee_base, f.sign
        FROM due JOIN deals_settlement s USING (id)
        CROSS JOIN LATERAL (VALUES (fee_account_id, CASE fee_side WHEN 'debit' THEN 1 ELSE -1 END),
                                   (fee_counter_account_id, CASE fee_side WHEN 'debit' THEN -1 ELSE 1 END)
        ) AS f (account_id, sign)
        WHERE s.fee_base IS NOT NULL AND f.account_id = ANY (%s)
    ), moves AS (
        SELECT l.*, r.event_sequence AS back_sequence, r.effective_date AS back_on
        FROM legs l LEFT JOIN deals_settlementreversal r ON r.settlement_id = l.id
        WHERE r.effective_date IS DISTINCT FROM l.effective_date
    ), carried AS (
        SELECT c.*, b.effective_date AS back_on, b.event_sequence AS back_sequence
        FROM functional_carriedline c LEFT JOIN journals_journal b ON b.reverses_id = c.journal_id
        WHERE c.entity_id = %s AND c.account_id = ANY (%s) AND b.effective_date IS DISTINCT FROM c.effective_date
    )
    SELECT account_id, effective_date, sign * amount, sign * value, event_sequence FROM moves
    WHERE effective_date BETWEEN %s AND %s
    UNION ALL
    SELECT account_id, back_on, -sign * amount, -sign * value, back_sequence FROM moves
    WHERE back_on BETWEEN %s AND %s
    UNION ALL
    SELECT account_id, effective_date, amount, value, event_sequence FROM carried
    WHERE effective_date BETWEEN %s AND %s
    UNION ALL
    SELECT account_id, back_on, -amount, -value, back_sequence FROM carried WHERE back_on BETWEEN %s AND %s
    ORDER BY 5
"""
# By a run; and where none has, by a close that measured base amounts, so that cost and base amounts agree.
PINNED = """
    SELECT DISTINCT ON (currency, day) currency, day, chain
    FROM (
        SELECT currency, day, chain, NULL::bigint AS number FROM revaluation_pinned_rates(%s, %s, %s, NULL)
        UNION ALL
        SELECT p.currency, p.day, p.chain, p.number
        FROM functional_coverage(%s, 'infinity', (SELECT max(number) FROM days_daycutoff WHERE entity_id = %s)) c
        JOIN functional_measuredrate p ON p.entity_id = %s AND p.currency = c.currency AND p.day <= c.day
                                    AND p.number <= c.number
        WHERE p.day BETWEEN %s AND %s
    ) p
    ORDER BY currency, day, number DESC NULLS FIRST
"""
POSTED_SO_FAR = """
    SELECT l.account_id, sum(l.posted_gain), sum(l.posted_loss), sum(l.posted_realised)
    FROM revaluation_revaluation r JOIN revaluation_revaluationline l ON l.run_id = r.id
    WHERE r.entity_id = %s AND r.day BETWEEN %s AND %s GROUP BY l.account_id
"""

# Nothing else helps, not even reversing the journal: what comes in and what goes out both need a rate.
LEFT_OVER = phrase("{account} was revalued, and is not a foreign monetary account any more.")
NO_VALUATION = phrase("{account} has no account that carries its valuation.")
NOT_VALUED = phrase(
    "{account} moved on {day}: {message} Record a spot rate of that date: it brings in what moved the account that day,"
    " and the account is revalued."
)


class Foreign(NamedTuple):
    """A foreign monetary account with its valuation account, "" where it has none that can be posted to."""

    id: UUID
    code: str
    currency: str
    valuation: str
    is_revalued: bool


class Valued(NamedTuple):
    """A position, what it is worth at the closing rate, and what earlier runs have posted for it."""

    account: Foreign
    position: ForeignPosition
    closing_value: Decimal
    chain: list[Leg]
    posted_so_far: ResultAmounts


class Skipped(NamedTuple):
    """An account that could not be revalued, and why."""

    account: str
    currency: str
    code: str
    message: str
    account_id: UUID


class Positions(NamedTuple):
    """`pins` are the rates used here for the first time, by currency and day."""

    valued: list[Valued]
    skipped: list[Skipped]
    pins: dict[tuple[str, date], list[Leg]]


class RevaluationBooks(NamedTuple):
    """Whose positions: the entity, its base currency of an era with its minor units, and its policy.

    `before` are the same books in the base currency before, None in the first era.
    """

    entity_id: UUID
    era: Era
    minor_units: int
    policy: FxPolicyFact
    policy_revision: int
    before: RevaluationBooks | None

    @property
    def base(self) -> str:
        return self.era.currency

    @property
    def since(self) -> date:
        """The first day of the era."""
        return self.era.starts_on or EARLIEST

    @property
    def own(self) -> list[str]:
        """Currencies that no exchange difference comes of: the base currency, and those it was before."""
        return [self.base, *(self.before.own if self.before else ())]

    def brought_over(self, amount: Decimal) -> Decimal:
        """An amount in the base currency before, at the fixed rate."""
        assert self.before is not None  # noqa: S101 - who asks has one
        return converted(amount, [fixed_leg(self.era, self.before.base, "divide")], self.minor_units)

    @property
    def rounding(self) -> Rounding:
        return exactly(Rounding(self.policy.rounding))


def positions_at(books: RevaluationBooks, day: date, *, fetch: Fetch) -> Positions:
    """All foreign monetary positions at the end of `day`; accounts that never moved are left out.

    What cannot be valued is among the skipped ones: `fx_account_missing` (no valuation account), `rate_missing`,
    `rate_too_old`, `valuation_left_over` (of an account whose kind was changed). Nothing is raised for it, so that one
    currency does not keep the others from being revalued.
    """
    params = (books.base, CLEARING_ROLE, books.entity_id, books.own, CLEARING_ROLE)
    accounts = [Foreign(*row) for row in fetch(ACCOUNTS, params)]
    reached = _reached(books, accounts, day, fetch)
    posted_so_far = _posted_so_far(books, day, fetch)
    found = Positions([], [], reached.rates.pins | reached.pins_before)
    for account in [one for one in accounts if one.id in reached.positions]:
        so_far = posted_so_far.get(account.id, ResultAmounts())
        position = reached.positions[account.id]
        if not account.is_revalued:
            if so_far.gain or so_far.loss:
                message = LEFT_OVER.format(account=account.code)
                found.skipped.append(_skipped(account, "valuation_left_over", message))
            continue
        if not account.valuation:
            if any(so_far) or reached.amounts[account.id]:
                message = NO_VALUATION.format(account=account.code)
                found.skipped.append(_skipped(account, "fx_account_missing", message))
            continue
        if isinstance(position, _MovementNotValuedError):
            message = NOT_VALUED.format(account=account.code, day=position.day, message=position.refusal.message)
            found.skipped.append(_skipped(account, position.refusal.code, message))
            continue
        try:
            found.valued.append(_valued(account, position, reached.rates, so_far))
        except (RateMissing, RateTooOld) as refusal:
            found.skipped.append(_skipped(account, refusal.code, refusal.message))
    return found


class _Reached(NamedTuple):
    """Where accounts stand that ever moved: their positions, or why there is none, and their amounts."""

    positions: dict[UUID, ForeignPosition | _MovementNotValuedError]
    amounts: dict[UUID, Decimal]
    rates: _Rates
    pins_before: dict[tuple[str, date], list[Leg]]


def _reached(books: RevaluationBooks, accounts: Sequence[Foreign], day: date, fetch: Fetch) -> _Reached:
    """Positions at the end of `day`: from the last run of this era, or from where the era before has left them."""
    ids = [one.id for one in accounts]
    known = known_positions(
        books.entity_id, ids, day, since=books.since, policy_revision=books.policy_revision, fetch=fetch
    )
    refused: dict[UUID, _MovementNotValuedError] = {}
    pins_before: dict[tuple[str, date], list[Leg]] = {}
    if books.before is not None:
        last = day_before(books.since)
        left = _reached(books.before, [one for one in accounts if one.id not in known], last, fetch)
        pins_before = left.rates.pins | left.pins_before
        for id_, position in left.positions.items():
            if isinstance(position, _MovementNotValuedError):
                refused[id_] = position
                known[id_] = KnownPosition(last, ForeignPosition(left.amounts[id_]))
            else:
                brought = map(books.brought_over, position[1:])
                known[id_] = KnownPosition(last, ForeignPosition(position.amount, *brought))
    start = START if books.before is None else KnownPosition(day_before(books.since))
    moved = _by_account(fetch(MOVED, (ids, [known.get(id_, start).day for id_ in ids], day)))
    first = min((on for days in moved.values() for on in days), default=day)
    dealt = _dealt(fetch, books.entity_id, list(moved), (first, day)) if moved else {}
    found = _Reached({}, {}, _Rates(books, first, day, fetch), pins_before)
    for account in accounts:
        if account.id not in moved and account.id not in known:
            continue
        before, since = known.get(account.id, start).position, moved.get(account.id, {})
        found.amounts[account.id] = _sum([before.amount, *since.values()])
        try:
            found.positions[account.id] = refused.get(account.id) or _moved_on(
                account, before, since, dealt.get(account.id, {}), found.rates
            )
        except _MovementNotValuedError as one:
            found.positions[account.id] = one
    return found


def _posted_so_far(books: RevaluationBooks, day: date, fetch: Fetch) -> dict[UUID, ResultAmounts]:
    """What runs through a day have posted, in the base currency of its era."""
    rows = fetch(POSTED_SO_FAR, (books.entity_id, books.since, day))
    found = {id_: ResultAmounts(*sums) for id_, *sums in rows}
    if books.before is not None:
        for id_, amounts in _posted_so_far(books.before, day_before(books.since), fetch).items():
            brought = map(books.brought_over, amounts)
            found[id_] = ResultAmounts(*map(CONTEXT.add, found.get(id_, ResultAmounts()), brought))
    return found


class _MovementNotValuedError(Exception):
    """The rate of a movement's day was refused."""

    def __init__(self, day: date, refusal: LedgerError) -> None:
        super().__init__()
        self.day = day
        self.refusal = refusal


class _Rates:
    """The rates of one run: pinned ones first, each found once."""

    def __init__(self, books: RevaluationBooks, first: date, day: date, fetch: Fetch) -> None:
        self._books = books
        self._day = day
        self.minor_units = books.minor_units
        self._fetch = fetch
        id_ = books.entity_id
        self._pinned = {
            (currency, on): chain_from(chain)
            for currency, on, chain in fetch(PINNED, (id_, first, day, id_, id_, id_, first, day))
        }
        self._closing: dict[str, list[Leg] | LedgerError] = {}
        self.pins: dict[tuple[str, date], list[Leg]] = {}

    def translated(self, amount: Decimal, currency: str, on: date) -> Decimal:
        """A movement at its date's rate, which is pinned from now on."""
        chain = self._pinned.get((currency, on))
        if chain is None:
            chain = self._find(currency, on, SPOT)
            self._pinned[currency, on] = self.pins[currency, on] = chain
        return converted(amount, chain, self._books.minor_units, self._books.rounding)

    def closing(self, currency: str) -> list[Leg]:
        """The closing rate of the day. Raises `RateMissing`, `RateTooOld`."""
        if currency not in self._closing:
            self._closing[currency] = self._found_or_refused(currency)
        chain = self._closing[currency]
        if isinstance(chain, LedgerError):
            raise chain
        return chain

    def closing_value(self, amount: Decimal, currency: str) -> Decimal:
        return converted(amount, self.closing(currency), self._books.minor_units, self._books.rounding)

    def _found_or_refused(self, currency: str) -> list[Leg] | LedgerError:
        try:
            return self._find(currency, self._day, CLOSING)
        except (RateMissing, RateTooOld) as refusal:
            return refusal

    def _find(self, currency: str, on: date, kind: str) -> list[Leg]:
        books = self._books
        return rate_chain(books.entity_id, currency, books.base, on, kind=kind, policy=books.policy, fetch=self._fetch)


def _by_account(rows: Sequence[Any]) -> dict[UUID, dict[date, Decimal]]:
    found: dict[UUID, dict[date, Decimal]] = defaultdict(dict)
    for account_id, on, amount in rows:
        found[account_id][on] = amount
    return dict(found)


def _dealt(
    fetch: Fetch, entity_id: UUID, ids: list[UUID], between: tuple[date, date]
) -> dict[UUID, dict[date, list[ValuedMovement]]]:
    found: dict[UUID, dict[date, list[ValuedMovement]]] = defaultdict(lambda: defaultdict(list))
    params = (entity_id, *between, *between, ids, ids, ids, entity_id, ids, *between, *between, *between, *between)
    for account_id, on, amount, value, _ in fetch(DEALT, params):
        found[account_id][on].append(ValuedMovement(amount, value))
    return found


def _moved_on(
    account: Foreign,
    before: ForeignPosition,
    moved: Mapping[date, Decimal],
    dealt: Mapping[date, list[ValuedMovement]],
    rates: _Rates,
) -> ForeignPosition:
    """A position after the movements since. Raises `_MovementNotValuedError`."""
    days: list[list[ValuedMovement]] = []
    for on, total in moved.items():
        legs = dealt.get(on, [])
        rest = total
        for leg in legs:
            rest = CONTEXT.subtract(rest, leg.amount)
        try:
            own = [ValuedMovement(rest, rates.translated(rest, account.currency, on))] if rest else []
        except (RateMissing, RateTooOld) as refusal:
            raise _MovementNotValuedError(on, refusal) from refusal
        days.append([*own, *legs])
    return carried(days, rates.minor_units, before)


def _valued(account: Foreign, position: ForeignPosition, rates: _Rates, posted_so_far: ResultAmounts) -> Valued:
    """A position at the closing rate. Raises `RateMissing`, `RateTooOld`."""
    value = rates.closing_value(position.amount, account.currency) if position.amount else ZERO
    chain = rates.closing(account.currency) if position.amount else []
    return Valued(account, position, value, chain, posted_so_far)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext(CONTEXT):
        return sum(amounts, ZERO)


def _skipped(account: Foreign, code: str, message: str) -> Skipped:
    return Skipped(account.code, account.currency, code, message, account.id)
