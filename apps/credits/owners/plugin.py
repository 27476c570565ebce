"""What reading and telling owners adds to the whole."""

from __future__ import annotations

from apps.credits.events import NOTICES
from apps.credits.owners import proposing
from apps.credits.owners.expiry import tell_of_expiry
from apps.credits.owners.proof import check_notices
from apps.credits.owners.watching import entities_with_wallets, watch_balances
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Job, NewDayJob, Permission, Plugin, ProposalKind, Verifier

PLUGIN = Plugin(
    room="owners",
    events=NOTICES,
    jobs=(Job("watch_balances", watch_balances, minute="*", stale_after_seconds=50, entities=entities_with_wallets),),
    # Of a room that comes after that of lots, and so after `expire_lots`.
    new_day_jobs=(NewDayJob("tell_of_expiry", tell_of_expiry),),
    verifiers=(Verifier("credit_notices", check_notices, facts=NOTICES),),
    proposal_kinds=(
        ProposalKind(
            proposing.KIND,
            "Operation on credits that takes two people",
            proposing.PERMISSION,
            proposing.carry_out,
            proposing.is_done,
        ),
    ),
    permissions=(
        Permission(
            proposing.PERMISSION,
            "Can run operations on credits, and propose and approve those that take two people",
        ),
    ),
    history_tables=frozenset({"credits_notice"}),
    step_labels=(("credits_expired", "wallets told of expired credits"), ("credits_expiring", "lots told of")),
    helps=(
        PageHelp(
            "credits_wallet",
            "A wallet is what one owner has of a unit, lot by lot.",
            "Open it to see what expires when, and to grant or spend.",
            "Lots are spent by priority, then the earliest expiry first.",
            "credits.md#reading-what-an-owner-has",
        ),
    ),
)
