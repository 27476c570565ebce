"""What members add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, Permission, Plugin

PLUGIN = Plugin(
    room="members",
    commands=(Command("people", gettext_noop("People"), "ledger_roles_membershipstep_changelist", "users members roles",
                      permission="ledger_roles.view_membership"),),
    permissions=(
        Permission("ledger_roles.view_membership", gettext_noop("See who has which role")),
        Permission("ledger_roles.change_membership", gettext_noop("Give roles to people and take them back")),
    ),
    helps=(
        PageHelp(
            "ledger_roles",
            "This page shows who has which role in these books, and in all books.",
            "Add a person with a first role, or open one to give or take a role.",
            "Nobody changes his own roles, and each step stays in the history with its reason.",
            "people.md#roles",
        ),
    ),
    history_tables=frozenset({"ledger_roles_membershipstep"}),
)  # fmt: skip
