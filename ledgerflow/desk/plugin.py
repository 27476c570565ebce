"""What the operator's desk adds to the whole."""

from __future__ import annotations

from ledgerflow.core.plugins import HomeCheck, Plugin
from ledgerflow.desk.home_rates import old_rates

PLUGIN = Plugin(
    room="desk",
    home_checks=(HomeCheck("rates", "Rates", 5, "rates.view_rate", old_rates),),
)
