"""What fiscal periods add to the whole."""

from __future__ import annotations

from journals.models import Kind
from journals.periods import reopening
from journals.periods.events import (
    EarlierYearsClosedFact,
    PeriodClosedFact,
    PeriodLockedFact,
    PeriodReopenedFact,
    PeriodUnlockedFact,
    YearMadeFact,
)
from journals.periods.portable import PORTABLES
from journals.periods.proof import FACTS, check_periods
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import JournalKindSpec, Permission, Plugin, ProposalKind, Verifier

PLUGIN = Plugin(
    room="periods",
    events=(
        YearMadeFact,
        EarlierYearsClosedFact,
        PeriodLockedFact,
        PeriodUnlockedFact,
        PeriodClosedFact,
        PeriodReopenedFact,
    ),
    # A year end empties frozen accounts too.
    journal_kinds=(JournalKindSpec(Kind.CLOSING.value, str(Kind.CLOSING.label), passes_freeze=True),),
    portables=PORTABLES,
    verifiers=(Verifier("periods", check_periods, facts=FACTS),),
    proposal_kinds=(
        ProposalKind(
            reopening.KIND, "Reopen a closed period", reopening.PERMISSION, reopening.carry_out, reopening.is_done
        ),
    ),
    permissions=(
        Permission("periods.lock_period", "Can lock, unlock and close a period"),
        Permission("periods.override_lock", "Can post into a locked period, with a reason"),
        Permission("periods.close_year", "Can close a fiscal year"),
        Permission("periods.reopen_period", "Can propose and approve to reopen a closed period"),
    ),
    history_tables=frozenset({"periods_period", "periods_periodstatus"}),
    role_permissions={"controller": ("periods.reopen_period", "periods.add_period", "periods.change_period")},
    scope_permissions={
        "read": ("periods.view_period",),
        "manage": ("periods.lock_period", "periods.override_lock", "periods.close_year"),
    },
    helps=(
        PageHelp(
            "periods_period",
            "Periods are the months and years that books are closed by.",
            "Close one when nothing more is to be posted into it, and lock it when it is final.",
            "A closed one can be reopened by two people, and a year end carries results to equity.",
            "concepts.md#periods-and-layers",
        ),
    ),
)
