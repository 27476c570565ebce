"""What a close freezes: a row per account that moved, and the trial balance that follows from all rows so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from ledgerflow.core.money import CONTEXT, normalised_texts

# One look-up after the other for each account: what is read grows with the accounts, not with their history.
TAKE = """
    INSERT INTO days_daysnapshot (account_id, day, number, opening, debits, credits, closing, count, last_version,
                                      total_debits, total_credits)
    SELECT a.id, %(day)s, %(number)s, opening.debits - opening.credits, coalesce(moved.debits, 0),
           coalesce(moved.credits, 0),
           opening.debits - opening.credits + coalesce(moved.debits, 0) - coalesce(moved.credits, 0),
           coalesce(moved.count, 0), balance.version,
           opening.debits + coalesce(moved.debits, 0), opening.credits + coalesce(moved.credits, 0)
    FROM accounts_account a
    CROSS JOIN LATERAL (
        SELECT version FROM accounts_balance WHERE account_id = a.id ORDER BY version DESC LIMIT 1
    ) balance
    LEFT JOIN LATERAL (
        SELECT total_debits AS debits, total_credits AS credits FROM days_daysnapshot
        WHERE account_id = a.id AND day <= %(previous)s AND number < %(number)s
        ORDER BY day DESC, number DESC LIMIT 1
    ) before ON true
    LEFT JOIN LATERAL (
        SELECT sum(debits) AS debits, sum(credits) AS credits FROM journals_daytotal
        WHERE before.debits IS NULL AND account_id = a.id AND layer = 'ordinary' AND effective_date <= %(base)s
    ) begun ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(before.debits, begun.debits, 0) AS debits, coalesce(before.credits, begun.credits, 0) AS credits
    ) opening
    LEFT JOIN LATERAL (
        SELECT sum(debits) AS debits, sum(credits) AS credits, sum(count)::bigint AS count FROM journals_daytotal
        WHERE account_id = a.id AND layer = 'ordinary' AND effective_date > %(base)s AND effective_date <= %(day)s
    ) moved ON true
    WHERE a.entity_id = %(entity)s AND balance.version > 0 AND (moved.count > 0 OR begun.debits IS NOT NULL)
"""
HEAD = """
    SELECT (SELECT max(sequence) FROM books_event WHERE entity_id = %(entity)s),
           (SELECT coalesce(max(number), 0) FROM journals_journal WHERE entity_id = %(entity)s)
"""
FROZEN = """
    SELECT a.code, a.currency, s.day = %(day)s, s.opening, s.debits, s.credits, s.closing, s.count, s.last_version
    FROM accounts_account a CROSS JOIN LATERAL (
        SELECT * FROM days_daysnapshot
        WHERE account_id = a.id AND day <= %(day)s AND number <= %(number)s ORDER BY day DESC, number DESC LIMIT 1
    ) s
    WHERE a.entity_id = %(entity)s ORDER BY a.code COLLATE "C"
"""
VERSION = "ledgerflow trial balance 1"


class Frozen(NamedTuple):
    """An account in the trial balance of a closed day; amounts debit-positive, all in its currency."""

    code: str
    currency: str
    opening: Decimal
    debits: Decimal
    credits: Decimal
    closing: Decimal
    postings: int
    last_version: int

    def text(self) -> str:
        """Its line in what is hashed: tabs between, amounts without zeros at their end."""
        amounts = normalised_texts((self.opening, self.debits, self.credits, self.closing))
        return "\t".join([self.code, self.currency, *amounts, str(self.postings), str(self.last_version)]) + "\n"


class Summed(NamedTuple):
    """A frozen trial balance in short: SHA-256 in hexadecimal, accounts, and per currency what they add up to."""

    sha256: str
    accounts: int
    moved: int
    totals: dict[str, dict[str, Decimal]]


def frozen_trial_balance(
    connection: psycopg.Connection[Any], entity_id: UUID, day: date, number: int
) -> Iterator[Frozen]:
    """The trial balance that the close `number` of `day` froze, by code in byte order; accounts that ever moved."""
    zero = Decimal(0)
    with connection.cursor(binary=True) as cursor:
        for code, currency, moved, *row in cursor.execute(FROZEN, {"entity": entity_id, "day": day, "number": number}):
            opening, debits, credits, closing, count, last_version = row  # noqa: A001 - the domain's word
            if moved:
                yield Frozen(code, currency, opening, debits, credits, closing, count, last_version)
            else:
                yield Frozen(code, currency, closing, zero, zero, closing, 0, last_version)


def heading(entity_code: str, day: date) -> str:
    """What stands above the lines in the text that is hashed."""
    return f"{VERSION}\n{entity_code}\t{day}\n"


def summed(lines: Iterable[Frozen], entity_code: str, day: date) -> Summed:
    """The SHA-256 over a heading and a line per account, and the sums per currency."""
    digest = sha256(heading(entity_code, day).encode())
    totals: dict[str, dict[str, Decimal]] = {}
    accounts = moved = 0
    for line in lines:
        digest.update(line.text().encode())
        accounts += 1
        moved += line.postings > 0
        total = totals.setdefault(line.currency, dict.fromkeys(("opening", "debits", "credits", "closing"), Decimal(0)))
        for name in total:
            total[name] = CONTEXT.add(total[name], getattr(line, name))
    return Summed(digest.hexdigest(), accounts, moved, totals)
