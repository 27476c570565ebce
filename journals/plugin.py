"""What the journals add to the whole."""

from __future__ import annotations

from journals import jobs
from journals.days import reopening as day_reopening
from journals.days.closing.checks import no_pending_proposals, not_zero, opening_equity_is_zero
from journals.days.closing.scheduled import close_due_day, entities_that_close
from journals.days.proof import check_days
from journals.holds.proof import check_holds
from journals.holds.use_cases import entities_with_overdue_holds, overdue_holds
from journals.models import Kind
from journals.periods import reopening as period_reopening
from journals.periods.proof import check_calendar
from journals.schedules import due
from ledgerflow.core.plugins import Check, Job, JournalKind, NewDayJob, Permission, Plugin, ProposalKind, Verifier

PASSES_FREEZE = frozenset({Kind.CLOSING})  # a year end empties frozen accounts too

MINUTE, HOUR = 60, 3600

SCOPE_PERMISSIONS = {
    "read": ("journals.view_journal", "holds.view_hold", "days.view_dayclose", "periods.view_period"),
    "post": ("journals.add_journal", "holds.change_hold"),
    "manage": (
        "days.close_day",
        "periods.lock_period",
        "periods.override_lock",
        "periods.close_year",
        "days.change_daypolicy",
        "schedules.add_recurringjournal",
        "schedules.change_recurringjournal",
    ),
}

PLUGIN = Plugin(
    room="journals",
    journal_kinds=tuple(JournalKind(kind.value, str(kind.label), passes_freeze=kind in PASSES_FREEZE) for kind in Kind),
    checks=(
        Check("opening_equity_not_zero", opening_equity_is_zero, effect="block"),
        Check("proposals", no_pending_proposals),
        Check("suspense", not_zero("suspense")),
        Check("transit", not_zero("transit")),
        Check("expired_holds", overdue_holds),
    ),
    new_day_jobs=(NewDayJob("accruals_and_recurring", due.run_due),),
    jobs=(
        Job("close_due_days", close_due_day, minute="*", stale_after_seconds=MINUTE, entities=entities_that_close),
        Job(
            "expire_holds",
            jobs.expire_overdue_holds,
            minute="*",
            stale_after_seconds=MINUTE,
            entities=entities_with_overdue_holds,
        ),
        Job("post_what_is_due", jobs.post_what_is_due, minute="5", stale_after_seconds=HOUR),
        Job("verify_all_books", jobs.prove, minute="0", hour="3", stale_after_seconds=12 * HOUR, in_sequence=True),
    ),
    verifiers=(
        Verifier("days", check_days),
        Verifier("calendar", check_calendar),
        Verifier("holds", check_holds),
    ),
    proposal_kinds=(
        ProposalKind(
            day_reopening.KIND,
            "Reopen a closed day",
            day_reopening.PERMISSION,
            day_reopening.carry_out,
            day_reopening.is_done,
        ),
        ProposalKind(
            period_reopening.KIND,
            "Reopen a closed period",
            period_reopening.PERMISSION,
            period_reopening.carry_out,
            period_reopening.is_done,
        ),
    ),
    permissions=(
        Permission("days.close_day", "Can close a day, and give up its close"),
        Permission("days.reopen_day", "Can propose and approve to reopen a closed day"),
        Permission("periods.lock_period", "Can lock, unlock and close a period"),
        Permission("periods.override_lock", "Can post into a locked period, with a reason"),
        Permission("periods.close_year", "Can close a fiscal year"),
        Permission("periods.reopen_period", "Can propose and approve to reopen a closed period"),
    ),
    history_tables=frozenset(
        {
            "journals_journal",
            "journals_journalkind",
            "journals_posting",
            "holds_holdentry",
            "days_dayfence",
            "days_dayclose",
            "days_dayclosestep",
            "days_daysnapshot",
            "periods_period",
            "periods_periodstatus",
            "schedules_scheduledreversal",
            "schedules_recurringrun",
        }
    ),
    never_deleted_tables=frozenset({"journals_daytotal", "holds_hold", "days_daypolicy", "schedules_recurringjournal"}),
    scope_permissions=SCOPE_PERMISSIONS,
    step_labels=(("last_number", "last journal"), ("event_sequence", "event")),
)
