"""What accruals and recurring journals add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from journals.models import Kind
from journals.schedules import accruals, recurring
from journals.schedules.events import (
    AccrualScheduledFact,
    RecurringChangedFact,
    RecurringCreatedFact,
    RecurringEndedFact,
    RecurringRefusedFact,
)
from journals.schedules.home_checks import refused_runs
from journals.schedules.proof import APPLY, check_schedules
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import HomeCheck, JournalKindSpec, NewDayJob, Plugin, Verifier

PLUGIN = Plugin(
    room="schedules",
    events=(AccrualScheduledFact, RecurringCreatedFact, RecurringChangedFact, RecurringEndedFact, RecurringRefusedFact),
    journal_kinds=tuple(JournalKindSpec(kind.value, str(kind.label)) for kind in (Kind.ACCRUAL, Kind.RECURRING)),
    new_day_jobs=(NewDayJob("accruals", accruals.run_due), NewDayJob("recurring_journals", recurring.run_due)),
    home_checks=(
        HomeCheck(
            "recurring_refused", gettext_noop("Recurring journals"), 7, "schedules.view_recurringjournal", refused_runs
        ),
    ),
    verifiers=(Verifier("schedules", check_schedules, facts=tuple(APPLY)),),
    history_tables=frozenset({"schedules_scheduledreversal", "schedules_recurringrun"}),
    never_deleted_tables={
        "schedules_recurringjournal": ("next_due", "status", "revision"),
    },
    scope_permissions={"manage": ("schedules.add_recurringjournal", "schedules.change_recurringjournal")},
    helps=(
        PageHelp(
            "schedules_recurringjournal",
            "A recurring journal is posted by itself on its dates.",
            "Look at the next date and the last refusal; pause it, resume it or end it.",
            "Each date is posted once, and one that was refused is tried again.",
            "concepts.md#accruals-and-recurring-journals",
        ),
    ),
)
