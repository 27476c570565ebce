"""What the journals add to the whole."""

from __future__ import annotations

from journals import jobs
from journals.closing import reopening as day_reopening
from journals.closing.checks import no_pending_proposals, not_zero, opening_equity_is_zero
from journals.closing.scheduled import close_due_day, entities_that_close
from journals.fiscal import due
from journals.fiscal import reopening as period_reopening
from journals.holds import entities_with_overdue_holds, overdue_holds
from journals.models import Kind
from journals.verifying.calendar import check_calendar
from journals.verifying.days import check_days
from journals.verifying.holds import check_holds
from ledgerflow.core.plugins import Check, Job, JournalKind, NewDayJob, Permission, Plugin, ProposalKind, Verifier

PASSES_FREEZE = frozenset({Kind.CLOSING})  # a year end empties frozen accounts too

MINUTE, HOUR = 60, 3600

SCOPE_PERMISSIONS = {
    "read": ("journals.view_journal", "journals.view_hold", "journals.view_dayclose", "journals.view_period"),
    "post": ("journals.add_journal", "journals.change_hold"),
    "manage": (
        "journals.close_day",
        "journals.lock_period",
        "journals.override_lock",
        "journals.close_year",
        "journals.change_daypolicy",
        "journals.add_recurringjournal",
        "journals.change_recurringjournal",
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
        Permission("journals.close_day", "Can close a day, and give up its close"),
        Permission("journals.reopen_day", "Can propose and approve to reopen a closed day"),
        Permission("journals.lock_period", "Can lock, unlock and close a period"),
        Permission("journals.override_lock", "Can post into a locked period, with a reason"),
        Permission("journals.close_year", "Can close a fiscal year"),
        Permission("journals.reopen_period", "Can propose and approve to reopen a closed period"),
    ),
    history_tables=frozenset(
        {
            "journals_journal",
            "journals_journalkind",
            "journals_posting",
            "journals_holdentry",
            "journals_dayfence",
            "journals_dayclose",
            "journals_dayclosestep",
            "journals_daysnapshot",
            "journals_period",
            "journals_periodstatus",
            "journals_scheduledreversal",
            "journals_recurringrun",
        }
    ),
    never_deleted_tables=frozenset(
        {"journals_daytotal", "journals_hold", "journals_daypolicy", "journals_recurringjournal"}
    ),
    scope_permissions=SCOPE_PERMISSIONS,
    step_labels=(("last_number", "last journal"), ("event_sequence", "event")),
)
