"""Recurring journals: a template of lines that is posted on each date of its schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Account, Currency
from journals.calendars import load_calendar
from journals.drafts import Draft, check
from journals.errors import BeforeCalendar, UnusualDate
from journals.events import Answer, read_fact
from journals.models import Kind
from journals.posting import post, post_with_hook
from journals.schedules import events
from journals.schedules.dates import DueDates, moved
from journals.schedules.errors import EndGivenTwice, RecurringEnded, RecurringNotFound, TimesNotGiven
from journals.schedules.models import RecurringJournal, RecurringRun
from journals.schedules.templates import Template, TemplateLine, instalments
from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, Claim, claim_of
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError, NameLength
from ledgerflow.core.failures import described
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised
from ledgerflow.core.texts import check_text

log = structlog.get_logger(__name__)

ISSUER = "recurring"
MAX_NAME = 100
MAX_MESSAGE = 1000
MOST_AT_ONCE = 1000  # missed dates of one journal in one run: the next run goes on
ACTIVE, PAUSED, ENDED = "active", "paused", "ended"
# What no later day puts right: said when the template is made, not on its first date.
FLAWS = frozenset(
    {"malformed", "unknown_account", "same_account", "header_account", "account_closed", "currency_mismatch",
     "unknown_dimension", "dimension_required", "precision_exceeded", "unbalanced"}
)  # fmt: skip
INSERT = """
    INSERT INTO schedules_recurringjournal (id, entity_id, name, description, lines, frequency, day, month,
        holiday_rule, every, starts_on, ends_on, times, next_due, status, revision)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'active', %s)
"""
LOCKED = "SELECT status, next_due, revision FROM schedules_recurringjournal WHERE entity_id = %s AND id = %s"
SET_STATUS = "UPDATE schedules_recurringjournal SET status = %s, next_due = %s, revision = %s WHERE id = %s"
SET_NEXT = "UPDATE schedules_recurringjournal SET next_due = %s WHERE id = %s"
LAST_RUN = """
    SELECT attempt::bigint, business_date, code FROM schedules_recurringrun
    WHERE recurring_id = %s AND due_on = %s ORDER BY attempt DESC LIMIT 1
"""
INSERT_RUN = """
    INSERT INTO schedules_recurringrun (id, recurring_id, due_on, attempt, business_date, outcome, journal_id, code,
                                       message, event_sequence, recorded_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class _Overtaken(LedgerError):
    """Somebody else has posted, paused or ended it meanwhile."""

    template = "It was posted, paused or ended meanwhile."


class Created(NamedTuple):
    """A recurring journal, and whether an earlier request with the same key has made it."""

    recurring: RecurringJournal
    is_replayed: bool


def create_recurring(
    entity_id: UUID,
    template: Template,
    *,
    key: str,
    confirm_unusual_date: bool = False,
    issuer: str = CLIENT,
    actor: str,
) -> Created:
    """Have a journal recur from now on; event `recurring.created`. The same key and content gives the same one again.

    Dates before the business date count too: they are posted one after the other by the next run. Those before the
    books began need `confirm_unusual_date`.
    Raises `Malformed`, `IdempotencyKeyReused`, `UnusualDate`, and what the journal would be refused for on any day
    (accounts, currencies, balance to zero).
    """
    _check(template)
    claim = claim_of(key, ["recurring", _normalised(template)], issuer)

    def work() -> Created:
        planned = _planned(entity_id, template)
        _rehearse(entity_id, planned)
        if not confirm_unusual_date:
            _check_start(entity_id, template.schedule)
        return _create(entity_id, planned, claim, actor)

    return once.once(entity_id, claim, work, lambda sequence: _made_before(entity_id, sequence))


def _create(entity_id: UUID, template: Template, claim: Claim, actor: str) -> Created:
    id_ = uuid7()
    schedule = template.schedule
    next_due = schedule.first(schedule.starts_on)

    def work(tx: Transaction, _: None) -> None:
        once.take(tx, claim)
        fact = events.RecurringCreatedFact(
            id_, template.name, template.description, template.lines, schedule, next_due, ACTIVE, **claim.fact()
        )
        sequence = tx.record(fact, str(id_), actor)
        tx.remember(*claim, sequence)
        when = (schedule.frequency, schedule.day, schedule.month, schedule.holiday_rule, schedule.every)
        text = canonical.encode(template.lines).decode()
        head = (id_, entity_id, template.name, template.description, text, *when)
        tx.query(INSERT, (*head, schedule.starts_on, schedule.ends_on, schedule.times, next_due, sequence))

    write(entity_id, work)
    return Created(recurring_in(entity_id, id_), is_replayed=False)


def _made_before(entity_id: UUID, sequence: int) -> Created:
    event = Event.objects.get(entity_id=entity_id, sequence=sequence)
    return Created(recurring_in(entity_id, UUID(event.subject)), is_replayed=True)


def _normalised(template: Template) -> Any:
    """The template as it was asked for; amounts without zeros at their end."""
    lines = [
        msgspec.structs.replace(
            line,
            amount=normalised(Decimal(line.amount)),
            last_amount=line.last_amount and normalised(Decimal(line.last_amount)),
        )
        for line in template.lines
    ]
    return msgspec.to_builtins(msgspec.structs.replace(template, lines=lines))


def recurring_of(entity_id: UUID) -> QuerySet[RecurringJournal]:
    """The recurring journals of these books, in the order they were made."""
    return RecurringJournal.objects.filter(entity_id=entity_id).order_by("id")


def recurring_in(entity_id: UUID, recurring_id: UUID) -> RecurringJournal:
    """One of them. Raises `NotFound`."""
    found = recurring_of(entity_id).filter(pk=recurring_id).first()
    if found is None:
        raise RecurringNotFound
    return found


def pause(entity_id: UUID, recurring_id: UUID, *, actor: str) -> RecurringJournal:
    """Post it no more until it is resumed; event `recurring.changed`. Raises `NotFound`, `RecurringEnded`."""
    return _set_status(entity_id, recurring_id, PAUSED, actor)


def resume(entity_id: UUID, recurring_id: UUID, *, actor: str) -> RecurringJournal:
    """Go on with the first date of its schedule from the business date on; dates of the pause are left out.

    One that ends after so many times leaves none out: the next run posts them, so that instalments come to their sum.
    """
    return _set_status(entity_id, recurring_id, ACTIVE, actor)


def end(entity_id: UUID, recurring_id: UUID, *, actor: str) -> RecurringJournal:
    """Post it never again; event `recurring.ended`. An ended one stays as it is. Raises `NotFound`."""
    return _set_status(entity_id, recurring_id, ENDED, actor)


def run_due(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """Post what is due by `business_date`: each journal for itself, its missed dates one after the other, in order.

    A date that is closed rolls forward, with the original date kept. A refusal is recorded, keeps later dates of the
    same journal waiting, and is tried again on the next run. Gives how many were posted, and refusals.
    """
    with connection.cursor() as cursor:
        calendar = load_calendar(cursor, entity_id)
    posted = 0
    refused: list[dict[str, str]] = []
    for recurring in recurring_of(entity_id).filter(status=ACTIVE, next_due__isnull=False).order_by("next_due", "id"):
        try:
            for _ in range(MOST_AT_ONCE):
                due = recurring.next_due
                if due is None or (day := moved(due, recurring.holiday_rule, calendar)) > business_date:
                    break
                _post_due(recurring, due, day, actor)
                posted += 1
                recurring.next_due = schedule_of(recurring).after(due)
        except _Overtaken:
            continue
        except LedgerError as refusal:
            log.warning("recurring_refused", entity=str(entity_id), recurring=str(recurring.id), code=refusal.code)
            refused.append({"recurring": str(recurring.id), **described(refusal)})
        except Exception as error:
            log.exception("recurring_failed", entity=str(entity_id), recurring=str(recurring.id))
            refused.append({"recurring": str(recurring.id), **described(error)})
    return {"recurring_posted": posted} | ({"refused": refused} if refused else {})


def schedule_of(recurring: RecurringJournal) -> DueDates:
    """The schedule of a row."""
    return DueDates(
        recurring.frequency, recurring.day, recurring.starts_on, recurring.month, recurring.ends_on,
        recurring.holiday_rule, recurring.every, recurring.times,
    )  # fmt: skip


def draft_of(recurring: RecurringJournal, due: date, day: date, actor: str) -> Draft:
    """The journal of one due date, dated on `day`."""
    is_last = schedule_of(recurring).after(due) is None
    return Draft(
        key=f"recurring:{recurring.id}:{due}",
        issuer=ISSUER,
        lines=tuple(msgspec.convert(line, TemplateLine).line(is_last=is_last) for line in recurring.lines),
        kind=Kind.RECURRING,
        effective_date=day,
        confirm_unusual_date=True,  # asked when it was made
        description=recurring.description or recurring.name,
        metadata={"recurring_journal": str(recurring.id), "due_on": str(due)},
        late="roll_forward",
        actor=actor,
    )


def _check(template: Template) -> None:
    """Raise `Malformed` for a template that makes no sense whatever the accounts are."""
    schedule = template.schedule
    schedule.check()
    if schedule.times is not None and schedule.ends_on is not None:
        raise EndGivenTwice(pointer="/ends_on")
    if template.split and (schedule.times is None or any(line.last_amount for line in template.lines)):
        raise TimesNotGiven(pointer="/split")
    if not template.name.strip():
        raise NameLength(pointer="/name", most=MAX_NAME)
    check_text(template.name, MAX_NAME, "/name")
    for is_last in (False, True):
        check(_draft_of_template(template, is_last=is_last))


def _planned(entity_id: UUID, template: Template) -> Template:
    """The template with its last date, and the amounts of each. Raises `Malformed`."""
    schedule, lines = template.schedule.ending(), template.lines
    if template.split and schedule.times is not None:
        minor_units = dict(Currency.objects.filter(entity_id=entity_id).values_list("code", "minor_units"))
        codes = {line.account for line in lines}
        of_accounts = Account.objects.filter(entity_id=entity_id, code__in=codes).values_list("code", "currency")
        scales = {code: (currency, minor_units[currency]) for code, currency in of_accounts}
        lines = instalments(lines, schedule.times, scales)
    return msgspec.structs.replace(template, schedule=schedule, lines=lines)


def _draft_of_template(template: Template, *, is_last: bool) -> Draft:
    lines = tuple(line.line(is_last=is_last) for line in template.lines)
    return Draft(key="check", issuer=ISSUER, lines=lines, kind=Kind.RECURRING, description=template.description)


def _rehearse(entity_id: UUID, template: Template) -> None:
    """Raise what no later day puts right."""
    for is_last in (False, True) if any(line.last_amount for line in template.lines) else (False,):
        try:
            post(entity_id, _draft_of_template(template, is_last=is_last), dry_run=True)
        except LedgerError as refusal:
            if refusal.code in FLAWS:
                raise


def _check_start(entity_id: UUID, schedule: DueDates) -> None:
    """Raise `UnusualDate` for a schedule with dates before the books or their calendar: its journals are not asked."""
    entity = Entity.objects.get(pk=entity_id)
    first = schedule.first(schedule.starts_on)
    if first is None:
        return
    if first < entity.first_business_date:
        raise UnusualDate(pointer="/starts_on", date=str(first), first_business_date=str(entity.first_business_date))
    with connection.cursor() as cursor:
        begins = load_calendar(cursor, entity_id).fiscal_from
    if first < min(begins, entity.business_date):
        raise BeforeCalendar(pointer="/starts_on", date=str(first), first_day=str(begins))


def _post_due(recurring: RecurringJournal, due: date, day: date, actor: str) -> None:
    """Post one due date and move on to the next, in one transaction. Raises its refusal, recorded."""

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        (answer,) = answers
        if answer.refusal is None:
            _check_current(tx, recurring, due)
            sequence, journal = answer.event_sequence or 0, read_fact(answer.journal).id
            _record_run(tx, recurring.id, due, "posted", journal=journal, sequence=sequence)
            tx.query(SET_NEXT, (schedule_of(recurring).after(due), recurring.id))

    (answer,) = post_with_hook(recurring.entity_id, [draft_of(recurring, due, day, actor)], hook)
    if answer.refusal is not None:
        _refuse(recurring, due, answer.refusal, actor)
        raise answer.refusal


def _refuse(recurring: RecurringJournal, due: date, refusal: LedgerError, actor: str) -> None:
    """Record a refusal, unless the last attempt of the same day came out the same."""

    def work(tx: Transaction, _: None) -> None:
        _check_current(tx, recurring, due)
        last = tx.query(LAST_RUN, (recurring.id, due)).fetchone()
        if last is not None and tuple(last[1:]) == (tx.entity.business_date, refusal.code):
            return
        message = refusal.message[:MAX_MESSAGE]
        fact = events.RecurringRefusedFact(recurring.id, due, refusal.code, message)
        sequence = tx.record(fact, str(recurring.id), actor)
        _record_run(tx, recurring.id, due, "refused", code=refusal.code, message=message, sequence=sequence)

    write(recurring.entity_id, work)


def _check_current(tx: Transaction, recurring: RecurringJournal, due: date) -> None:
    """Raise `_Overtaken` unless the row still is as it was when it was read."""
    row = tx.query(LOCKED, (tx.entity_id, recurring.id)).fetchone()
    if row is None or tuple(row) != (ACTIVE, due, recurring.revision):
        raise _Overtaken


def _record_run(
    tx: Transaction,
    recurring_id: UUID,
    due: date,
    outcome: str,
    *,
    sequence: int,
    journal: UUID | None = None,
    code: str = "",
    message: str = "",
) -> None:
    last = tx.query(LAST_RUN, (recurring_id, due)).fetchone()
    attempt = 1 + (last[0] if last else 0)
    row = (uuid7(), recurring_id, due, attempt, tx.entity.business_date, outcome, journal, code, message)
    tx.query(INSERT_RUN, (*row, sequence, tx.recorded_at))


def _set_status(entity_id: UUID, recurring_id: UUID, status: str, actor: str) -> RecurringJournal:
    recurring = recurring_in(entity_id, recurring_id)
    schedule = schedule_of(recurring)

    def work(tx: Transaction, _: None) -> None:
        now, next_due, _revision = tx.query(LOCKED, (entity_id, recurring_id)).fetchone() or (ENDED, None, 0)
        if now == status:
            return
        if now == ENDED:
            raise RecurringEnded
        if status == ENDED:
            next_due = None
        elif status == ACTIVE and next_due is not None and schedule.times is None:  # instalments are all paid
            next_due = schedule.first(max(next_due, tx.entity.business_date))
        change = events.RecurringEndedFact if status == ENDED else events.RecurringChangedFact
        sequence = tx.record(change(recurring_id, status, next_due), str(recurring_id), actor)
        tx.query(SET_STATUS, (status, next_due, sequence, recurring_id))

    write(entity_id, work)
    return recurring_in(entity_id, recurring_id)


def runs_of(recurring: RecurringJournal, most: int) -> list[RecurringRun]:
    """Its newest runs."""
    return list(recurring.runs.select_related("journal").order_by("-event_sequence")[:most])
