"""What the operator's desk adds to the whole."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from ledgerflow.core.plugins import Command, HomeCheck, Job, Plugin
from ledgerflow.desk.home_rates import old_rates
from ledgerflow.desk.preparing import entities_due, prepare

MINUTE = 60

PLUGIN = Plugin(
    room="desk",
    home_checks=(HomeCheck("rates", gettext_noop("Rates"), 5, "rates.view_rate", old_rates),),
    jobs=(Job("prepare_home", prepare, minute="*", stale_after_seconds=MINUTE, entities=entities_due),),
    commands=(
        Command("home", gettext_noop("Today"), "index", "today start queue", key="g h"),
        Command("find", gettext_noop("Find"), "desk_find", "search look"),
        Command("reports", gettext_noop("Reports"), "reports", "statements", "journals.view_journal", "g r"),
    ),
)
