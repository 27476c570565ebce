"""What Home looks at of business days."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_noop

from journals.days.closing.scheduled import due_at
from journals.days.models import DayPolicy
from journals.reading.overview import days_at_a_glance
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.plugins import Cure, HomeEntry, HomeLook

LATE_AFTER = timedelta(minutes=10)  # the scheduler comes each minute, and a long close takes some
STUCK = {
    "blocked": gettext_noop("{day} does not close: it is blocked."),
    "failed": gettext_noop("{day} does not close: its close has failed."),
}
WHOLE_DAY = 24 * 60  # minutes: where nobody set a cut-off, a day is over at midnight by the entity's clock
OVER = gettext_noop("{day} is over, and is not closed.")
LATE = gettext_noop("{day} was to be closed at {moment}, and is not.")
CLOSED_THROUGH = gettext_noop("closed through {day}")
CURES = (Cure("Close day", "days_dayclose_close"), Cure("Days", "days_dayclose_changelist"))


def days_that_do_not_close(entity_id: UUID) -> HomeLook:
    """The day whose close waits for a person, or that should have been closed by now.

    With a scheduled cut-off that is the one that is past it, else the business day that is over. Books that neither
    closed a day nor have a policy for it do not close their days, and nothing is said of them.
    """
    days = days_at_a_glance([entity_id]).get(entity_id)
    if days is not None and days.is_stuck and days.outcome is not None:
        return HomeLook([HomeEntry(STUCK[days.outcome], {"day": days.closing}, CURES)])
    policy = DayPolicy.objects.filter(entity_id=entity_id).first()
    if days is not None or policy is not None:
        minutes = policy.cut_off_minutes if policy is not None else None
        entity = Entity.objects.get(pk=entity_id)
        day, moment = due_at(entity, WHOLE_DAY if minutes is None else minutes)
        if moment < clocks.now() - LATE_AFTER:
            late = HomeEntry(OVER, {"day": day}, CURES)
            return HomeLook([late if minutes is None else HomeEntry(LATE, {"day": day, "moment": moment}, CURES)])
    closed = days.closed_through if days is not None else None
    return HomeLook(calm=HomeEntry(CLOSED_THROUGH, {"day": closed}) if closed else None)
