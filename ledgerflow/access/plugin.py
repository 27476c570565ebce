"""What the access room adds to the whole."""

from __future__ import annotations

from ledgerflow.access.calling import CALLERS
from ledgerflow.access.events import KeyCreatedFact, KeyRevokedFact
from ledgerflow.access.proof import check_keys
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="access",
    events=(KeyCreatedFact, KeyRevokedFact),
    verifiers=(Verifier("api_keys", check_keys, facts=(KeyCreatedFact, KeyRevokedFact)),),
    read_models=(CALLERS,),
    never_deleted_tables={
        "access_apikey": ("revoked_at", "last_used_at"),
    },
)
