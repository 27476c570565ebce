"""What the access room adds to the whole."""

from __future__ import annotations

from ledgerflow.access.calling import CALLERS
from ledgerflow.access.events import KeyCreatedFact, KeyRevokedFact
from ledgerflow.access.proof import check_keys
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Plugin, Verifier

PLUGIN = Plugin(
    room="access",
    events=(KeyCreatedFact, KeyRevokedFact),
    verifiers=(Verifier("api_keys", check_keys, facts=(KeyCreatedFact, KeyRevokedFact)),),
    read_models=(CALLERS,),
    never_deleted_tables={
        "access_apikey": ("revoked_at", "last_used_at"),
    },
    helps=(
        PageHelp(
            "access_apikey",
            "An API key lets a program work in these books for a person.",
            "Make one with the scopes that the program needs, and copy it at once: it is shown one time.",
            "A key can do no more than the person it acts for, and a revoked one stays revoked.",
            "api.md#keys",
        ),
        PageHelp(
            "auth_user",
            "A user is a person who signs in to the desk.",
            "Give permissions by groups, and switch off who leaves instead of deleting him.",
            "The name of a user stays on what he posted, approved and closed.",
            "operations.md#people-who-leave",
        ),
        PageHelp(
            "auth_group",
            "A group is a set of permissions that several people have.",
            "Choose its permissions here, and its members on the pages of the users.",
            "A change counts from the next page that a member opens.",
            "operations.md#signing-in",
        ),
        PageHelp(
            "password_change",
            "Here you change the password that you sign in with.",
            "Write the old one once and the new one twice.",
            "Your other windows have to sign in again.",
            "operations.md#signing-in",
        ),
    ),
)
