"""What foreign accounts come to in base currency: every movement at the rate of its day (IAS 21 paragraph 21).

Legs of settlements are worth what their deal made them, journals with a rate of their own what that rate makes them.
Of one account and day all else is converted together and rounded once, as revaluations do, so that the sum over an
account is what revaluations call its cost less what is realised.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from fx.functional.day_rates import Chains, FunctionalBooks, day_rates
from fx.functional.line_moves import moves_of_lines
from fx.functional.moves import NOTHING, Move, Special, moves_since, special_moves
from fx.rates.conversion import converted
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO

COVERED = "SELECT currency, day, number FROM functional_coverage(%(entity)s, %(as_of)s, %(cut_off)s)"
NEWEST = """
    FROM accounts_account a
    JOIN unnest(%(currencies)s::text[], %(days)s::date[], %(numbers)s::bigint[]) AS c (currency, day, number)
      ON c.currency = a.currency
    CROSS JOIN LATERAL (
        SELECT base_total FROM functional_basesnapshot
        WHERE account_id = a.id AND day <= c.day AND day > coalesce(%(before)s::date, '-infinity')
          AND number <= c.number ORDER BY day DESC, number DESC LIMIT 1
    ) s
    WHERE a.entity_id = %(entity)s AND NOT a.is_header AND (%(types)s::text[] IS NULL OR a.type = ANY (%(types)s))
"""
SNAPSHOTS = "SELECT a.id, s.base_total" + NEWEST
SUM_OF_SNAPSHOTS = "SELECT coalesce(sum(s.base_total), 0)" + NEWEST


class Covered(NamedTuple):
    """Through which day a currency is measured, and by which close."""

    day: date
    number: int


class Measurable(NamedTuple):
    """A movement, and what of it has a base amount of its own."""

    move: Move
    special: Special

    @property
    def needs_rate(self) -> bool:
        """Whether something is left that the rate of the day converts."""
        return bool(self.move.adjustment or self.move.ordinary != self.special.amount)


Refusals = dict[str, dict[date, LedgerError]]


def base_totals(books: FunctionalBooks, as_of: date, *, with_adjustments: bool = True) -> dict[UUID, Decimal]:
    """The sum of base amounts of each foreign account that ever moved, through `as_of`; debit positive.

    Of books whose base currency has changed: since their era began, and `as_of` lies in it.

    From the newest snapshots, and what moved since, at the rates of now. Without what closing entries moved. Of books
    of some lines only: what these moved on an account and day, rounded once, at the rate that is pinned for the day.
    Raises `RateMissing` and `RateTooOld` with pair and date, `AmountTooLarge`.
    """
    if books.lines is not None:
        moves = [
            Measurable(*one) for one in moves_of_lines(books, books.lines, as_of, with_adjustments=with_adjustments)
        ]
        return measured(books, moves, rates_of(books, moves))
    covered = coverage(books, as_of)
    totals: dict[UUID, Decimal] = dict(books.rows(SNAPSHOTS, **columns_of(covered), types=None))
    for account, amount in _since(books, covered, as_of, with_adjustments=with_adjustments).items():
        totals[account] = CONTEXT.add(totals.get(account, ZERO), amount)
    return totals


def base_sum(books: FunctionalBooks, as_of: date, types: Collection[str], *, with_adjustments: bool = True) -> Decimal:
    """What `base_totals` gives for the accounts of some types, added up. Raises as that does."""
    covered, wanted = coverage(books, as_of), list(types)
    ((total,),) = books.rows(SUM_OF_SNAPSHOTS, **columns_of(covered), types=wanted)
    with localcontext(CONTEXT):
        since = _since(books, covered, as_of, with_adjustments=with_adjustments, types=wanted)
        return sum(since.values(), total)


def _since(
    books: FunctionalBooks,
    covered: Mapping[str, Covered],
    as_of: date,
    *,
    with_adjustments: bool,
    types: Collection[str] | None = None,
) -> dict[UUID, Decimal]:
    since = {currency: one.day for currency, one in covered.items()}
    moves = with_special(books, moves_since(books, since, as_of, with_adjustments=with_adjustments, types=types))
    return measured(books, moves, rates_of(books, moves))


def coverage(books: FunctionalBooks, as_of: date) -> dict[str, Covered]:
    """Through which day at most `as_of` the currencies are measured that ever were."""
    begins = books.era.starts_on or date.min
    rows = books.rows(COVERED, as_of=as_of)
    return {currency: Covered(day, number) for currency, day, number in rows if day >= begins}


def columns_of(covered: Mapping[str, Covered]) -> dict[str, list[Any]]:
    """The coverage as parameters of a statement."""
    return {
        "currencies": list(covered),
        "days": [one.day for one in covered.values()],
        "numbers": [one.number for one in covered.values()],
    }


def with_special(books: FunctionalBooks, moves: Collection[Move]) -> list[Measurable]:
    """Movements, each with what of it has a base amount of its own."""
    special = special_moves(books, {move.day for move in moves}) if moves else {}
    return [Measurable(move, special.get((move.account, move.day), NOTHING)) for move in moves]


def rates_of(books: FunctionalBooks, moves: Iterable[Measurable]) -> Chains:
    """The rates that measuring takes, or their refusals."""
    return day_rates(books, {(one.move.currency, one.move.day) for one in moves if one.needs_rate})


def measured(
    books: FunctionalBooks, moves: Iterable[Measurable], rates: Chains, refusals: Refusals | None = None
) -> dict[UUID, Decimal]:
    """The base amounts of movements, summed by account.

    What has no rate is noted in `refusals` by currency and day, and does not count; without these it is raised.
    """
    found: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    with localcontext(CONTEXT):
        for move, own in moves:
            try:
                found[move.account] += _value(books, move, own, rates)
            except LedgerError as refusal:
                if refusals is None:
                    raise
                refusals.setdefault(move.currency, {})[move.day] = refusal
    return found


def _value(books: FunctionalBooks, move: Move, special: Special, rates: Chains) -> Decimal:
    rest = move.ordinary - special.amount
    if move.is_measured:
        return _worth(books, move, rest + move.adjustment, rates) - _worth(books, move, rest, rates)
    return _worth(books, move, rest + move.adjustment, rates) + special.value


def _worth(books: FunctionalBooks, move: Move, amount: Decimal, rates: Chains) -> Decimal:
    if not amount:
        return ZERO
    chain = rates[move.currency, move.day]
    if isinstance(chain, LedgerError):
        raise chain
    return converted(amount, chain, books.minor_units, books.rounding)
