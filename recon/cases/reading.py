"""Reading exceptions back: lists by kind, age and owner, one with its history, and what the close of a day is told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from ledgerflow.core.money import plain
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Cure, Finding
from recon.cases import rows
from recon.cases.ages import age_of, days_of
from recon.cases.errors import ReconExceptionNotFound
from recon.cases.events import ExceptionFact
from recon.cases.findings import fetch
from recon.cases.models import CaseStatus, ReconException
from recon.cases.rows import FREE_LINES_OF_B, WAITING_OF_B

# Open exceptions, lines without a match, and what the other account of a mirror has that was not brought in, up to a
# day; a query for all bank accounts of an entity.
UNRECONCILED = f"""
    SELECT b.id, b.name, a.code, cases.count, lines.count, waiting.count
    FROM statements_bankaccount b
    JOIN accounts_account a ON a.id = b.account_id
    CROSS JOIN LATERAL (
        SELECT count(*)::int FROM cases_reconexception c
        WHERE c.bank_account_id = b.id AND c.status <> 'resolved' AND c.day <= %(day)s
    ) cases (count)
    CROSS JOIN LATERAL (
        SELECT count(*)::int {FREE_LINES_OF_B} AND l.booking_date <= %(day)s
    ) lines (count)
    CROSS JOIN LATERAL (
        SELECT count(*)::int {WAITING_OF_B} AND p.effective_date <= %(day)s
    ) waiting (count)
    WHERE b.entity_id = %(entity)s AND (cases.count > 0 OR lines.count > 0 OR waiting.count > 0)
    ORDER BY a.code
"""  # noqa: S608 - put together from constants
MOST_ENTRIES = 1000
UNRESOLVED = "unresolved"  # of a filter: open, or being checked
STATUSES = (UNRESOLVED, *CaseStatus.values)


class ExceptionResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An exception; `amount` is that of its line or posting, money in positive, and `age` is counted to `on`."""

    id: UUID
    bank_account: UUID
    number: int
    kind: str
    status: str
    line: UUID | None
    account: str | None
    account_version: int | None
    statement: UUID | None
    day: date
    age: str
    amount: str
    related: list[str]
    explanation: str
    owner: str
    reason: str
    resolution: str
    note: str
    opened_at: datetime
    revision: int


class ExceptionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done with an exception, and how it stood after it."""

    entry: int
    action: str
    kind: str
    status: str
    owner: str
    reason: str
    resolution: str
    note: str
    comment: str
    actor: str
    recorded_at: datetime
    event_sequence: int


class ExceptionWithHistory(ExceptionResponse, frozen=True, kw_only=True):
    """An exception with what was done with it, the newest first; the newest 1000 at most."""

    history: list[ExceptionEntry]


def exceptions_of(
    entity_id: UUID,
    *,
    bank_account: UUID | None = None,
    status: str | None = None,
    kind: str | None = None,
    owner: str | None = None,
    age: str | None = None,
    on: date,
) -> QuerySet[ReconException]:
    """The exceptions of an entity, narrowed by what is given; ages are counted to `on`."""
    found = ReconException.objects.filter(entity_id=entity_id).select_related("account")
    if bank_account is not None:
        found = found.filter(bank_account_id=bank_account)
    if status is not None:
        found = found.exclude(status=CaseStatus.RESOLVED) if status == UNRESOLVED else found.filter(status=status)
    if kind is not None:
        found = found.filter(kind=kind)
    if owner is not None:
        found = found.filter(owner=owner)
    return found if age is None else of_age(found, age, on)


def of_age(found: QuerySet[ReconException], age: str, on: date) -> QuerySet[ReconException]:
    """Those of one age."""
    days = days_of(age, on)
    if days.first is not None:
        found = found.filter(day__gte=days.first)
    return found if days.last is None else found.filter(day__lte=days.last)


def exception_in(entity_id: UUID, exception_id: UUID) -> ReconException:
    """One exception. Raises `NotFound`."""
    found = ReconException.objects.filter(entity_id=entity_id, pk=exception_id).select_related("account").first()
    if found is None:
        raise ReconExceptionNotFound
    return found


def exception_response(row: ReconException, on: date) -> ExceptionResponse:
    """A row as it is told."""
    return ExceptionResponse(**_values(row, on))


def exception_with_history(row: ReconException, on: date) -> ExceptionWithHistory:
    """The same with its history."""
    return ExceptionWithHistory(**_values(row, on), history=history_of(row))


def exception_left_by(row: ReconException, sequence: int, on: date) -> ExceptionWithHistory:
    """The exception as one of its events has left it, whatever was done since."""
    given = {"entity": row.entity_id, "last": sequence, "most": MOST_ENTRIES}
    told = [(at, ExceptionFact.read(data), actor, moment) for at, data, actor, moment in fetch(rows.HISTORY, given)]
    fact = told[0][1]
    same = (
        "id", "bank_account", "number", "kind", "status", "line", "account", "account_version", "statement", "day",
        "amount", "related", "explanation", "owner", "reason", "resolution", "note",
    )  # fmt: skip
    return ExceptionWithHistory(
        **{name: getattr(fact, name) for name in same},
        age=age_of(fact.day, on),
        opened_at=row.opened_at,
        revision=sequence,
        history=[_entry(*one) for one in told],
    )


def business_date_at(entity_id: UUID, sequence: int) -> date:
    """The business date when an event was recorded."""
    ((day,),) = fetch(rows.BUSINESS_DATE_AT, {"entity": entity_id, "sequence": sequence})
    found: date = day
    return found


def history_of(row: ReconException) -> list[ExceptionEntry]:
    """What was done with an exception, read from the log, the newest first."""
    given = {"entity": row.entity_id, "last": row.changed_sequence, "most": MOST_ENTRIES}
    return [
        _entry(sequence, ExceptionFact.read(data), actor, recorded_at)
        for sequence, data, actor, recorded_at in fetch(rows.HISTORY, given)
    ]


NOT_RECONCILED = phrase(
    "{name} ({account}) is not reconciled up to {day}: open exceptions {cases}, lines without a match {lines}."
)
NOT_RECONCILED_NOR_IN = phrase(
    "{name} ({account}) is not reconciled up to {day}: open exceptions {cases}, lines without a match {lines},"
    " postings not brought in {waiting}."
)


def unreconciled(entity_id: UUID, day: date) -> list[Finding]:
    """The close's check: bank accounts with open exceptions or with lines that have no match, up to the day.

    And mirrors of which the other account has postings that were not brought in.
    """
    found = fetch(UNRECONCILED, {"entity": entity_id, "day": day})
    return [
        Finding(
            (NOT_RECONCILED_NOR_IN if waiting else NOT_RECONCILED).format(
                name=name, account=code, day=day, cases=cases, lines=lines, waiting=waiting
            ),
            Cure("Bank account", "statements_bankaccount_change", bank_account_id),
        )
        for bank_account_id, name, code, cases, lines, waiting in found
    ]


def _entry(sequence: int, fact: ExceptionFact, actor: str, recorded_at: datetime) -> ExceptionEntry:
    same = ("entry", "action", "kind", "status", "owner", "reason", "resolution", "note", "comment")
    values = {name: getattr(fact, name) for name in same}
    return ExceptionEntry(**values, actor=actor, recorded_at=recorded_at, event_sequence=sequence)


def _values(row: ReconException, on: date) -> dict[str, Any]:
    same = (
        "id", "number", "kind", "status", "account_version", "day", "related", "explanation", "owner", "reason",
        "resolution", "note", "opened_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        "bank_account": row.bank_account_id,
        "line": row.line_id,
        "account": row.account.code if row.account else None,
        "statement": row.statement_id,
        "age": age_of(row.day, on),
        "amount": plain(row.amount),
        "revision": row.changed_sequence,
    }
