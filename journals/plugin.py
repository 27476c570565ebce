"""What the journals add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from journals.api.commands import KINDS as COMMAND_KINDS
from journals.events import JournalFact
from journals.models import Kind
from journals.reading.home_checks import beyond_limits, on_the_wrong_side, trial_balance, uncleared
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, HomeCheck, JournalKindSpec, Plugin

KINDS = (Kind.TRANSFER, Kind.MANUAL, Kind.REVERSAL, Kind.OPENING, Kind.IMPORTED)

PLUGIN = Plugin(
    room="journals",
    commands=(
        Command(
            "journals",
            gettext_noop("Journals"),
            "journals_journal_changelist",
            "entries list",
            "journals.view_journal",
            "g j",
        ),
    ),
    events=(JournalFact,),
    journal_kinds=tuple(
        JournalKindSpec(kind.value, str(kind.label), of_templates=kind is Kind.MANUAL) for kind in KINDS
    ),
    home_checks=(
        HomeCheck("trial_balance", gettext_noop("Trial balance"), 2, "journals.view_journal", trial_balance),
        HomeCheck("uncleared", gettext_noop("Suspense and transit"), 6, "accounts.view_account", uncleared),
        HomeCheck("wrong_side", gettext_noop("Unusual balances"), 8, "accounts.view_account", on_the_wrong_side),
        HomeCheck(
            "beyond_limits", gettext_noop("Limits broken by permission"), 9, "accounts.view_account", beyond_limits
        ),
    ),
    command_kinds=COMMAND_KINDS,
    history_tables=frozenset({"journals_journal", "journals_journalkind", "journals_posting"}),
    never_deleted_tables={
        "journals_daytotal": ("debits", "credits", "count"),
    },
    scope_permissions={"read": ("journals.view_journal",), "post": ("journals.add_journal",)},
    helps=(
        PageHelp(
            "journals_journal",
            "A journal is one thing that was posted: lines whose debits and credits are equal in each currency.",
            "Filter, or open one to see its lines, its proof and what it led to.",
            "A journal is never changed; what was wrong is reversed, and both stay.",
            "desk.md#the-list-of-journals",
        ),
        PageHelp(
            "accounts_account_register",
            "The register shows what moved this account, the newest date first, with the balance after each line.",
            "Ask for a day or a time by words such as month-1 or 2026-Q3.",
            "Known at shows what the books knew at a moment, without what was recorded later.",
            "desk.md#register-of-an-account",
        ),
    ),
)
