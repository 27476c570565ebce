"""The register of an account: its lines in recorded order or by date, each with the balance after it in that order.

Holds stand beside it as memo lines when they are asked for, each after the posting it came after. They are never part
of the running balance.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from accounts.models import Account
from journals.reading.as_of import QUESTION, question_of
from ledgerflow.core import canonical
from ledgerflow.core.dates import EARLIEST, LATEST
from ledgerflow.core.money import CONTEXT, plain

# The page is cut out before it meets its journals; without dates, it is read straight off the account's own index.
PAGE = """
    SELECT p.account_version, j.id, j.number, j.kind, j.layer, p.effective_date, j.recorded_at, p.event_sequence,
           p.line, p.amount, p.balance_after, coalesce(nullif(p.description, ''), j.description),
           j.external_reference, p.dimensions, j.reverses_id
    FROM (
        SELECT * FROM journals_posting WHERE account_id = %(account)s AND {conditions}
        ORDER BY account_version {direction} LIMIT %(limit)s
    ) p JOIN journals_journal j ON j.id = p.journal_id
    ORDER BY p.account_version {direction}
"""
# The same with the steps of holds among them, in one statement: what is cut out of both is cut at one moment. At one
# version of the account its posting comes first, then the steps of holds that found it there.
PAGE_WITH_HOLDS = """
    SELECT * FROM (
        (SELECT p.account_version, p.event_sequence, false, j.id, j.number, j.kind, j.layer, p.effective_date,
                j.recorded_at, p.line, p.amount, p.balance_after, coalesce(nullif(p.description, ''), j.description),
                j.external_reference, p.dimensions, j.reverses_id
         FROM (
            SELECT * FROM journals_posting WHERE account_id = %(account)s AND {conditions}
            ORDER BY account_version {direction} LIMIT %(limit)s
         ) p JOIN journals_journal j ON j.id = p.journal_id)
        UNION ALL
        (SELECT e.account_version, e.event_sequence, true, h.id, NULL, 'hold_' || e.action, NULL, e.effective_date,
                e.recorded_at, NULL, e.amount, e.held_after, h.description, h.external_reference, NULL, e.journal_id
         FROM (
            SELECT * FROM holds_holdentry WHERE account_id = %(account)s AND {conditions}
            ORDER BY account_version {direction}, event_sequence {direction} LIMIT %(limit)s
         ) e JOIN holds_hold h ON h.id = e.hold_id)
    ) lines
    ORDER BY 1 {direction}, 2 {direction} LIMIT %(limit)s
"""
# By date the balance is that of the day before the page, what stands before the page on its first day, and the lines
# so far: all in one statement, since a backdated journal that came in between would make it wrong.
BY_DATE = f"""
    WITH {QUESTION},
    opening AS (
        SELECT f.debits - f.credits + coalesce((
            SELECT sum(amount) FROM journals_posting
            WHERE account_id = %s AND effective_date = question.as_of + 1 AND account_version <= %s
              AND (question.known IS NULL OR event_sequence <= question.known)
        ), 0) AS net
        FROM question CROSS JOIN LATERAL journals_figures_at(
            %s, question.as_of, question.known, question.closed_through, question.cut_off, question.layers
        ) f
    )
    SELECT p.account_version, j.id, j.number, j.kind, j.layer, p.effective_date, j.recorded_at, p.event_sequence,
           p.line, p.amount, opening.net + sum(p.amount) OVER (ORDER BY p.effective_date, p.account_version),
           coalesce(nullif(p.description, ''), j.description), j.external_reference, p.dimensions, j.reverses_id
    FROM (
        SELECT p.* FROM journals_posting p CROSS JOIN question
        WHERE p.account_id = %s AND (p.effective_date, p.account_version) > (question.as_of + 1, %s)
          AND p.effective_date <= %s AND (question.known IS NULL OR p.event_sequence <= question.known)
        ORDER BY p.effective_date, p.account_version LIMIT %s
    ) p CROSS JOIN opening JOIN journals_journal j ON j.id = p.journal_id
    ORDER BY p.effective_date, p.account_version
"""  # noqa: S608 - put together from constants
FORWARD = "account_version > %(after)s"
BACKWARD = "account_version < %(after)s"
# The first half finds the place in an index that has the version alone.
FORWARD_OF_BOTH = "account_version >= %(after)s AND (account_version, event_sequence) > (%(after)s, %(after_sequence)s)"
BACKWARD_OF_BOTH = (
    "account_version <= %(after)s AND (account_version, event_sequence) < (%(after)s, %(after_sequence)s)"
)
FROM_DATE = "effective_date >= %(from_date)s"
TO_DATE = "effective_date <= %(to_date)s"
# Versions rise with the events: of what was known then, the last one is found by halving.
KNOWN = "account_version <= journals_version_at(%(account)s, %(known)s) AND event_sequence <= %(known)s"
LAST_EVENT = """
    SELECT sequence FROM books_event WHERE entity_id = %s AND recorded_at <= %s
    ORDER BY recorded_at DESC, sequence DESC LIMIT 1
"""
BEYOND_LAST = 2**63 - 1


class RegisterLine(msgspec.Struct, frozen=True):
    """One line. `version` is its place in recorded order (1, 2, 3 …).

    `balance_after` is on the account's normal side, and runs in the order of the register.
    `description` is the line's own, or the journal's where the line has none.
    """

    version: int
    journal: UUID
    journal_number: int
    kind: str
    layer: str
    effective_date: date
    recorded_at: datetime
    event_sequence: int
    line: int
    side: str
    amount: str
    balance_after: str
    description: str
    external_reference: str
    dimensions: dict[str, str] | None
    reverses: UUID | None


class MemoLine(msgspec.Struct, frozen=True):
    """A step of a hold beside the register; `version` is that of the posting it came after, 0 before the first.

    `kind` is hold_placed, hold_captured, hold_released, hold_expired or hold_extended; `held_after` what the account
    then holds back.
    """

    version: int
    hold: UUID
    kind: str
    effective_date: date
    recorded_at: datetime
    event_sequence: int
    amount: str
    held_after: str
    description: str
    external_reference: str
    journal: UUID | None


class Place(NamedTuple):
    """Where a line stands among postings and holds."""

    version: int
    event_sequence: int


def register(
    account: Account,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    after: int | None = None,
    limit: int = 100,
    newest_first: bool = False,
) -> list[RegisterLine]:
    """At most `limit` lines of an account in recorded order, or the other way round.

    `after` is the version of the last line seen, the cursor; the dates are effective dates, both inclusive;
    `known_at` leaves out what was recorded later. Amounts are decimal strings at the currency's scale, positive, with
    their side.
    """
    conditions = [BACKWARD if newest_first else FORWARD]
    conditions += [FROM_DATE] if from_date else []
    conditions += [TO_DATE] if to_date else []
    conditions += [KNOWN] if known_at else []
    sql = PAGE.format(conditions=" AND ".join(conditions), direction="DESC" if newest_first else "ASC")
    start = BEYOND_LAST if newest_first else 0
    params: dict[str, Any] = {
        "account": account.id,
        "after": start if after is None else after,
        "from_date": from_date,
        "to_date": to_date,
        "known": _known(account, known_at),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        rows = cursor.execute(sql, params).fetchall()
    return [_line(account, row) for row in rows]


def register_by_date(
    account: Account,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    after: tuple[date, int] | None = None,
    limit: int = 100,
) -> list[RegisterLine]:
    """The same by effective date, lines of one date in recorded order, as a statement lists them.

    `balance_after` runs in this order; `after` is the date and version of the last line seen.
    """
    day, version = after or (from_date or EARLIEST, 0)
    asked = question_of(account.entity_id, day - timedelta(days=1), known_at)
    params = (*asked, account.id, version, account.id, account.id, version, to_date or LATEST, limit)
    with connection.cursor() as cursor:
        rows = cursor.execute(BY_DATE, params).fetchall()
    return [_line(account, row) for row in rows]


def register_with_holds(
    account: Account,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    after: Place | None = None,
    limit: int = 100,
    newest_first: bool = False,
) -> list[RegisterLine | MemoLine]:
    """The same with the steps of the account's holds among its lines; `after` is the place of the last line seen.

    The dates of a step are those of its business day.
    """
    conditions = [BACKWARD_OF_BOTH if newest_first else FORWARD_OF_BOTH]
    conditions += [FROM_DATE] if from_date else []
    conditions += [TO_DATE] if to_date else []
    conditions += [KNOWN] if known_at else []
    sql = PAGE_WITH_HOLDS.format(conditions=" AND ".join(conditions), direction="DESC" if newest_first else "ASC")
    start = after or (Place(BEYOND_LAST, BEYOND_LAST) if newest_first else Place(0, 0))
    params: dict[str, Any] = {
        "account": account.id,
        "after": start.version,
        "after_sequence": start.event_sequence,
        "from_date": from_date,
        "to_date": to_date,
        "known": _known(account, known_at),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        rows = cursor.execute(sql, params).fetchall()
    return [_memo(row) if row[2] else _line(account, _as_posting(row)) for row in rows]


def _known(account: Account, known_at: datetime | None) -> int | None:
    """The last event recorded by then, 0 before the first one."""
    if known_at is None:
        return None
    with connection.cursor() as cursor:
        row = cursor.execute(LAST_EVENT, (account.entity_id, known_at)).fetchone()
    return row[0] if row else 0


def _as_posting(row: tuple[Any, ...]) -> tuple[Any, ...]:
    version, sequence, _, journal, number, kind, layer, day, recorded_at, *rest = row
    return (version, journal, number, kind, layer, day, recorded_at, sequence, *rest)


def _memo(row: tuple[Any, ...]) -> MemoLine:
    version, sequence, _, hold, _, kind, _, day, recorded_at, _, amount, after, description, reference, _, journal = row
    return MemoLine(
        version, hold, kind, day, recorded_at, sequence, plain(amount), plain(after), description, reference, journal
    )


def _line(account: Account, row: tuple[Any, ...]) -> RegisterLine:
    version, journal, number, kind, layer, day, recorded_at, sequence, line, amount, after, *texts = row
    description, reference, dimensions, reverses = texts
    return RegisterLine(
        version,
        journal,
        number,
        kind,
        layer,
        day,
        recorded_at,
        sequence,
        line,
        "debit" if amount > 0 else "credit",
        plain(amount.copy_abs()),
        plain(_on_normal_side(account, after)),
        description,
        reference,
        None if dimensions is None else canonical.decode(dimensions),
        reverses,
    )


def _on_normal_side(account: Account, debits_less_credits: Decimal) -> Decimal:
    return debits_less_credits if account.normal_side == "debit" else CONTEXT.minus(debits_less_credits)
