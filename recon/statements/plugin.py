"""What bank statements add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, Job, Plugin, Verifier
from recon.statements.events import FACTS
from recon.statements.jobs import entities_with_folders, pick_up_statements
from recon.statements.proof import check_statements

MINUTE = 60

PLUGIN = Plugin(
    room="statements",
    commands=(
        Command(
            "statements",
            gettext_noop("Bank statements"),
            "statements_statement_changelist",
            "lines",
            "statements.view_statement",
        ),
    ),
    events=FACTS,
    jobs=(
        Job(
            "pick_up_statements",
            pick_up_statements,
            minute="*",
            stale_after_seconds=MINUTE,
            entities=entities_with_folders,
            in_sequence=True,
        ),
    ),
    verifiers=(Verifier("statements", check_statements, facts=FACTS),),
    never_deleted_tables={
        "statements_bankaccount": (
            "name",
            "identifier",
            "column_map",
            "mirror_id",
            "event_sequence",
            "updated_at",
            "actor",
        ),
        "statements_statement": (
            "status",
            "opening_day",
            "opening_balance",
            "closing_day",
            "closing_balance",
            "is_proven",
            "changed_sequence",
        ),
        "statements_statementline": ("is_split", "is_undone", "changed_sequence"),
    },
    scope_permissions={
        "read": ("statements.view_bankaccount", "statements.view_statement"),
        "post": ("statements.add_statement", "statements.change_statement"),
        "manage": ("statements.change_bankaccount",),
    },
    helps=(
        PageHelp(
            "statements_bankaccount",
            "A bank account is an account of the bank with the account of the books that it stands beside.",
            "Declare it once, so that its statements are known by their IBAN.",
            "Mirrors and folders that are watched are set here too.",
            "statements.md#importing",
        ),
        PageHelp(
            "statements_statement",
            "These are the statements that banks sent, each with its opening and closing balance.",
            "Upload a file; what is refused is shown with its line, and nothing of it is taken.",
            "A line that comes twice is known, and an import can be undone while nothing is matched.",
            "statements.md#importing",
        ),
        PageHelp(
            "statements_statementline",
            "A line of a statement is one movement as the bank tells it.",
            "Filter for what has no match, and open a line to see all that the bank said.",
            "A line is never changed; it can be split into parts.",
            "statements.md#what-comes-out",
        ),
    ),
)
