"""The year end: income and expense are taken to retained earnings by closing entries, and the year is closed.

The entries are in the closing layer, dated on the year's last day. Since the years before were closed the same way,
what stands on an account of income or expense at the year's end, in all layers, is of this year alone. Earlier years
that were declared closed are taken along by the first year end, with entries on their own last day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import partial
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Account
from journals.drafts import MAX_LINES, Draft, Line
from journals.errors import BatchRefused
from journals.events import Answer, read_fact
from journals.models import Journal, Kind, Layer
from journals.periods.errors import (
    NotAYear,
    RetainedEarningsAmbiguous,
    RetainedEarningsMissing,
    YearEndOvertaken,
    YearIsClosed,
)
from journals.periods.events import PeriodClosedFact
from journals.periods.fiscal_years import EARLIER, YEAR
from journals.periods.models import Period, PeriodStatus
from journals.periods.use_cases import (
    CLOSED,
    WHOLE,
    PeriodState,
    StatusChange,
    all_locked,
    check_days_closed,
    check_nothing_before,
    check_year_may_close,
    locked,
    period_in,
    save_status,
)
from journals.posting import post_many, post_with_hook
from journals.reading.as_of import LAYERS, QUESTION, TOTALS, question_of
from journals.reversal import lines_back
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.models import Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO, plain

RETAINED_EARNINGS = "retained_earnings"
REASON = "Year end"  # for which limits and locks are passed: the entries only move what stands there
ATTEMPTS = 5
ISSUER = "year_end"
LISTED = """
    WITH listed AS (
        SELECT a.id, a.code, a.currency FROM accounts_account a
        WHERE a.entity_id = %s AND a.type IN ('income', 'expense') AND NOT a.is_header
    )
"""
BALANCES = f"""{LISTED},{QUESTION}{TOTALS}
    SELECT head.number, t.code, t.currency, t.debits - t.credits
    FROM (SELECT coalesce(max(number), 0) AS number FROM journals_journal WHERE entity_id = %s) head
    LEFT JOIN totals t ON t.debits <> t.credits
    ORDER BY t.currency, t.code
"""  # noqa: S608 - put together from constants
# Journals that came after the figures were read and change them; the entries themselves are not among them.
CAME_SINCE = """
    SELECT EXISTS (
        SELECT FROM journals_journal
        WHERE entity_id = %s AND number > %s AND effective_date <= %s AND NOT (id = ANY (%s::uuid[])))
"""


class YearFigures(NamedTuple):
    """What stands on income and expense: (account, currency, debits - credits), as of journal `number`."""

    number: int
    lines: list[tuple[str, str, Decimal]]


class ClosingPart(NamedTuple):
    """What is closed at once: a year, or all before the calendar, and what is to be taken from its accounts."""

    period: PeriodState
    figures: YearFigures


class ClosingLine(msgspec.Struct, frozen=True):
    """A line of the closing entries."""

    account: str
    currency: str
    side: str
    amount: str


class YearEnd(msgspec.Struct, frozen=True):
    """A year end: its lines, and the journals that hold them once it is done ("posted" or "replayed").

    `obstacles` say what is in the way of one that would be ("would_post").
    """

    status: str
    period: UUID
    ends_on: date
    lines: list[ClosingLine]
    journals: list[UUID]
    obstacles: list[str] = []


class _FiguresMoved(LedgerError):
    """A journal came between reading the figures and writing the entries."""

    template = "A journal of the year came in between."


def preview_year_end(entity_id: UUID, period_id: UUID) -> YearEnd:
    """The closing entries as they would be now, and what is in their way; writes nothing.

    Raises `NotFound`, and `Malformed` for a period that is no year.
    """
    year = _year(entity_id, period_id)
    obstacles: list[str] = []
    lines: list[ClosingLine] = []
    try:
        write(entity_id, partial(_check, year_id=year.id))  # takes the lock, writes nothing
    except LedgerError as refusal:
        obstacles.append(refusal.message)
    try:
        lines = [line for part in _parts(entity_id, year) for line in _closing_lines(_drafts(entity_id, part, ""))]
    except LedgerError as refusal:
        obstacles.append(refusal.message)
    if year.status == CLOSED:
        obstacles = [f"The {year} is closed."]
    return YearEnd("would_post", year.id, year.ends_on, lines, [], obstacles)


def close_year(entity_id: UUID, period_id: UUID, *, key: str, issuer: str = CLIENT, actor: str) -> YearEnd:
    """Take income and expense of a year to retained earnings, per currency, and close it, all in one transaction.

    The same key replays, and so does a year that is closed: the entries that closed it are given ("replayed").
    Raises `NotFound`, `Malformed` (no year), `PeriodDaysOpen`, `PeriodsOpen` (its months, the years before),
    `EarlierYearsOpen` (income or expense before the calendar that nobody declared closed),
    `RetainedEarningsMissing`, `RetainedEarningsAmbiguous`, `IdempotencyKeyReused`, `TryAgain` when postings to the year
    keep coming in between, and refusals of the entries themselves.
    """
    claim = claim_of(key, ["year_end", period_id], issuer)
    for _ in range(ATTEMPTS):
        sequence = once.earlier(entity_id, claim)
        if sequence is not None:
            return _recorded(entity_id, sequence)
        year = _year(entity_id, period_id)
        if year.status == CLOSED:
            return _closed(entity_id, year)
        try:
            return _close(entity_id, year, claim, actor)
        except (_FiguresMoved, once.KeyTakenError):
            continue
        except LedgerError:
            if period_in(entity_id, period_id).status != CLOSED:  # or somebody else was first
                raise
    raise YearEndOvertaken


def take_back(entity_id: UUID, year: PeriodState, *, actor: str) -> list[Answer]:
    """Reverse the closing entries of a reopened year that still stand, in their layer and on their date.

    What was taken back already is not taken back again, so that a run that was cut off can go on.
    """
    standing = list(_entries(entity_id, year).filter(reversals=None))
    drafts = [
        Draft(
            key=f"year-end:{journal.id}:back",
            issuer=ISSUER,
            lines=lines_back(journal),
            kind=Kind.CLOSING,
            effective_date=journal.effective_date,
            description=f"Reopening of the {year}",
            reverses=journal.id,
            override_limits=REASON,
            override_lock=REASON,
            actor=actor,
            layer=Layer.CLOSING,
        )
        for journal in standing
    ]
    answers = post_many(entity_id, drafts, atomic=True) if drafts else []
    _raise_refusal(answers)
    return answers


def stands(entity_id: UUID, year: PeriodState) -> bool:
    """Whether a closing entry of the year is in force."""
    return _entries(entity_id, year).filter(reversals=None).exists()


def _entries(entity_id: UUID, year: PeriodState) -> QuerySet[Journal]:
    found = Journal.objects.filter(entity_id=entity_id, kind=Kind.CLOSING, effective_date=year.ends_on, reverses=None)
    return found.order_by("number")


def _year(entity_id: UUID, period_id: UUID) -> PeriodState:
    period = period_in(entity_id, period_id)
    if period.kind not in WHOLE:
        raise NotAYear(period=str(period))
    return period


def _check(tx: Transaction, _: object, *, year_id: UUID) -> PeriodState:
    year = locked(tx, year_id)
    others = all_locked(tx)
    if not any(one.kind in WHOLE and one.status == CLOSED for one in others):  # a year end before has taken all
        check_nothing_before(tx)
    check_year_may_close(year, others)
    check_days_closed(tx, year)
    return year


def _parts(entity_id: UUID, year: PeriodState) -> list[ClosingPart]:
    """The year, after the earlier ones where this year end is the first; each with what is of it alone."""
    earlier = Period.objects.filter(entity_id=entity_id, kind=EARLIER, ends_on__lt=year.ends_on).first()
    state = None if earlier is None else period_in(entity_id, earlier.pk)
    if state is None or state.status == CLOSED:
        return [ClosingPart(year, _figures(entity_id, year.ends_on))]
    before, through = _figures(entity_id, state.ends_on), _figures(entity_id, year.ends_on)
    of_year = {(account, currency): amount for account, currency, amount in through.lines}
    with localcontext(CONTEXT):
        for account, currency, amount in before.lines:
            of_year[account, currency] = of_year.get((account, currency), ZERO) - amount
    lines = sorted((currency, account, amount) for (account, currency), amount in of_year.items() if amount)
    own = YearFigures(before.number, [(account, currency, amount) for currency, account, amount in lines])
    return [ClosingPart(state, before), ClosingPart(year, own)]


def _figures(entity_id: UUID, ends_on: date) -> YearFigures:
    asked = question_of(entity_id, ends_on, None, LAYERS)
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, (entity_id, *asked, entity_id))
        rows = cursor.fetchall()
    return YearFigures(rows[0][0], [row[1:] for row in rows if row[1] is not None])


def _drafts(entity_id: UUID, part: ClosingPart, actor: str) -> list[Draft]:
    """The entries: per currency as many journals as its accounts need, each balanced by retained earnings."""
    year, figures = part
    accounts = _retained(entity_id, {currency for _, currency, _ in figures.lines})
    drafts: list[Draft] = []
    for currency, retained in accounts.items():
        standing = [(account, amount) for account, of, amount in figures.lines if of == currency]
        for start in range(0, len(standing), MAX_LINES - 1):
            lines = _balanced(standing[start : start + MAX_LINES - 1], currency, retained)
            drafts.append(
                Draft(
                    key=f"year-end:{year.id}:{year.number + 1}:{len(drafts) + 1}",
                    issuer=ISSUER,
                    lines=lines,
                    kind=Kind.CLOSING,
                    effective_date=year.ends_on,
                    confirm_unusual_date=True,  # a year that was closed elsewhere before these books began
                    description=f"Year end {year.ends_on}" if year.kind == YEAR else f"Earlier years to {year.ends_on}",
                    override_limits=REASON,
                    override_lock=REASON,
                    actor=actor,
                    layer=Layer.CLOSING,
                )
            )
    return drafts


def _balanced(standing: Sequence[tuple[str, Decimal]], currency: str, retained: str) -> tuple[Line, ...]:
    with localcontext(CONTEXT):
        total = sum((amount for _, amount in standing), ZERO)
    lines = [Line(account, amount.copy_negate(), currency) for account, amount in standing]
    return tuple(lines if not total else [*lines, Line(retained, total, currency)])


def _retained(entity_id: UUID, currencies: set[str]) -> dict[str, str]:
    """The account of each currency that takes the result, in the order of the currencies."""
    rows = Account.objects.filter(
        entity_id=entity_id, role=RETAINED_EARNINGS, type="equity", is_header=False, closed_at=None
    ).values_list("currency", "code")
    found: dict[str, list[str]] = {}
    for currency, code in rows:
        found.setdefault(currency, []).append(code)
    for currency in sorted(currencies):
        codes = sorted(found.get(currency, ()))
        if not codes:
            raise RetainedEarningsMissing(currency=currency, role=RETAINED_EARNINGS)
        if len(codes) > 1:
            raise RetainedEarningsAmbiguous(
                currency=currency, accounts=codes[:100], role=RETAINED_EARNINGS, first=", ".join(codes[:5])
            )
    return {currency: found[currency][0] for currency in sorted(currencies)}


def _close(entity_id: UUID, year: PeriodState, claim: Claim, actor: str) -> YearEnd:
    parts = _parts(entity_id, year)
    drafts_of = [_drafts(entity_id, part, actor) for part in parts]
    drafts = [draft for one in drafts_of for draft in one]
    written: list[UUID] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        once.take(tx, claim)
        now = _check(tx, None, year_id=year.id)
        if now.status == CLOSED:
            raise YearIsClosed(period=str(now))
        _raise_refusal(answers)
        written[:] = [read_fact(answer.journal).id for answer in answers]
        number = parts[0].figures.number
        (came,) = tx.query(CAME_SINCE, (entity_id, number, year.ends_on, written)).fetchone() or (True,)
        if came or [one.period for one in parts[:-1]] != _open_before(tx, now):
            raise _FiguresMoved
        for part, own in zip(parts[:-1], drafts_of, strict=False):
            save_status(tx, part.period, CLOSED, StatusChange(actor, REASON, facts={"entries": written[: len(own)]}))
        save_status(tx, now, CLOSED, StatusChange(actor, REASON, facts={"entries": written, **claim.fact()}))
        tx.remember(*claim, tx.sequence)

    _raise_refusal(post_with_hook(entity_id, drafts, hook, atomic=True))
    return YearEnd("posted", year.id, year.ends_on, _closing_lines(drafts), written)


def _open_before(tx: Transaction, year: PeriodState) -> list[PeriodState]:
    """The earlier years, where they wait for this year end."""
    return [one for one in all_locked(tx) if one.kind == EARLIER and one.id != year.id and one.status != CLOSED]


def _raise_refusal(answers: Sequence[Answer]) -> None:
    """Raise what was refused; an entry that was refused with another one says less than that one."""
    refusals = [answer.refusal for answer in answers if answer.refusal is not None]
    for refusal in refusals:
        if not isinstance(refusal, BatchRefused):
            raise refusal


def _closed(entity_id: UUID, year: PeriodState) -> YearEnd:
    status = PeriodStatus.objects.get(period_id=year.id, number=year.number)
    return _recorded(entity_id, status.event_sequence)


def _recorded(entity_id: UUID, sequence: int) -> YearEnd:
    """The year end that an event tells of."""
    data = Event.objects.values_list("data", flat=True).get(entity_id=entity_id, sequence=sequence)
    fact = PeriodClosedFact.read(data)
    journals = fact.entries
    sequences = Journal.objects.filter(entity_id=entity_id, pk__in=journals).values_list("event_sequence", flat=True)
    events = Event.objects.filter(entity_id=entity_id, sequence__in=list(sequences)).order_by("sequence")
    lines = [
        ClosingLine(line.account, line.currency, line.side, line.amount)
        for data in events.values_list("data", flat=True)
        for line in read_fact(data).lines
    ]
    return YearEnd("replayed", fact.id, fact.ends_on, lines, journals)


def _closing_lines(drafts: Sequence[Draft]) -> list[ClosingLine]:
    return [_closing_line(line) for draft in drafts for line in draft.lines]


def _closing_line(line: Line) -> ClosingLine:
    side = "debit" if line.amount > 0 else "credit"
    return ClosingLine(line.account, line.currency, side, plain(line.amount.copy_abs()))
