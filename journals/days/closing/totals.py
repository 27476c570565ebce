"""The proofs without which no day closes: what the snapshot says, found again another way."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from journals.days.closing.snapshots import Summed

SHOWN = 20
# Every account that moved, from its postings of the day; a first close also has accounts that only hold an opening.
RECOMPUTED = """
    SELECT a.code, s.debits, s.credits, s.count, p.debits, p.credits, p.count
    FROM accounts_account a JOIN days_daysnapshot s ON s.account_id = a.id AND s.day = %(day)s
                                                       AND s.number = %(number)s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0) AS debits,
               coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0) AS credits, count(*) AS count
        FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id AND j.layer = 'ordinary'
        WHERE p.account_id = a.id AND p.effective_date > %(base)s AND p.effective_date <= %(day)s
    ) p
    WHERE a.entity_id = %(entity)s AND (s.debits, s.credits, s.count) IS DISTINCT FROM (p.debits, p.credits, p.count)
"""
# The close before, read for itself; where there is none, the postings before the first day.
OPENINGS = """
    SELECT a.code, s.opening, coalesce(before.closing, begun.closing, 0)
    FROM accounts_account a JOIN days_daysnapshot s ON s.account_id = a.id AND s.day = %(day)s
                                                       AND s.number = %(number)s
    LEFT JOIN LATERAL (
        SELECT closing FROM days_daysnapshot
        WHERE account_id = a.id AND day <= %(previous)s AND number < %(number)s ORDER BY day DESC, number DESC LIMIT 1
    ) before ON true
    LEFT JOIN LATERAL (
        SELECT sum(p.amount) AS closing
        FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id AND j.layer = 'ordinary'
        WHERE before.closing IS NULL AND p.account_id = a.id AND p.effective_date <= %(base)s
    ) begun ON true
    WHERE a.entity_id = %(entity)s AND s.opening IS DISTINCT FROM coalesce(before.closing, begun.closing, 0)
"""
# One account in a hundred, another hundredth each day: by a hash of account and day, so that a proof can be repeated.
SAMPLED = """
    SELECT a.code, s.closing, p.closing, s.closing IS DISTINCT FROM p.closing
    FROM (
        SELECT id, code FROM accounts_account
        WHERE entity_id = %(entity)s AND NOT is_header
        ORDER BY md5(id::text || %(day)s::text)
        LIMIT (SELECT (count(*) + 99) / 100 FROM accounts_account WHERE entity_id = %(entity)s AND NOT is_header)
    ) a
    CROSS JOIN LATERAL (
        SELECT closing FROM days_daysnapshot
        WHERE account_id = a.id AND day <= %(day)s AND number <= %(number)s ORDER BY day DESC, number DESC LIMIT 1
    ) s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.amount), 0) AS closing
        FROM journals_posting p JOIN journals_journal j ON j.id = p.journal_id AND j.layer = 'ordinary'
        WHERE p.account_id = a.id AND p.effective_date <= %(day)s
    ) p
"""


class Proven(NamedTuple):
    """What was looked at; `faults` says what does not hold, one sentence each, empty when all is proven."""

    sampled: int
    faults: list[str]


def prove(connection: psycopg.Connection[Any], params: dict[str, Any], frozen: Summed) -> Proven:
    """Prove a snapshot, given as the parameters it was taken with, on a connection in one read-only transaction.

    Proven are: opening + movements = closing and a sum of zero per currency over all accounts; opening = closing of the
    day before; each moved account from the postings of the day; one account in a hundred from its first posting on.
    """
    faults = []
    for currency, total in sorted(frozen.totals.items()):
        if total["opening"] + total["debits"] - total["credits"] != total["closing"]:
            faults.append(f"In {currency}, opening and movements do not make the closing balance.")
        if total["closing"] or total["debits"] != total["credits"]:
            faults.append(f"All accounts in {currency} add up to {total['closing']}, not to zero.")
    with connection.cursor(binary=True) as cursor:
        for code, *_ in cursor.execute(RECOMPUTED, params).fetchmany(SHOWN):
            faults.append(f"{code}: debits, credits or count are not those of its postings.")
        for code, opening, before in cursor.execute(OPENINGS, params).fetchmany(SHOWN):
            faults.append(f"{code}: opens with {opening}, but closed the day before with {before}.")
        sample = cursor.execute(SAMPLED, params).fetchall()
    for code, closing, found, differs in sample:
        if differs:
            faults.append(f"{code}: closes with {closing}, its postings from the first on give {found}.")
    return Proven(len(sample), faults[: 2 * SHOWN])
