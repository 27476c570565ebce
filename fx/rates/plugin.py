"""What exchange rates add to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from fx.rates.policies import PORTABLE
from fx.rates.proof import FACTS, check_rates
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
    scope_permissions={"read": ("rates.view_rate",), "manage": ("rates.add_rate", "rates.change_fxpolicy")},
)
