"""Reading bank accounts, statements and lines back, and what an import would do or has done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db.models import F, QuerySet

from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import plain
from recon.statements.bank_accounts import bank_account_called, bank_accounts
from recon.statements.errors import StatementLineNotFound, StatementNotFound
from recon.statements.events import ContinuityBreak
from recon.statements.models import BankAccount, Statement, StatementLine
from recon.statements.parsers.shapes import MAX_STATEMENTS
from recon.statements.planning import Plan, PlannedStatement, totals_of

SEEN_SHOWN = 100


class BankAccountResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account; `revision` is the event of its last change and its ETag."""

    id: UUID
    account: str
    name: str
    identifier: str
    currency: str
    column_map: dict[str, Any] | None
    mirror: str | None
    revision: int
    updated_at: datetime
    actor: str


class StatementResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A statement; amounts are decimal strings, and money that came in is positive.

    `line_count` and `lines_total` are those of all its lines in the file, `seen_count` and `seen_total` those of them
    that were there already and were not stored again.
    """

    id: UUID
    account: str
    number: int
    status: str
    format: str
    file_name: str
    file_sha256: str
    place: int
    label: str
    currency: str
    first_day: date | None
    last_day: date | None
    opening_day: date | None
    opening_balance: str | None
    closing_day: date | None
    closing_balance: str | None
    is_proven: bool
    line_count: int
    lines_total: str
    seen_count: int
    seen_total: str
    event_sequence: int
    recorded_at: datetime
    actor: str


class LineResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a statement, or a part of one; `status` is `open`, `split` (its parts stand for it) or `undone`."""

    id: UUID
    statement: UUID
    account: str
    number: int
    part: int
    parent: UUID | None
    status: str
    booking_date: date
    value_date: date | None
    amount: str
    currency: str
    bank_reference: str
    end_to_end: str
    customer_reference: str
    counterparty: str
    iban: str
    text: str


class ImportedStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of a file: what is new in it, which lines (at most 100 are named) were there already, and its breaks.

    `id` and `event_sequence` are null in a preview. `place` counts the statements of the file that are of `account`.
    """

    id: UUID | None
    event_sequence: int | None
    account: str
    number: int
    place: int
    label: str
    first_day: date | None
    last_day: date | None
    opening_balance: str | None
    closing_balance: str | None
    is_proven: bool
    line_count: int
    lines_total: str
    new_count: int
    seen_count: int
    seen_total: str
    seen: list[int]
    breaks: list[ContinuityBreak]


class ImportProblem(msgspec.Struct, frozen=True):
    """What would refuse the file."""

    code: str
    message: str
    data: dict[str, Any]


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file, or would: `problems` are what a preview finds that an import would refuse."""

    status: Literal["preview", "imported", "replayed"]
    format: str
    file_sha256: str
    new_count: int
    seen_count: int
    statements: list[ImportedStatement]
    problems: list[ImportProblem]


def previewed(plan: Plan) -> ImportAnswer:
    """What a plan would do."""
    problems = plan.refusals or plan.discontinuities()
    return answer_of("preview", plan, [(None, None)] * len(plan.statements), problems)


def answer_of(
    status: Literal["preview", "imported"],
    plan: Plan,
    recorded: Sequence[tuple[UUID | None, int | None]],
    problems: Iterable[LedgerError] = (),
) -> ImportAnswer:
    """The answer to an import of which the statements have these ids and events."""
    made = [_imported(*ids, planned) for ids, planned in zip(recorded, plan.statements, strict=True)]
    return ImportAnswer(
        status=status,
        format=plan.file.format,
        file_sha256=plan.file.sha256,
        new_count=sum(one.new_count for one in made),
        seen_count=sum(one.seen_count for one in made),
        statements=made,
        problems=[ImportProblem(one.code, one.message, one.data) for one in problems],
    )


def _imported(id_: UUID | None, sequence: int | None, planned: PlannedStatement) -> ImportedStatement:
    parsed = planned.parsed
    first_day, last_day = planned.days
    lines_total, seen_total = totals_of(planned)
    return ImportedStatement(
        id=id_,
        event_sequence=sequence,
        account=planned.bank.code,
        number=planned.number,
        place=planned.place,
        label=parsed.number,
        first_day=first_day,
        last_day=last_day,
        opening_balance=plain(parsed.opening.amount) if parsed.opening else None,
        closing_balance=plain(parsed.closing.amount) if parsed.closing else None,
        is_proven=parsed.is_proven,
        line_count=len(parsed.lines),
        lines_total=lines_total,
        new_count=len(planned.new),
        seen_count=len(planned.seen),
        seen_total=seen_total,
        seen=planned.seen[:SEEN_SHOWN],
        breaks=planned.breaks,
    )


def statements_of_import(one: Statement) -> ImportAnswer:
    """What an import has done, told again by the rows of its statements, of which `one` is the first."""
    rows = _with(one)
    same = (
        "id", "event_sequence", "number", "place", "label", "first_day", "last_day", "is_proven", "line_count",
        "seen_count",
    )  # fmt: skip
    made = [
        ImportedStatement(
            **{name: getattr(row, name) for name in same},
            account=row.bank_account.account.code,
            opening_balance=_plain(row.opening_balance),
            closing_balance=_plain(row.closing_balance),
            lines_total=plain(row.lines_total),
            new_count=row.line_count - row.seen_count,
            seen_total=plain(row.seen_total),
            seen=[],
            breaks=[],
        )
        for row in rows
    ]
    return ImportAnswer(
        status="replayed",
        format=one.format,
        file_sha256=one.file_sha256,
        new_count=sum(row.new_count for row in made),
        seen_count=sum(row.seen_count for row in made),
        statements=made,
        problems=[],
    )


def _with(first: Statement) -> list[Statement]:
    """The statements of one transaction, for whatever bank accounts: their events follow each other."""
    rows = Statement.objects.filter(
        entity_id=first.entity_id,
        event_sequence__range=(first.event_sequence, first.event_sequence + MAX_STATEMENTS),
        file_sha256=first.file_sha256,
        recorded_at=first.recorded_at,
    )
    return list(rows.select_related("bank_account__account").order_by("event_sequence"))


def same_import(one: Statement) -> QuerySet[Statement]:
    """All statements of its bank account that came with this one: of the same file, and numbered in one run."""
    rows = Statement.objects.filter(bank_account_id=one.bank_account_id, file_sha256=one.file_sha256)
    return rows.filter(number=F("place") + (one.number - one.place)).order_by("number")


def statements_of(
    entity_id: UUID, account: str | None = None, status: str | None = None, *, is_proven: bool | None = None
) -> QuerySet[Statement]:
    """The statements of an entity, or of one account of it. Raises `BankAccountNotFound`."""
    rows = Statement.objects.filter(entity_id=entity_id).select_related("bank_account__account")
    if account is not None:
        rows = rows.filter(bank_account=bank_account_called(entity_id, account))
    if status:
        rows = rows.filter(status=status)
    return rows if is_proven is None else rows.filter(is_proven=is_proven)


def statement_in(entity_id: UUID, statement_id: UUID) -> Statement:
    """One statement. Raises `StatementNotFound`."""
    found = statements_of(entity_id).filter(pk=statement_id).first()
    if found is None:
        raise StatementNotFound
    return found


def lines_of(
    entity_id: UUID,
    account: str | None = None,
    statement: UUID | None = None,
    *,
    first: date | None = None,
    last: date | None = None,
    status: str | None = None,
) -> QuerySet[StatementLine]:
    """Lines by account, statement, booking date and how they stand. Raises `BankAccountNotFound`."""
    rows = StatementLine.objects.filter(entity_id=entity_id).select_related("bank_account__account")
    if account is not None:
        rows = rows.filter(bank_account=bank_account_called(entity_id, account))
    elif statement is None:  # the index is by bank account, and an entity has few of them
        rows = rows.filter(bank_account__in=list(bank_accounts(entity_id).values_list("pk", flat=True)))
    if statement is not None:
        rows = rows.filter(statement_id=statement)
    if first is not None:
        rows = rows.filter(booking_date__gte=first)
    if last is not None:
        rows = rows.filter(booking_date__lte=last)
    if status is None:
        return rows
    if status == "undone":
        return rows.filter(is_undone=True)
    return rows.filter(is_undone=False, is_split=status == "split")


def line_in(entity_id: UUID, line_id: UUID) -> StatementLine:
    """One line. Raises `StatementLineNotFound`."""
    found = lines_of(entity_id).filter(pk=line_id).first()
    if found is None:
        raise StatementLineNotFound
    return found


def bank_account_response(row: BankAccount) -> BankAccountResponse:
    """A row as it is told."""
    same = ("id", "name", "identifier", "currency", "column_map", "updated_at", "actor")
    return BankAccountResponse(
        account=row.account.code,
        mirror=row.mirror.code if row.mirror else None,
        revision=row.event_sequence,
        **{name: getattr(row, name) for name in same},
    )


def statement_response(row: Statement) -> StatementResponse:
    """The same of a statement."""
    same = (
        "id", "number", "status", "format", "file_name", "file_sha256", "place", "label", "currency", "first_day",
        "last_day", "opening_day", "closing_day", "is_proven", "line_count", "seen_count", "event_sequence",
        "recorded_at", "actor",
    )  # fmt: skip
    return StatementResponse(
        account=row.bank_account.account.code,
        opening_balance=_plain(row.opening_balance),
        closing_balance=_plain(row.closing_balance),
        lines_total=plain(row.lines_total),
        seen_total=plain(row.seen_total),
        **{name: getattr(row, name) for name in same},
    )


def line_response(row: StatementLine) -> LineResponse:
    """The same of a line."""
    same = (
        "id", "number", "part", "booking_date", "value_date", "currency", "bank_reference", "end_to_end",
        "customer_reference", "counterparty", "iban", "text",
    )  # fmt: skip
    return LineResponse(
        statement=row.statement_id,
        account=row.bank_account.account.code,
        parent=row.parent_id,
        status="undone" if row.is_undone else "split" if row.is_split else "open",
        amount=plain(row.amount),
        **{name: getattr(row, name) for name in same},
    )


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
