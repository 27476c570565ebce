"""SQL of the posting use case: what it loads under the lock and how it writes, one statement per table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from accounts.dimensions.rules import LOAD_RULES, NO_RULES, DimensionRules, rules_from
from accounts.opening import Opening, write_accounts
from journals.calendars import LOAD_CALENDAR, LOAD_PERIOD_ENDS, calendar_from, wanted_dates
from journals.drafts import Draft
from journals.engine import Books, KnownKey, Posted
from journals.events import Answer, JournalFact, journal_fact
from journals.hold_events import RequestDetails
from journals.hold_rows import LOAD_HOLDS, record_step, states_from, write_steps
from journals.limits import AccountState
from journals.lot_keeping.deciding import LotBook
from journals.lot_keeping.rows import RecordedLots, load_lots, record_freed, record_moves, write_lots
from ledgerflow.books.business_dates import follow_journals
from ledgerflow.books.copying import NULL, arrays_of, copy_name, copy_text
from ledgerflow.books.once import LOAD_KEYS
from ledgerflow.books.writing import Transaction
from ledgerflow.core import canonical
from ledgerflow.core.ids import uuid7, uuid7_run
from ledgerflow.core.money import ZERO

# One look-up after the other, whatever the planner thinks of young tables (OFFSET 0 keeps them apart): as plain joins
# this read every account and currency of the entity for each batch.
# The newest version of a balance is met first, however many dead ones an open snapshot keeps.
LOAD_ACCOUNTS = """
    SELECT found.* FROM unnest(%s::text[]) AS wanted (code) CROSS JOIN LATERAL (
        SELECT a.code, a.id::text, a.currency,
               (SELECT c.minor_units FROM accounts_currency c WHERE c.entity_id = a.entity_id AND c.code = a.currency),
               a.is_header, a.closed_at IS NOT NULL, a.outflow_frozen, a.inflow_frozen, b.debits, b.credits, b.held,
               b.version, b.normal_sign::int, b.min_balance, b.max_balance, b.overridden,
               b.place::text, a.keeps_lots
        FROM accounts_account a CROSS JOIN LATERAL (
            SELECT *, ctid AS place FROM accounts_balance
            WHERE account_id = a.id ORDER BY version DESC LIMIT 1
        ) b
        WHERE a.entity_id = %s AND a.code = wanted.code OFFSET 0
    ) found
"""
LOAD_NUMBER = "SELECT number FROM journals_journal WHERE entity_id = %s ORDER BY number DESC LIMIT 1"
LOAD_REVERSED = "SELECT reverses_id FROM journals_journal WHERE reverses_id = ANY (%s::uuid[])"
LOAD_ANSWERS = """
    SELECT sequence, data, recorded_at FROM books_event WHERE entity_id = %s AND sequence = ANY (%s::bigint[])
"""
COPY_POSTINGS = """
    COPY journals_posting (journal_id, line, entity_id, account_id, currency, amount, effective_date,
                           account_version, balance_after, event_sequence, description, dimensions)
    FROM STDIN
"""
COPY_JOURNALS = """
    COPY journals_journal (id, entity_id, number, event_sequence, kind, layer, effective_date, original_date,
                           recorded_at, description, external_reference, metadata, actor, reverses_id,
                           template)
    FROM STDIN
"""
# By the place it was loaded from (ctid), which costs no second look-up. Nobody moves the row while the entity is
# locked; if somebody did with SQL of his own, `books_as_loaded` has the transaction run again.
UPDATE_BALANCES = """
    WITH changed AS (
        UPDATE accounts_balance b
        SET debits = n.debits, credits = n.credits, version = n.version, overridden = n.overridden
        FROM unnest(%s::tid[], %s::uuid[], %s::numeric[], %s::numeric[], %s::bigint[], %s::boolean[])
            AS n (place, account_id, debits, credits, version, overridden)
        WHERE b.ctid = n.place AND b.account_id = n.account_id
        RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
# The same, where a capture lets go of what was held. Others do not pay for the column.
UPDATE_BALANCES_AND_HELD = """
    WITH changed AS (
        UPDATE accounts_balance b
        SET debits = n.debits, credits = n.credits, version = n.version, overridden = n.overridden, held = n.held
        FROM unnest(%s::tid[], %s::uuid[], %s::numeric[], %s::numeric[], %s::bigint[], %s::boolean[], %s::numeric[])
            AS n (place, account_id, debits, credits, version, overridden, held)
        WHERE b.ctid = n.place AND b.account_id = n.account_id
        RETURNING 1
    )
    SELECT books_as_loaded(count(*), %s) FROM changed
"""
ADD_DAY_TOTALS = """
    WITH added AS MATERIALIZED (
        SELECT n.*, (
            SELECT d.ctid FROM journals_daytotal d
            WHERE d.account_id = n.account_id AND d.effective_date = n.effective_date
              AND d.layer = n.layer AND d.part = n.part
            ORDER BY d.count DESC LIMIT 1
        ) AS place
        FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::integer[], %s::numeric[], %s::numeric[], %s::bigint[])
            AS n (account_id, effective_date, layer, part, debits, credits, count)
    ), changed AS (
        UPDATE journals_daytotal d
        SET debits = d.debits + a.debits, credits = d.credits + a.credits, count = d.count + a.count
        FROM added a WHERE d.ctid = a.place
    )
    INSERT INTO journals_daytotal (account_id, effective_date, layer, part, debits, credits, count)
    SELECT account_id, effective_date, layer, part, debits, credits, count FROM added WHERE place IS NULL
"""

Cursor = psycopg.Cursor[Any]
PART = 256  # versions of an account in one row of its day totals
LINES_AT_ONCE = 100  # journals whose lines are sent in one piece: the server takes them in while the next are made


class Loaded(NamedTuple):
    drafts: Sequence[Draft]
    accounts: Cursor
    keys: Cursor
    number: Cursor
    calendar: Cursor
    reversals: Cursor | None
    period_ends: Cursor | None
    holds: Cursor | None
    opens: Opening | None


class Rows(NamedTuple):
    """What is gathered while journals are recorded: rows to copy, and what each is answered with."""

    journals: list[str]
    hold_entries: list[str]
    facts: dict[int, tuple[int, bytes]]
    lots: RecordedLots


def load(tx: Transaction, drafts: Sequence[Draft]) -> Loaded:
    """Send the queries for everything a batch of drafts can touch."""
    codes = {line.account for draft in drafts for line in draft.lines}
    for draft in drafts:
        if draft.lots is not None:
            codes.update(draft.lots.accounts().values())
    keys = [draft.key for draft in drafts]
    reverses = [draft.reverses for draft in drafts if draft.reverses is not None]
    ends, latest = wanted_dates(drafts)
    opens = [spec for draft in drafts if draft.opens for spec in draft.opens]
    captured = [draft.capture.hold for draft in drafts if draft.capture is not None]
    return Loaded(
        drafts,
        tx.query(LOAD_ACCOUNTS, (list(codes), tx.entity_id)),
        tx.query(LOAD_KEYS, (tx.entity_id, keys)),
        tx.query(LOAD_NUMBER, (tx.entity_id,)),
        tx.query(LOAD_CALENDAR, (tx.entity_id, latest)),
        tx.query(LOAD_REVERSED, (reverses,)) if reverses else None,
        tx.query(LOAD_PERIOD_ENDS, (tx.entity_id, ends)) if ends else None,
        tx.query(LOAD_HOLDS, (tx.entity_id, captured)) if captured else None,
        Opening(tx, opens) if opens else None,
    )


def books_from(tx: Transaction, loaded: Loaded) -> Books:
    """The engine's state from what was loaded."""
    ((*row, lists, has_required),) = loaded.calendar.fetchall()
    period_ends = loaded.period_ends.fetchall() if loaded.period_ends else ()
    accounts = {row[0]: AccountState(*row) for row in loaded.accounts.fetchall()}
    return Books(
        accounts=accounts,
        keys={(row[0], row[1]): KnownKey(bytes(row[2]), row[3]) for row in loaded.keys.fetchall()},
        business_date=tx.entity.business_date,
        in_use=loaded.number.rowcount > 0,  # known, because the calendar's answer came after it
        calendar=calendar_from(tuple(row), period_ends, tx.entity.first_business_date),
        dimensions=tx.entity.dimensions,
        rules=_rules(tx, loaded.drafts, lists or ()) if lists or has_required else NO_RULES,
        reversed_journals={row[0] for row in loaded.reversals.fetchall()} if loaded.reversals else None,
        holds=states_from(loaded.holds.fetchall(), tx.now) if loaded.holds else None,
        openable=loaded.opens.openable() if loaded.opens else None,
        lots=_lots(tx, loaded.drafts, accounts) if _keep_lots(accounts, loaded) else None,
    )


def _keep_lots(accounts: dict[str, AccountState], loaded: Loaded) -> bool:
    """Whether an account keeps lots, of those that are there or may be opened."""
    if any(one.keeps_lots for one in accounts.values()):
        return True
    return loaded.opens is not None and any(spec.keeps_lots for draft in loaded.drafts for spec in draft.opens)


def _lots(tx: Transaction, drafts: Sequence[Draft], accounts: dict[str, AccountState]) -> LotBook:
    """What the accounts that keep lots consist of: two queries more."""

    def load_accounts(codes: list[str]) -> list[AccountState]:
        return [AccountState(*row) for row in tx.query(LOAD_ACCOUNTS, (codes, tx.entity_id)).fetchall()]

    return load_lots(tx, drafts, accounts, load_accounts)


def _rules(tx: Transaction, drafts: Sequence[Draft], lists: Sequence[str]) -> DimensionRules:
    """What is declared of the values that the lines name, and what their accounts require: one query more."""
    lines = [line for draft in drafts for line in draft.lines]
    named = {pair for line in lines if line.dimensions for pair in line.dimensions.items() if pair[0] in lists}
    given = ([name for name, _ in named], [value for _, value in named], tx.entity_id, tx.entity_id)
    rows = tx.query(LOAD_RULES, (*given, list({line.account for line in lines})))
    return rules_from(lists, rows.fetchall())


def write_posted(
    tx: Transaction, books: Books, loaded: Loaded, posted: Sequence[Posted]
) -> dict[int, tuple[int, bytes]]:
    """Write what was decided; gives event sequence and fact of each, by the identity of its outcome."""
    if not posted:
        return {}
    if books.business_date > tx.entity.business_date:
        follow_journals(tx, [one.effective_date for one in posted], posted[0].draft.actor)
    if books.opened:
        _open_accounts(tx, books)
    last = loaded.number.fetchone()
    first_number = last[0] + 1 if last else 1
    rows = Rows([], [], {}, RecordedLots.none())
    ids = uuid7_run(2 * len(posted))
    with tx.copying(COPY_POSTINGS) as write_lines:
        for start in range(0, len(posted), LINES_AT_ONCE):
            postings = [
                _record(tx, books, one, first_number + place, ids[2 * place], ids[2 * place + 1], rows)
                for place, one in enumerate(posted[start : start + LINES_AT_ONCE], start)
            ]
            write_lines("".join(postings))
    tx.write_log()
    tx.copy(COPY_JOURNALS, rows.journals)
    if books.holds:
        captured = {step.hold.id: step.hold for one in posted for step in one.hold_steps}
        write_steps(tx, rows.hold_entries, list(captured.values()))
    if books.lots is not None:
        write_lots(tx, books.lots, rows.lots)
    _update_balances(tx, posted, with_held=bool(books.holds))
    _add_day_totals(tx, posted)
    return rows.facts


def _open_accounts(tx: Transaction, books: Books) -> None:
    """Open what the journals open, before the first of them: their lines refer to it."""
    opened = books.opened.values()
    places = write_accounts(tx, [(one.account, one.actor) for one in opened])
    for one in opened:
        one.state.place = places[one.account.id]


def _record(
    tx: Transaction, books: Books, one: Posted, number: int, journal_id: UUID, event_id: UUID, rows: Rows
) -> str:
    """Record the event and key of one journal, gather its rows, and give the lines of its postings."""
    fact = journal_fact(one, journal_id, number)
    text_id = str(journal_id)
    sequence = tx.record_encoded(JournalFact, text_id, fact, one.draft.actor, event_id)
    tx.remember(one.draft.issuer, one.draft.key, one.fingerprint, sequence)
    rows.facts[id(one)] = (sequence, fact)
    for step in one.hold_steps:
        recorded = record_step(tx, step, RequestDetails(one.draft.actor), one.effective_date, journal_id)
        rows.hold_entries.append(recorded.entry)
        record_freed(rows.lots, step.hold.id, step.pins, step.hold.account)
    if books.lots is not None:
        record_moves(tx, books.lots, one.lot_moves, one.effective_date, journal_id, sequence, rows.lots)
    entity = tx.entity_hex
    rows.journals.append(_journal_line(entity, text_id, number, sequence, tx.moment, one))
    return _posting_lines(entity, text_id, sequence, one)


def _journal_line(entity_id: str, journal_id: str, number: int, sequence: int, moment: str, one: Posted) -> str:
    draft = one.draft
    return (
        f"{journal_id}\t{entity_id}\t{number}\t{sequence}\t{draft.kind}\t{draft.layer}\t{one.effective_date}\t"
        f"{one.original_date or NULL}\t{moment}\t"
        f"{draft.description and copy_text(draft.description)}\t"
        f"{draft.external_reference and copy_text(draft.external_reference)}\t{_copy_json(draft.metadata)}\t"
        f"{copy_name(draft.actor)}\t{draft.reverses or NULL}\t{draft.template.code if draft.template else NULL}\n"
    )


def _posting_lines(entity_id: str, journal_id: str, sequence: int, one: Posted) -> str:
    head, middle = f"{journal_id}\t", f"\t{entity_id}\t"
    day = one.effective_date
    return "".join(
        f"{head}{number}{middle}{account.id}\t{account.currency}\t{amount}\t{day}\t{version}\t{balance_after}\t"
        f"{sequence}\t{line.description and copy_text(line.description)}\t{_copy_json(line.dimensions)}\n"
        for number, (account, amount, version, balance_after, line) in enumerate(one.lines, 1)
    )


def _copy_json(value: dict[str, Any] | None) -> str:
    return copy_text(canonical.encode(value).decode()) if value else NULL


def load_answers(tx: Transaction, sequences: list[int]) -> dict[int, Answer]:
    """The answers given before, from the events that are those answers."""
    if not sequences:
        return {}
    rows = tx.query(LOAD_ANSWERS, (tx.entity_id, sequences)).fetchall()
    return {sequence: Answer("replayed", data.encode(), sequence, moment) for sequence, data, moment in rows}


def rehearsed_fact(posted: Posted) -> bytes:
    """The journal a dry run would have posted: it has no number yet."""
    return journal_fact(posted, uuid7(), 0)


def _update_balances(tx: Transaction, posted: Sequence[Posted], *, with_held: bool) -> None:
    states = list({id(balance.account): balance.account for one in posted for balance in one.balances}.values())
    columns: list[Iterable[object]] = [
        [state.id for state in states],
        [state.debits for state in states],
        [state.credits for state in states],
        [state.version for state in states],
        ["t" if state.overridden else "f" for state in states],
        *([[state.held for state in states]] if with_held else []),
    ]
    tx.later(
        UPDATE_BALANCES_AND_HELD if with_held else UPDATE_BALANCES,
        (
            "{" + ",".join([f'"{state.place}"' for state in states]) + "}",
            *arrays_of(columns),
            len(states),
        ),
    )


def _add_day_totals(tx: Transaction, posted: Sequence[Posted]) -> None:
    # By day first: nearly all of a batch are of one day, and a shorter key is hashed faster.
    days: dict[tuple[date, str], dict[tuple[AccountState, int], list[Any]]] = {}
    for one in posted:
        totals = days.setdefault((one.effective_date, one.draft.layer), {})
        for account, amount, version, _, _ in one.lines:
            total = totals.get((account, version // PART))
            if total is None:
                totals[account, version // PART] = total = [ZERO, ZERO, 0]
            if amount > 0:
                total[0] += amount
            else:
                total[1] -= amount
            total[2] += 1
    rows = [
        (account.id, day, layer, part, *total)
        for (day, layer), totals in days.items()
        for (account, part), total in totals.items()
    ]
    tx.later(ADD_DAY_TOTALS, arrays_of(zip(*rows, strict=True)))
