"""Rows of a file without keys that were posted before: files of one bank or shop overlap, and each has all its rows.

A row is known by its date, accounts, amounts and description, and by how often: of three that are alike in a file,
two of which are in the books, the first two are known and the third is new. What this very file posted does not
count, because the keys of its rows tell that already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from journals.drafts import Draft
from journals.portability.drafting import ISSUER, key_start
from journals.portability.errors import PostedBefore
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.money import normalised
from ledgerflow.files.items import Item, limited

ITEMS, ROWS = 5000, 20_000

# The days of the accounts are read once, however many rows of the file are of that day. An event tells whose key its
# journal has; JSON escapes quotes, so that no description can look like one.
FOUND = """
    WITH wanted AS MATERIALIZED (
        SELECT w.place, w.day, a.id AS account_id, w.amount, w.description
        FROM unnest(%(places)s::int[], %(days)s::date[], %(accounts)s::text[], %(amounts)s::numeric[],
                    %(descriptions)s::text[]) AS w (place, day, account, amount, description)
        JOIN accounts_account a ON a.entity_id = %(entity)s AND a.code = w.account
    ), posted AS MATERIALIZED (
        SELECT p.journal_id, p.account_id, p.effective_date, p.amount
        FROM (SELECT DISTINCT account_id, day FROM wanted) d
        JOIN journals_posting p ON p.account_id = d.account_id AND p.effective_date = d.day
    ), alike AS MATERIALIZED (
        SELECT p.*, j.number, j.description, j.event_sequence
        FROM posted p JOIN journals_journal j ON j.id = p.journal_id
        WHERE EXISTS (
            SELECT FROM wanted w
            WHERE w.account_id = p.account_id AND w.day = p.effective_date AND w.amount = p.amount
        )
    ), candidate AS MATERIALIZED (
        SELECT DISTINCT w.place, p.journal_id, p.number
        FROM wanted w
        JOIN alike p ON p.account_id = w.account_id AND p.effective_date = w.day AND p.amount = w.amount
            AND p.description = w.description
        JOIN books_event e ON e.entity_id = %(entity)s AND e.sequence = p.event_sequence
        WHERE strpos(e.data, %(own_keys)s) = 0
    )
    SELECT place, lines, array_agg(number ORDER BY number)
    FROM (
        SELECT c.place, c.number,
            string_agg(a.code || ' ' || trim_scale(p.amount), E'\\n' ORDER BY a.code COLLATE "C", p.amount) AS lines
        FROM candidate c
        JOIN journals_posting p ON p.journal_id = c.journal_id
        JOIN accounts_account a ON a.id = p.account_id
        GROUP BY c.place, c.number
    ) one
    GROUP BY place, lines
"""


class _Looked(NamedTuple):
    """What a journal is looked for by: its day, one of its lines, and its description."""

    day: date
    account: str
    amount: Decimal
    description: str


class Overlaps:
    """Refuses the items of one file that were posted before; goes through all of it, from its first row."""

    def __init__(self, entity_id: UUID, file_hash: str) -> None:
        self._entity = entity_id
        self._own_keys = f'"idempotency_key":"{key_start(file_hash)}'
        # By the hash of what is known of a row; only of rows that are in the books, at some 100 bytes each.
        self._met: Counter[int] = Counter()

    def sift(self, items: Iterable[Item[Draft]]) -> Iterator[Item[Draft]]:
        """The same items, in their order; those that were posted before as refusals that name the journal."""
        for batch in limited(items, ITEMS, ROWS):
            yield from self._sifted(batch)

    def _sifted(self, batch: Sequence[Item[Draft]]) -> Iterator[Item[Draft]]:
        drafts = {item.row: item.wanted for item in batch if item.wanted is not None and _has_no_key(item.wanted)}
        usage = Counter(line.account for draft in drafts.values() for line in draft.lines)
        looked = {row: _looked(draft, usage) for row, draft in drafts.items()}
        found = self._found(list(dict.fromkeys(looked.values()))) if looked else {}
        for item in batch:
            draft = drafts.get(item.row)
            numbers = found.get((looked[item.row], _lines(draft))) if draft else None
            if not numbers or not draft:
                yield item
                continue
            known = hash((looked[item.row].day, draft.description, _lines(draft)))
            before = self._met[known]
            self._met[known] += 1
            refusal = PostedBefore(number=numbers[before]) if before < len(numbers) else None
            yield item if refusal is None else item._replace(wanted=None, refusal=refusal)

    def _found(self, looked: Sequence[_Looked]) -> dict[tuple[_Looked, str], list[int]]:
        days, accounts, amounts, descriptions = zip(*looked, strict=True)
        given: dict[str, Any] = {
            "places": list(range(len(looked))),
            "days": list(days),
            "accounts": list(accounts),
            "amounts": list(amounts),
            "descriptions": list(descriptions),
            "entity": self._entity,
            "own_keys": self._own_keys,
        }
        with snapshot() as connection:
            rows = connection.execute(FOUND, given).fetchall()
        return {(looked[place], lines): numbers for place, lines, numbers in rows}


def _has_no_key(draft: Draft) -> bool:
    """Without a date it would be known by the day on which it was imported, which says nothing."""
    return draft.issuer == ISSUER and draft.effective_date is not None


def _looked(draft: Draft, usage: Counter[str]) -> _Looked:
    """By the line whose account is the rarest in the file: a till has everything on one account."""
    line = min(draft.lines, key=lambda line: (usage[line.account], line.account, line.amount))
    day = draft.effective_date
    assert day is not None  # noqa: S101 - `_has_no_key`
    return _Looked(day, line.account, line.amount, draft.description)


def _lines(draft: Draft) -> str:
    lines = sorted((line.account, line.amount) for line in draft.lines)
    return "\n".join(f"{account} {normalised(amount)}" for account, amount in lines)
