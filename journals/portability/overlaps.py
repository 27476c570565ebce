"""Rows of a file without keys that were posted before: files of one bank or shop overlap, and each has all its rows.

A row is known by its date, accounts, amounts and description, and by how often: of three that are alike in a file,
two of which are in the books, the first two are known and the third is new. What this very file posted does not
count, because the keys of its rows tell that already.

The lookup stands before the writer's lock, in few statements for many rows. What others post between it and the lock is
looked for once more under the lock (`Overlaps.guarded`), so that two overlapping files that are imported at the same
moment post their rows once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg

from journals.drafts import Draft
from journals.events import JournalFact
from journals.portability.committing import ItemOutcome, RefusedItem, Settle, Writer
from journals.portability.drafting import ISSUER, key_start
from journals.portability.errors import PostedBefore
from ledgerflow.books.snapshots import snapshot
from ledgerflow.books.writing import Transaction
from ledgerflow.core.money import normalised
from ledgerflow.files.items import Item, limited

ITEMS, ROWS = 5000, 20_000

# The days of the accounts are read once, however many rows of the file are of that day. An event tells whose key its
# journal has; JSON escapes quotes, so that no description can look like one.
FOUND = """
    WITH wanted AS MATERIALIZED (
        SELECT w.place::int - 1 AS place, (w.one ->> 0)::date AS day, a.id AS account_id,
               (w.one ->> 2)::numeric AS amount, w.one ->> 3 AS description
        FROM json_array_elements(%(looked)s::json) WITH ORDINALITY AS w (one, place)
        JOIN accounts_account a ON a.entity_id = %(entity)s AND a.code = w.one ->> 1
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
        WHERE e.sequence > %(since)s AND strpos(e.data, %(own_keys)s) = 0
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
HEAD = "SELECT coalesce(max(sequence), 0) FROM books_event WHERE entity_id = %s"
# Journals that this file has not posted, among those after an event and up to another.
OTHERS = """
    SELECT FROM books_event
    WHERE entity_id = %s AND sequence > %s AND sequence <= %s AND type = %s AND strpos(data, %s) = 0 LIMIT 1
"""
POSTED_KEYS = "SELECT key FROM books_idempotencykey WHERE entity_id = %s AND issuer = %s AND key = ANY (%s::text[])"


class Overtaken(Exception):
    """Somebody else posted a row of the batch after it was looked for."""


class _Looked(NamedTuple):
    """What a journal is looked for by: its day, one of its lines, and its description."""

    day: date
    account: str
    amount: Decimal
    description: str


class _Alike(NamedTuple):
    """The numbers of the journals that are like a draft, and the hash of what is known of it."""

    numbers: list[int]
    content: int


class Overlaps:
    """Refuses the items of one file that were posted before; goes through all of it, from its first row."""

    def __init__(self, entity_id: UUID, file_hash: str) -> None:
        self._entity = entity_id
        self._own_keys = f'"idempotency_key":"{key_start(file_hash)}'
        # How many rows were refused, by the hash of what is known of them: at some 100 bytes each.
        self._met: Counter[int] = Counter()
        # By key, the event that the books ended with when a row was looked for: of the last two parts of the file, in
        # which a batch of the writer lies. Of any other row it is that of the first part.
        self._heads: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self._first_head: int | None = None
        # After the first of these events, and up to the second, nobody else posted anything.
        self._alone = 0, 0
        # By key, what became known under the lock only: a batch that is tried again must find it so.
        self._late: dict[str, PostedBefore] = {}

    def sift(self, items: Iterable[Item[Draft]]) -> Iterator[Item[Draft]]:
        """The same items, in their order; those that were posted before as refusals that name the journal."""
        for batch in limited(items, ITEMS, ROWS):
            drafts = {item.row: item.wanted for item in batch if item.wanted is not None and _has_no_key(item.wanted)}
            known, head = self._known(list(drafts.values()))
            self._note(list(drafts.values()), head)
            for item in batch:
                draft = drafts.get(item.row)
                refusal = known.get(draft.key) if draft else None
                yield item if refusal is None else item._replace(wanted=None, refusal=refusal)

    def guarded(self, writer: Writer) -> Writer:
        """The same writer, but what somebody else posted since it was looked for is refused too."""

        def write(drafts: Sequence[Draft], settle: Settle) -> Sequence[ItemOutcome]:
            while True:
                left = [draft for draft in drafts if draft.key not in self._late]
                try:
                    return self._write(writer, drafts, left, settle)
                except Overtaken:
                    self._look_again(left)

        return write

    def _write(
        self, writer: Writer, drafts: Sequence[Draft], left: Sequence[Draft], settle: Settle
    ) -> Sequence[ItemOutcome]:
        """Post what is left of the drafts, and settle it with those that became known."""

        def all_of(outcomes: Sequence[ItemOutcome]) -> Sequence[ItemOutcome]:
            if len(outcomes) != len(left):
                return outcomes  # a part, told as it is
            rest = iter(outcomes)
            return [RefusedItem(self._late[one.key]) if one.key in self._late else next(rest) for one in drafts]

        def settle_all(tx: Transaction, outcomes: Sequence[ItemOutcome]) -> None:
            self._check(tx, left)
            settle(tx, all_of(outcomes))

        return all_of(writer(left, settle_all))

    def _check(self, tx: Transaction, drafts: Sequence[Draft]) -> None:
        """Raise `Overtaken` where a draft has become known since it was looked for. Others post little meanwhile."""
        asked = [draft for draft in drafts if _has_no_key(draft)]
        if not asked or self._first_head is None:
            return
        earlier, now = self._heads
        since = min(now.get(one.key, earlier.get(one.key, self._first_head)) for one in asked)
        start, end = self._alone
        looked_to = end if start <= since <= end else since
        given = (self._entity, looked_to, tx.head, JournalFact.event_type, self._own_keys)
        if tx.query(OTHERS, given).fetchone() is None:
            self._alone = since, max(looked_to, tx.head)
        elif self._found(tx.connection, asked, since):
            raise Overtaken

    def _look_again(self, drafts: Sequence[Draft]) -> None:
        asked = [draft for draft in drafts if _has_no_key(draft)]
        known, head = self._known(asked)
        self._late |= known
        self._heads[1].update(dict.fromkeys((draft.key for draft in asked), head))

    def _note(self, drafts: Sequence[Draft], head: int) -> None:
        self._heads = self._heads[1], {draft.key: head for draft in drafts}
        if self._first_head is None:
            self._first_head = head

    def _known(self, drafts: Sequence[Draft]) -> tuple[dict[str, PostedBefore], int]:
        """The refusals of the drafts that were posted before by their keys, and the event the books ended with."""
        with snapshot() as connection:
            ((head,),) = connection.execute(HEAD, (self._entity,)).fetchall()
            found = self._found(connection, drafts)
            own = {key for (key,) in connection.execute(POSTED_KEYS, (self._entity, ISSUER, list(found)))}
        known: dict[str, PostedBefore] = {}
        for draft in drafts:
            if draft.key not in found or draft.key in own:
                continue
            numbers, content = found[draft.key]
            before = self._met[content]
            if before < len(numbers):
                self._met[content] += 1
                known[draft.key] = PostedBefore(number=numbers[before])
        return known, head

    def _found(self, connection: psycopg.Connection[Any], drafts: Sequence[Draft], since: int = 0) -> dict[str, _Alike]:
        """By key, which journals are like a draft and were recorded after an event."""
        if not drafts:
            return {}
        usage = Counter(line.account for draft in drafts for line in draft.lines)
        asked = [_looked(draft, usage) for draft in drafts]
        looked = list(dict.fromkeys(asked))
        given: dict[str, Any] = {
            # As one JSON text: arrays whose elements are adapted one by one cost several times as much.
            "looked": msgspec.json.encode(looked).decode(),
            "entity": self._entity,
            "own_keys": self._own_keys,
            "since": since,
        }
        alike: dict[_Looked, dict[str, list[int]]] = {}
        for place, lines, numbers in connection.execute(FOUND, given):
            alike.setdefault(looked[place], {})[lines] = numbers
        found = {}
        for draft, one in zip(drafts, asked, strict=True):
            lines = _lines(draft) if one in alike else ""
            if lines and lines in alike[one]:
                found[draft.key] = _Alike(alike[one][lines], hash((one.day, one.description, lines)))
        return found


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
