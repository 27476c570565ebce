"""What business days add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from journals.days import reopening
from journals.days.closing.checks import (
    base_change_day_open,
    not_zero,
    opening_equity_is_zero,
    withdrawn_currencies,
)
from journals.days.closing.scheduled import close_due_day, entities_that_close
from journals.days.events import (
    DayCloseCancelledFact,
    DayClosedFact,
    DayCutOffFact,
    DayPolicySetFact,
    DayReopenedFact,
    DayStepTakenFact,
)
from journals.days.home_checks import days_that_do_not_close
from journals.days.jobs import post_what_is_due
from journals.days.proof import APPLY, check_days
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Check, Command, HomeCheck, Job, Permission, Plugin, ProposalKind, Verifier

MINUTE, HOUR = 60, 3600

PLUGIN = Plugin(
    room="days",
    commands=(
        Command(
            "days", gettext_noop("Days"), "days_dayclose_changelist", "closes cut-off", "days.view_dayclose", "g d"
        ),
        Command("close_day", gettext_noop("Close day"), "days_dayclose_close", "end of day", "days.close_day", "g c"),
    ),
    events=(DayCutOffFact, DayStepTakenFact, DayClosedFact, DayCloseCancelledFact, DayReopenedFact, DayPolicySetFact),
    checks=(
        Check("opening_equity_not_zero", opening_equity_is_zero, effect="block"),
        Check("base_change_day_open", base_change_day_open, effect="block"),
        Check("withdrawn_currencies", withdrawn_currencies),
        Check("suspense", not_zero("suspense")),
        Check("transit", not_zero("transit")),
    ),
    home_checks=(HomeCheck("days", gettext_noop("Days"), 3, "days.view_dayclose", days_that_do_not_close),),
    jobs=(
        Job("close_due_days", close_due_day, minute="*", stale_after_seconds=MINUTE, entities=entities_that_close),
        Job("post_what_is_due", post_what_is_due, minute="5", stale_after_seconds=HOUR),
    ),
    verifiers=(Verifier("days", check_days, facts=tuple(APPLY)),),
    proposal_kinds=(
        ProposalKind(
            reopening.KIND, "Reopen a closed day", reopening.PERMISSION, reopening.carry_out, reopening.is_done
        ),
    ),
    permissions=(
        Permission("days.close_day", "Can close a day, and give up its close"),
        Permission("days.reopen_day", "Can propose and approve to reopen a closed day"),
    ),
    history_tables=frozenset({"days_daycutoff", "days_dayclose", "days_dayclosestep", "days_daysnapshot"}),
    never_deleted_tables={
        "days_daypolicy": ("cut_off_minutes", "weekend", "holidays", "holiday_policy", "checks", "revision"),
    },
    role_permissions={"operator": ("days.close_day",), "controller": ("days.reopen_day",)},
    scope_permissions={"read": ("days.view_dayclose",), "manage": ("days.close_day", "days.change_daypolicy")},
    step_labels=(
        ("last_number", "last journal"),
        ("event_sequence", "event"),
        ("cut_off", "cut off"),
        ("new_day", "new day"),
        ("cut_off_number", "last journal before the cut-off"),
        ("moved", "moved"),
        ("rows", "rows"),
        ("sampled", "sampled"),
        ("lots_expired", "lots expired"),
        ("recurring_posted", "recurring journals posted"),
        ("accruals_reversed", "accruals reversed"),
    ),
    helps=(
        PageHelp(
            "days_dayclose",
            "Each business day is cut off, checked and closed, and then its figures stand.",
            "Close the day in turn; what blocks is listed with its cure, and some of it may be accepted with a reason.",
            "A closed day can be reopened with a second person, and its first figures stay on record.",
            "closing.md#closing",
        ),
        PageHelp(
            "days_daypolicy",
            "The policy says when a day is cut off and closed, and what blocks a close.",
            "Change it with a reason.",
            "It counts for the next close, and earlier versions stay.",
            "closing.md#when",
        ),
    ),
)
