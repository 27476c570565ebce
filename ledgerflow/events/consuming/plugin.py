"""What consumers add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import HomeCheck, Permission, Plugin, Verifier
from ledgerflow.events.consuming.home_checks import open_dead_letters
from ledgerflow.events.consuming.proof import FACTS, check_dead_letters

PLUGIN = Plugin(
    room="consuming",
    events=FACTS,
    home_checks=(
        HomeCheck("dead_letters", gettext_noop("Dead letters"), 11, "consuming.view_deadletter", open_dead_letters),
    ),
    verifiers=(Verifier("dead_letters", check_dead_letters, facts=FACTS),),
    permissions=(Permission("consuming.decide_deadletter", "Can replay and discard dead letters"),),
    scope_permissions={"read": ("consuming.view_deadletter",), "manage": ("consuming.decide_deadletter",)},
    helps=(
        PageHelp(
            "consuming_deadletter",
            "A dead letter is an event that a consumer could not take.",
            "Mend the cause and replay it, or discard it with a reason.",
            "Later events of the same entity wait behind it, so that their order is kept.",
            "consumers.md#dead-letters",
        ),
        PageHelp(
            "consuming_readmodeldeadletter",
            "These are events that a consumer in the database of read models could not take.",
            "Mend the cause and replay the first one, or discard it with a reason.",
            "Later events of the same entity wait behind it, so that their order is kept.",
            "consumers.md#dead-letters",
        ),
    ),
)
