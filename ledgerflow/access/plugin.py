"""What the access room adds to the whole."""

from __future__ import annotations

from ledgerflow.access.events import KeyCreated, KeyRevoked
from ledgerflow.access.proof import check_keys
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="access",
    events=(KeyCreated, KeyRevoked),
    verifiers=(Verifier("api_keys", check_keys),),
    never_deleted_tables=frozenset({"access_apikey"}),
)
