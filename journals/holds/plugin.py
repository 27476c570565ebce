"""What holds add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from journals.hold_events import HoldCapturedFact, HoldExpiredFact, HoldExtendedFact, HoldPlacedFact, HoldReleasedFact
from journals.holds.commands import KINDS
from journals.holds.home_checks import expiring_today
from journals.holds.jobs import expire_overdue_holds
from journals.holds.proof import check_holds
from journals.holds.use_cases import entities_with_overdue_holds, overdue_holds
from journals.models import Kind
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Check, Command, HomeCheck, Job, JournalKindSpec, Plugin, Verifier

MINUTE = 60
FACTS = (HoldPlacedFact, HoldCapturedFact, HoldReleasedFact, HoldExpiredFact, HoldExtendedFact)

PLUGIN = Plugin(
    room="holds",
    commands=(
        Command("holds", gettext_noop("Holds"), "holds_hold_changelist", "reservations", "holds.view_hold"),
        Command("place_hold", gettext_noop("Place hold"), "holds_hold_add", "reserve", "holds.change_hold", "h"),
    ),
    events=FACTS,
    journal_kinds=(JournalKindSpec(Kind.HOLD_CAPTURE.value, str(Kind.HOLD_CAPTURE.label)),),
    checks=(Check("expired_holds", overdue_holds),),
    home_checks=(
        HomeCheck("holds_expiring", gettext_noop("Holds that expire today"), 12, "holds.view_hold", expiring_today),
    ),
    jobs=(
        Job(
            "expire_holds",
            expire_overdue_holds,
            minute="*",
            stale_after_seconds=MINUTE,
            entities=entities_with_overdue_holds,
        ),
    ),
    verifiers=(Verifier("holds", check_holds, facts=FACTS),),
    command_kinds=KINDS,
    history_tables=frozenset({"holds_holdentry"}),
    never_deleted_tables={
        "holds_hold": ("captured", "remaining", "status", "entries", "expires_at"),
    },
    scope_permissions={"read": ("holds.view_hold",), "post": ("holds.change_hold",)},
    helps=(
        PageHelp(
            "holds_hold",
            "A hold sets money of an account aside: less is available, and the balance stays.",
            "Place one from the list or from an account, and capture or release it when it is decided.",
            "One that expires is released by itself.",
            "desk.md#holds",
        ),
        PageHelp(
            "holds_hold_capture",
            "Here the money that was set aside goes to another account.",
            "Give the account and how much, all that is left unless you say otherwise.",
            "It is a journal, and the rest stays held unless you release it with it.",
            "desk.md#holds",
        ),
    ),
)
