"""What can be asked of the views. Each answer comes of one statement, so that it is of one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from accounts.errors import AccountNotFound
from journals.errors import JournalNotFound
from journals.views.bodies import AccountView, BalanceView, DashboardView, OpenHolds, Period, PeriodActivity, Volume
from journals.views.words import query_of
from ledgerflow.core.clocks import as_text
from ledgerflow.core.money import CONTEXT, at_scale, plain
from ledgerflow.core.texts import is_storable
from ledgerflow.events.read_models.reading import reading
from ledgerflow.events.read_models.schemas import CONSUMER

JOURNAL = """
    SELECT id, number, kind, layer, effective_date, original_date, recorded_at, actor, event_sequence, description,
           external_reference, reverses, reversed_by, amounts::text AS amounts, counterparties::text AS counterparties,
           metadata::text AS metadata, lines::text AS lines
    FROM journals
"""
ONE_JOURNAL = f"{JOURNAL} WHERE id = %s AND entity_id = %s"
ACCOUNT = """
    SELECT a.id, a.code, a.name, a.type, a.currency, a.normal_side, a.parent, a.is_header, a.monetary, a.owner_id,
           a.role, a.cash_flow, a.term, a.metadata::text AS metadata, a.outflow_frozen, a.inflow_frozen, a.opened_at,
           a.closed_at, b.debits, b.credits, b.held, b.version, (e.currencies ->> a.currency)::integer AS minor_units,
           (SELECT p.sequence FROM consuming_position p WHERE p.consumer = %(consumer)s AND p.entity_id = a.entity_id)
               AS event_sequence
    FROM accounts a
    JOIN balances b ON b.entity_id = a.entity_id AND b.account = a.code
    JOIN entities e ON e.id = a.entity_id
    WHERE a.entity_id = %(entity)s
"""
ONE_ACCOUNT = f"{ACCOUNT} AND a.code = %(code)s"
# An account without a line on these days has one row, of its currency alone.
DAYS = """
    SELECT (e.currencies ->> a.currency)::integer, d.effective_date, d.count, d.debits, d.credits
    FROM accounts a JOIN entities e ON e.id = a.entity_id
    LEFT JOIN LATERAL (
        SELECT effective_date, count, debits, credits FROM account_days
        WHERE entity_id = a.entity_id AND account = a.code AND effective_date > %(after)s AND effective_date <= %(to)s
        ORDER BY effective_date LIMIT {limit:d}
    ) d ON true
    WHERE a.entity_id = %(entity)s AND a.code = %(code)s
"""
DASHBOARD = """
    SELECT e.code, e.name,
           coalesce((SELECT b.value FROM jsonb_each_text(e.base_changes) b WHERE b.key <= e.business_date::text
                     ORDER BY b.key DESC LIMIT 1), e.base_currency) AS base_currency,
           e.business_date, e.open_accounts,
           coalesce((SELECT sum(k.journals) FROM entity_kinds k WHERE k.entity_id = e.id), 0)::bigint AS journals,
           (SELECT json_object_agg(k.kind, k.journals ORDER BY k.kind)
            FROM entity_kinds k WHERE k.entity_id = e.id)::text AS journals_by_kind,
           (SELECT json_agg(json_build_array(
                       d.effective_date = e.business_date, d.currency, d.journals, d.volume::text))
            FROM entity_days d
            WHERE d.entity_id = e.id
              AND d.effective_date BETWEEN date_trunc('month', e.business_date)::date AND e.business_date
           )::text AS days,
           (SELECT json_object_agg(h.currency, json_build_array(h.open, h.held::text) ORDER BY h.currency)
            FROM entity_holds h WHERE h.entity_id = e.id AND h.open > 0)::text AS open_holds,
           (SELECT p.sequence FROM consuming_position p WHERE p.consumer = %s AND p.entity_id = e.id)
               AS event_sequence
    FROM entities e WHERE e.id = %s
"""
ROWS_OF = {"day": 1, "week": 7, "month": 31}  # days that a period has at most
DECEMBER = 12
STORED_JSON = ("amounts", "counterparties", "metadata", "lines")

Position = Sequence[Any]


class JournalSearch(NamedTuple):
    """What journals to show: with all of these words, the last one by its beginning; dates are effective dates."""

    words: str | None = None
    account: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


def find_journals(
    entity_id: UUID, wanted: JournalSearch, limit: int, after: Position | None
) -> tuple[list[dict[str, Any]], Position | None]:
    """A page of journals as `JournalView`, newest first, and the position of its last one when others follow.

    Raises `AccountNotFound`.
    """
    if wanted.account is not None:
        _find_account(entity_id, wanted.account)
    conditions, params = _conditions(wanted)
    if after is not None:
        conditions.append("(effective_date, number) < (%s, %s)")
        params += after
    text = " AND ".join(["entity_id = %s", *conditions])
    statement = f"{JOURNAL} WHERE {text} ORDER BY effective_date DESC, number DESC LIMIT {limit + 1:d}"
    rows = _rows(statement, (entity_id, *params))
    shown = [_journal(row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return shown, [last["effective_date"], last["number"]] if last else None


def newest_with(entity_id: UUID, words: str, most: int) -> list[UUID]:
    """The ids of the newest journals with all of these words, at most so many."""
    found, _ = find_journals(entity_id, JournalSearch(words=words), most, None)
    return [one["id"] for one in found]


def journal_view(entity_id: UUID, journal_id: UUID) -> dict[str, Any]:
    """One journal as `JournalView`. Raises `JournalNotFound`."""
    rows = _rows(ONE_JOURNAL, (journal_id, entity_id))
    if not rows:
        raise JournalNotFound
    return _journal(rows[0])


def find_accounts(
    entity_id: UUID, filters: dict[str, str | None], limit: int, after: str | None
) -> tuple[list[AccountView], Position | None]:
    """A page of accounts by code, those whose columns are as `filters` say, and its position when others follow."""
    given = {name: value for name, value in filters.items() if value is not None}
    conditions = [f"AND a.{name} = %({name})s" for name in given] + ["AND a.code > %(after)s"] * (after is not None)
    statement = f"{ACCOUNT} {' '.join(conditions)} ORDER BY a.code LIMIT {limit + 1:d}"
    rows = _rows(statement, given | {"consumer": CONSUMER, "entity": entity_id, "after": after})
    shown = [_account(row) for row in rows[:limit]]
    return shown, [shown[-1].code] if len(rows) > limit else None


def balance_view(entity_id: UUID, code: str) -> BalanceView:
    """What stands on an account. Raises `AccountNotFound`."""
    row = _find_account(entity_id, code)
    return BalanceView(
        account=row["code"], currency=row["currency"], normal_side=row["normal_side"], version=row["version"],
        event_sequence=row["event_sequence"] or 0, **_figures(row),
    )  # fmt: skip


def activity(
    entity_id: UUID, code: str, by: Period, days: tuple[date, date], limit: int, after: date | None
) -> tuple[list[PeriodActivity], Position | None]:
    """The activity of an account by period, oldest first, of the days from the first to the last.

    `after` is the beginning of the last period that the caller has. Gives its own last one's when others follow. A
    period that is cut by the days has what lies within. Raises `AccountNotFound`.
    """
    first, last = days
    before = first - timedelta(1) if first > date.min else first
    if after is not None:
        before = max(before, _last_day(after, by))
    statement = DAYS.format(limit=(limit + 1) * ROWS_OF[by])
    params = {"entity": entity_id, "code": code, "after": before, "to": last}
    with reading() as cursor:
        rows = cursor.execute(statement, params).fetchall() if is_storable(code) else []
    if not rows:
        raise AccountNotFound(account=code)
    found = _periods(sorted((row for row in rows if row[1] is not None), key=itemgetter(1)), by)
    shown = found[:limit]
    return shown, [shown[-1].starts_on] if len(found) > limit else None


def dashboard(entity_id: UUID) -> DashboardView | None:
    """The counters of the books; None where the read models do not know them yet."""
    rows = _rows(DASHBOARD, (CONSUMER, entity_id))
    if not rows:
        return None
    (row,) = rows
    days = _decoded(row["days"]) or []
    holds = _decoded(row["open_holds"]) or {}
    return DashboardView(
        entity=row["code"], name=row["name"], base_currency=row["base_currency"], business_date=row["business_date"],
        event_sequence=row["event_sequence"] or 0, journals=row["journals"],
        journals_by_kind=_decoded(row["journals_by_kind"]) or {},
        today=_volumes(one for one in days if one[0]), month=_volumes(days), open_accounts=row["open_accounts"],
        open_holds={currency: OpenHolds(*found) for currency, found in holds.items()},
    )  # fmt: skip


def _conditions(wanted: JournalSearch) -> tuple[list[str], list[Any]]:
    conditions: list[str] = []
    params: list[Any] = []
    if wanted.words is not None or wanted.account is not None:
        query = query_of(wanted.words or "", wanted.account)
        is_empty = wanted.words is not None and not query_of(wanted.words, None)
        conditions.append("false" if is_empty else "search @@ %s::tsquery")
        params += [] if is_empty else [query]
    for comparison, day in (("effective_date >= %s", wanted.starts_on), ("effective_date <= %s", wanted.ends_on)):
        if day is not None:
            conditions.append(comparison)
            params.append(day)
    return conditions, params


def _find_account(entity_id: UUID, code: str) -> dict[str, Any]:
    params = {"consumer": CONSUMER, "entity": entity_id, "code": code}
    rows = _rows(ONE_ACCOUNT, params) if is_storable(code) else []
    if not rows:
        raise AccountNotFound(account=code)
    return rows[0]


def _rows(statement: str, params: Any) -> list[dict[str, Any]]:
    with reading() as cursor:
        cursor.execute(statement, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _journal(row: dict[str, Any]) -> dict[str, Any]:
    """JSON goes out as it is stored."""
    ready = {name: msgspec.Raw((row[name] or "null").encode()) for name in STORED_JSON}
    return row | ready | {"recorded_at": as_text(row["recorded_at"])}


def _account(row: dict[str, Any]) -> AccountView:
    names = [name for name in AccountView.__struct_fields__ if name in row]
    return AccountView(**{name: row[name] for name in names} | {"metadata": _decoded(row["metadata"])} | _figures(row))


def _figures(row: dict[str, Any]) -> dict[str, str]:
    with localcontext(CONTEXT):
        net = row["debits"] - row["credits"]
        balance = net if row["normal_side"] == "debit" else -net
        amounts = {
            "debits": row["debits"], "credits": row["credits"], "balance": balance, "held": row["held"],
            "available": balance - row["held"],
        }  # fmt: skip
    return {name: _text(amount, row["minor_units"]) for name, amount in amounts.items()}


def _text(amount: Decimal, minor_units: int | None) -> str:
    """At the scale of the currency; books from before events told it have amounts at it already."""
    return plain(amount if minor_units is None else at_scale(amount, minor_units))


def _periods(rows: Iterable[Sequence[Any]], by: Period) -> list[PeriodActivity]:
    found: dict[date, list[Any]] = {}
    scales: dict[date, int | None] = {}
    with localcontext(CONTEXT):
        for minor_units, day, *figures in rows:
            start = _first_day(day, by)
            scales[start] = minor_units
            found[start] = [sum(pair) for pair in zip(found.get(start, (0, 0, 0)), figures, strict=True)]
    return [
        PeriodActivity(start, count, _text(debits, scales[start]), _text(credit_total, scales[start]))
        for start, (count, debits, credit_total) in found.items()
    ]


def _first_day(day: date, by: Period) -> date:
    if by == "week":
        return day - timedelta(day.weekday())
    return day.replace(day=1) if by == "month" else day


def _last_day(start: date, by: Period) -> date:
    if by == "month":
        following = (start.year + 1, 1) if start.month == DECEMBER else (start.year, start.month + 1)
        return date(*following, 1) - timedelta(1)
    return start + timedelta(ROWS_OF[by] - 1)


def _volumes(days: Iterable[Sequence[Any]]) -> dict[str, Volume]:
    found: dict[str, Volume] = {}
    with localcontext(CONTEXT):
        for _, currency, journals, volume in days:
            before = found.get(currency, Volume(0, "0"))
            total = Decimal(before.volume) + Decimal(volume)
            found[currency] = Volume(before.journals + journals, plain(total))
    return dict(sorted(found.items()))


def _decoded(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
