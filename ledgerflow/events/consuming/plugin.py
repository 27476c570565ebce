"""What consumers add to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import Permission, Plugin, Verifier
from ledgerflow.events.consuming.proof import FACTS, check_dead_letters

PLUGIN = Plugin(
    room="consuming",
    events=FACTS,
    verifiers=(Verifier("dead_letters", check_dead_letters, facts=FACTS),),
    permissions=(Permission("consuming.decide_deadletter", "Can replay and discard dead letters"),),
    scope_permissions={"read": ("consuming.view_deadletter",), "manage": ("consuming.decide_deadletter",)},
)
