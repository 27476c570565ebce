"""What stands in the books after the last event: entity, currencies, accounts, balances and day totals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from accounts.events import AccountFact
from journals.proof.replay import Replay, ReplayedAccount
from ledgerflow.books.events import EntityCreatedFact
from ledgerflow.books.faults import ABSENT, PRESENT, compare_rows
from ledgerflow.core.money import ZERO, plain

ENTITY = """
    SELECT id::text AS id, code, name, base_currency, time_zone, first_business_date::text AS first_business_date,
           business_date::text AS business_date, dimensions,
           coalesce(to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), created_at::text) AS created_at
    FROM books_entity WHERE id = %s
"""
CURRENCIES = """
    SELECT id::text, code, name, minor_units::int, is_custom, is_money FROM accounts_currency WHERE entity_id = %s
"""
ACCOUNTS = """
    SELECT a.id::text AS id, a.code, a.name, a.type, a.currency, a.normal_side,
           CASE WHEN a.parent_id IS NOT NULL THEN coalesce(p.code, a.parent_id::text) END AS parent,
           a.is_header, a.monetary, a.owner_id, a.role, a.cash_flow, a.term, a.keeps_lots, a.metadata,
           a.outflow_frozen, a.inflow_frozen, a.revision,
           coalesce(to_char(a.opened_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), a.opened_at::text) AS opened_at,
           coalesce(to_char(a.closed_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), a.closed_at::text) AS closed_at,
           b.debits, b.credits, b.held, b.version, b.normal_sign::int AS normal_sign, b.min_balance, b.max_balance,
           b.overridden
    FROM accounts_account a
    LEFT JOIN accounts_balance b ON b.account_id = a.id
    LEFT JOIN accounts_account p ON p.id = a.parent_id AND p.entity_id = a.entity_id
    WHERE a.entity_id = %s ORDER BY a.code
"""
# By recorded order of postings and not from the replay: the sums of every day would not fit into bounded memory.
DAY_TOTALS = """
    WITH summed AS (
        SELECT p.account_id, p.effective_date, j.layer, (p.account_version / 256)::integer AS part,
               coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0) AS debits,
               coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0) AS credits, count(*) AS count
        FROM journals_journal j JOIN journals_posting p ON p.journal_id = j.id
        WHERE j.entity_id = %(entity)s GROUP BY 1, 2, 3, 4
    ), stored AS (
        SELECT d.* FROM journals_daytotal d JOIN accounts_account a ON a.id = d.account_id
        WHERE a.entity_id = %(entity)s
    )
    SELECT account_id::text, effective_date::text, layer, part::text,
           s.debits, s.credits, s.count, d.debits, d.credits, d.count
    FROM summed s FULL JOIN stored d USING (account_id, effective_date, layer, part)
    WHERE (s.debits, s.credits, s.count) IS DISTINCT FROM (d.debits, d.credits, d.count)
    ORDER BY account_id, effective_date, layer, part LIMIT 1000
"""
# One look into the index of each account: it reads all postings again only where their number is not what it should be.
POSTINGS = """
    SELECT coalesce(sum(p.rows), 0)::bigint FROM accounts_account a
    CROSS JOIN LATERAL (SELECT count(*) AS rows FROM journals_posting WHERE account_id = a.id) p
    WHERE a.entity_id = %s
"""
STRAY_POSTINGS = """
    SELECT p.journal_id::text, p.line, a.code FROM accounts_account a
    JOIN journals_posting p ON p.account_id = a.id
    LEFT JOIN journals_journal j ON j.id = p.journal_id AND j.entity_id = a.entity_id
    WHERE a.entity_id = %s AND j.id IS NULL ORDER BY 1, 2 LIMIT 1000
"""
ENTITY_ROW, CURRENCY, POSTING = "books_entity", "accounts_currency", "journals_posting"
ACCOUNT, BALANCE, DAY_TOTAL = "accounts_account", "accounts_balance", "journals_daytotal"
FIXED = (
    "id",
    "code",
    "name",
    "type",
    "currency",
    "normal_side",
    "parent",
    "is_header",
    "monetary",
    "owner_id",
    "role",
    "cash_flow",
    "term",
    "keeps_lots",
    "metadata",
    "outflow_frozen",
    "inflow_frozen",
)

Connection = psycopg.Connection[Any]


def check_entity(connection: Connection, replay: Replay) -> None:
    """The entity's row against its first event and the business date the events led to."""
    row = connection.cursor(row_factory=dict_row).execute(ENTITY, (replay.entity_id,)).fetchone()
    if row is None:
        replay.faults.add(ENTITY_ROW, replay.entity_id, "row", PRESENT, ABSENT)
        return
    if replay.created is None:
        replay.faults.add("books_event", 1, "type", EntityCreatedFact.event_type, ABSENT)
        return
    names = ("code", "name", "base_currency", "time_zone", "dimensions")
    expected = {name: getattr(replay.created, name) for name in names} | {
        "id": str(replay.created.id),
        "first_business_date": replay.created.business_date.isoformat(),
        "business_date": replay.business_date,
        "created_at": replay.created_at,
    }
    replay.faults.compare(ENTITY_ROW, row["code"], expected, row)


def check_currencies(connection: Connection, replay: Replay) -> None:
    """Every currency against the first event, for those of ISO 4217, or the event that added it."""
    rows = connection.cursor(row_factory=dict_row).execute(CURRENCIES, (replay.entity_id,)).fetchall()
    for fault in compare_rows(CURRENCY, replay.currencies, {row["code"]: row for row in rows}):
        replay.faults.add(*fault)


def check_accounts(connection: Connection, replay: Replay) -> None:
    """Every account and balance row against the account's last event and the sum of its postings."""
    unseen = dict(replay.by_id)
    with connection.cursor("stored_accounts", row_factory=dict_row) as cursor:
        cursor.itersize = 1000
        for row in cursor.execute(ACCOUNTS, (replay.entity_id,)):
            state = unseen.pop(row["id"], None)
            if state is None:
                replay.faults.add(ACCOUNT, row["code"], "account", ABSENT, PRESENT)
                continue
            _check_account(replay, state, row)
            _check_balance(replay, state, row)
    for state in unseen.values():
        replay.faults.add(ACCOUNT, state.code, "account", PRESENT, ABSENT)


def check_sums(_connection: Connection, replay: Replay) -> None:
    """Zero per currency over all accounts of the entity."""
    totals: dict[str, Decimal] = {}
    for state in replay.by_id.values():
        totals[state.currency] = totals.get(state.currency, ZERO) + state.debits - state.credits
    for currency, total in sorted(totals.items()):
        if total:
            replay.faults.add("books_entity", replay.entity_id, f"sum of all accounts in {currency}", ZERO, total)


def check_postings(connection: Connection, replay: Replay) -> None:
    """Postings of the entity's accounts that are in no journal of its books: of another's, or of none."""
    row = connection.execute(POSTINGS, (replay.entity_id,)).fetchone()
    if row == (sum(state.version for state in replay.by_id.values()),):
        return  # those that the events tell of were compared one by one, so there is no other
    for journal, line, code in connection.execute(STRAY_POSTINGS, (replay.entity_id,)):
        replay.faults.add(POSTING, f"{journal}/{line}", f"journal of a posting of {code}", "one of these books", ABSENT)


def check_day_totals(connection: Connection, replay: Replay) -> None:
    """Day totals against the sums of the postings they stand for."""
    codes = {state.id: state.code for state in replay.by_id.values()}
    for row in connection.execute(DAY_TOTALS, {"entity": replay.entity_id}):
        account, *rest = row[:4]
        key = " ".join([codes.get(account, account), *rest])
        summed, stored = row[4:7], row[7:]
        if summed[2] is None or stored[2] is None:
            replay.faults.add(DAY_TOTAL, key, "row", *((ABSENT, PRESENT) if summed[2] is None else (PRESENT, ABSENT)))
            continue
        names = ("debits", "credits", "count")
        expected, found = (dict(zip(names, values, strict=True)) for values in (summed, stored))
        replay.faults.compare(DAY_TOTAL, key, expected, found)


def _check_account(replay: Replay, state: ReplayedAccount, row: dict[str, Any]) -> None:
    expected: dict[str, Any] = {"revision": state.revision, "opened_at": state.opened_at, "closed_at": state.closed_at}
    expected |= {name: getattr(state.fact, name) for name in FIXED} | {"id": state.id}
    _check_limits(replay, state.fact, row)
    replay.faults.compare(ACCOUNT, state.code, expected, row)


def _check_limits(replay: Replay, fact: AccountFact, row: dict[str, Any]) -> None:
    if row["version"] is None:
        return
    limits = {
        name: None if value is None else Decimal(value)
        for name, value in (("min_balance", fact.min_balance), ("max_balance", fact.max_balance))
    }
    replay.faults.compare(BALANCE, row["code"], limits, row)


def _check_balance(replay: Replay, state: ReplayedAccount, row: dict[str, Any]) -> None:
    if row["version"] is None:
        replay.faults.add(BALANCE, state.code, "balance", PRESENT, ABSENT)
        return
    expected = {
        "debits": state.debits,
        "credits": state.credits,
        "held": state.held,
        "version": state.version,
        "normal_sign": state.sign,
    }
    replay.faults.compare(BALANCE, state.code, expected, row)
    _check_range(replay, row)


def _check_range(replay: Replay, row: dict[str, Any]) -> None:
    """A balance is in its range, or marked as one that a permitted journal has left out of it: never both."""
    low, high = row["min_balance"], row["max_balance"]
    if not all(
        figure.is_finite() for figure in (row["debits"], row["credits"], row["held"], low or ZERO, high or ZERO)
    ):
        return  # named already, as the figure that it should be
    balance = (row["debits"] - row["credits"]) * row["normal_sign"]
    too_low = low is not None and balance - row["held"] < low
    too_high = high is not None and balance > high
    if row["overridden"]:
        if not too_low and not too_high:
            replay.faults.add(BALANCE, row["code"], "overridden", False, True)  # noqa: FBT003 - what is shown
        return
    if too_low:
        replay.faults.add(BALANCE, row["code"], "available", f"at least {plain(low)}", balance - row["held"])
    if too_high:
        replay.faults.add(BALANCE, row["code"], "balance", f"at most {plain(high)}", balance)
