"""What exchange rates add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from fx.rates.policies import PORTABLE
from fx.rates.proof import FACTS, check_rates
from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Command, Plugin, Verifier

PLUGIN = Plugin(
    room="rates",
    commands=(
        Command("rates", gettext_noop("Currency"), "rates_rate_changelist", "exchange rates", "rates.view_rate", "g f"),
        Command("enter_rate", gettext_noop("Enter rate"), "rates_rate_add", "exchange currency", "rates.add_rate"),
    ),
    events=FACTS,
    portables=(PORTABLE,),
    verifiers=(Verifier("rates", check_rates, facts=FACTS),),
    history_tables=frozenset({"rates_pair", "rates_rate"}),
    never_deleted_tables={
        "rates_fxpolicy": (
            "max_age_days",
            "max_jump_percent",
            "rounding",
            "revaluation_method",
            "revalue",
            "max_revaluation_percent",
            "revision",
        ),
    },
    role_permissions={"operator": ("rates.add_rate",)},
    scope_permissions={"read": ("rates.view_rate",), "manage": ("rates.add_rate", "rates.change_fxpolicy")},
    helps=(
        PageHelp(
            "rates_rate",
            "These are the rates of these books, by pair and date, with every version.",
            "Add one by hand or upload a file; a jump from the rates around it is shown before it is recorded.",
            "A rate is corrected by a new version, and a close uses what was known to it.",
            "fx.md#rates",
        ),
        PageHelp(
            "rates_fxpolicy",
            "The policy says how old a rate may be, how far it may jump, and which source comes first.",
            "Change it with a reason.",
            "It counts from then on, and earlier versions stay.",
            "fx.md#the-policy",
        ),
    ),
)
