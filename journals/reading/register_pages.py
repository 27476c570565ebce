"""One page of an account's register, by date with the newest line first, and what stands before and after it.

A page is cut out of postings and of the steps of holds in one statement, so that its lines, its balances and the
figures of the whole time were true at one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.models import Account
from journals.reading.as_of import QUESTION, question_of
from ledgerflow.core.dates import EARLIEST, LATEST
from ledgerflow.core.money import CONTEXT

BEYOND_LAST = 2**63 - 1
_PARTS = QUESTION.split("%s")
# With names in the place of its marks, since a statement has either the one or the other.
_QUESTION = _PARTS[0] + "".join(f"%(question_{number})s{part}" for number, part in enumerate(_PARTS[1:]))
# What counts is known, within the dates, and beyond the place where the page begins.
_CUT = """
    WHERE account_id = %(account)s AND effective_date BETWEEN %(first)s AND %(last)s
      AND (effective_date, account_version, event_sequence) {beyond} (%(day)s, %(version)s, %(sequence)s)
      AND (question.known IS NULL OR event_sequence <= question.known)
    ORDER BY effective_date {direction}, account_version {direction}, event_sequence {direction} LIMIT %(limit)s
"""
_FIGURES = """LATERAL journals_figures_at(
    %(account)s, {day}, question.known, question.closed_through, question.cut_off, question.layers
)"""
# `base` is the balance right before the place where the page begins, seen in the direction it is read.
_PAGE = f"""
    WITH {_QUESTION},
    figures AS (
        SELECT opening.debits AS opening_debits, opening.credits AS opening_credits,
               closing.debits AS closing_debits, closing.credits AS closing_credits,
               base.debits - base.credits - coalesce((
                   SELECT sum(amount) FROM journals_posting
                   WHERE account_id = %(account)s AND effective_date = %(day)s
                     AND (account_version, event_sequence) {{not_before}} (%(version)s, %(sequence)s)
                     AND (question.known IS NULL OR event_sequence <= question.known)
               ), 0) AS base,
               (SELECT minor_units FROM accounts_currency
                WHERE entity_id = %(entity)s AND code = %(currency)s) AS minor_units
        FROM question CROSS JOIN {_FIGURES.format(day="%(first)s::date - 1")} opening
        CROSS JOIN {_FIGURES.format(day="%(last)s::date")} closing
        CROSS JOIN {_FIGURES.format(day="%(day)s::date")} base
    ),
    lines AS (
        SELECT * FROM (
            (SELECT effective_date, account_version, event_sequence, '' AS action, journal_id AS id, amount,
                    NULL::numeric AS held, description
             FROM journals_posting CROSS JOIN question {_CUT})
            UNION ALL
            (SELECT effective_date, account_version, event_sequence, action, hold_id, amount, held_after, ''
             FROM holds_holdentry CROSS JOIN question {_CUT})
        ) AS both_kinds
        ORDER BY effective_date {{direction}}, account_version {{direction}}, event_sequence {{direction}}
        LIMIT %(limit)s
    )
    SELECT figures.*, l.effective_date, l.account_version, l.event_sequence, l.action, l.id, l.amount, l.held,
           coalesce(j.number, 0), coalesce(nullif(l.description, ''), j.description, h.description),
           coalesce(j.external_reference, h.external_reference),
           sum(CASE WHEN l.action = '' THEN l.amount ELSE 0 END) OVER (
               ORDER BY l.effective_date {{direction}}, l.account_version {{direction}}, l.event_sequence {{direction}}
           )
    FROM figures LEFT JOIN lines l ON true
    LEFT JOIN journals_journal j ON j.id = l.id AND l.action = ''
    LEFT JOIN holds_hold h ON h.id = l.id AND l.action <> ''
    ORDER BY l.effective_date {{direction}}, l.account_version {{direction}}, l.event_sequence {{direction}}
"""  # noqa: S608 - put together from constants
OLDER = _PAGE.format(direction="DESC", beyond="<", not_before=">=")
NEWER = _PAGE.format(direction="ASC", beyond=">", not_before=">")
# Each day that moved, after the balance before the first of them.
DAYS = f"""
    WITH {_QUESTION}
    SELECT NULL::date, f.debits - f.credits FROM question CROSS JOIN {_FIGURES.format(day="%(first)s::date - 1")} f
    UNION ALL
    (SELECT effective_date, sum(debits - credits) FROM journals_daytotal
     WHERE account_id = %(account)s AND effective_date BETWEEN %(first)s AND %(last)s
     GROUP BY effective_date)
    ORDER BY 1 NULLS FIRST
"""  # noqa: S608 - put together from constants


class RegisterPlace(NamedTuple):
    """Where a line stands: by date, then as it was recorded. A step of a hold follows the posting it came after."""

    day: date
    version: int
    sequence: int


class PageLine(NamedTuple):
    """A posting, or with an `action` a step of a hold. Amounts are debits less credits."""

    place: RegisterPlace
    action: str
    id: UUID  # of the journal, or of the hold
    amount: Decimal
    balance: Decimal  # after it
    held: Decimal | None  # by all holds of the account after this step
    number: int
    description: str
    reference: str


class PageOfRegister(NamedTuple):
    """Lines, the newest first, between places where others follow; debits and credits before and through the time."""

    lines: list[PageLine]
    older: RegisterPlace | None
    newer: RegisterPlace | None
    opening: tuple[Decimal, Decimal]
    closing: tuple[Decimal, Decimal]
    minor_units: int  # of the currency, for figures that no line has

    @property
    def moved(self) -> tuple[Decimal, Decimal]:
        """Debits and credits of the whole time."""
        debits, credit_total = (CONTEXT.subtract(*both) for both in zip(self.closing, self.opening, strict=True))
        return debits, credit_total


def register_page(
    account: Account,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    known_at: datetime | None = None,
    before: RegisterPlace | None = None,
    after: RegisterPlace | None = None,
    limit: int,
) -> PageOfRegister:
    """At most `limit` lines: the newest, those before a place, or the first ones after a place. One query."""
    last = to_date or LATEST
    place = after or before or RegisterPlace(last, BEYOND_LAST, BEYOND_LAST)
    params = {
        "entity": account.entity_id,
        "account": account.pk,
        "currency": account.currency,
        "first": from_date or EARLIEST,
        "last": last,
        "limit": limit + 1,
    }
    rows = _fetch(NEWER if after else OLDER, account, known_at, params | place._asdict())
    figures = rows[0][:6]
    lines = [_line(row, is_ascending=after is not None) for row in rows if row[6] is not None]
    has_more, lines = len(lines) > limit, lines[:limit]
    if after is not None:
        lines.reverse()
    ends = (lines[-1].place, lines[0].place) if lines else (None, None)
    has_older, has_newer = (True, has_more) if after else (has_more, before is not None)
    return PageOfRegister(
        lines, ends[0] if has_older else None, ends[1] if has_newer else None, figures[:2], figures[2:4], figures[5]
    )


def balances_by_day(account: Account, first: date, last: date) -> list[tuple[date, Decimal]]:
    """Debits less credits at the end of the day before, and of each day that moved, through the last. One query."""
    rows = _fetch(DAYS, account, None, {"account": account.pk, "first": first, "last": last})
    balance, days = rows[0][1], [(first - timedelta(days=1), rows[0][1])]
    for day, moved in rows[1:]:
        balance = CONTEXT.add(balance, moved)
        days.append((day, balance))
    return days if days[-1][0] == last else [*days, (last, balance)]


def _fetch(sql: str, account: Account, known_at: datetime | None, params: dict[str, Any]) -> Sequence[Any]:
    given = question_of(account.entity_id, None, known_at)
    named = {f"question_{number}": value for number, value in enumerate(given)}
    with connection.cursor() as cursor:
        rows: list[Any] = cursor.execute(sql, named | params).fetchall()
    return rows


def _line(row: Sequence[Any], *, is_ascending: bool) -> PageLine:
    base, _, day, version, sequence, action, id_, amount, held, number, description, reference, so_far = row[4:]
    counted = Decimal(0) if action else amount
    before = CONTEXT.subtract(so_far, counted)
    balance = CONTEXT.add(base, so_far) if is_ascending else CONTEXT.subtract(base, before)
    place = RegisterPlace(day, version, sequence)
    return PageLine(place, action, id_, amount, balance, held, number, description, reference)
