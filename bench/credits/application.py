"""The application whose operations are measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from apps.credits.applications import LARGEST, BaseLedgerOperations
from apps.credits.definitions import Amount, Operation

PATH = "bench.credits.application.BenchCredits"
OPENING_DAYS, RECEIVED_DAYS = 99, 30  # an opening lot of day 1 has its last day on day 100
CHOSEN = Amount(least=1, most=LARGEST)


class BenchCredits(BaseLedgerOperations):
    """Beside the base: lots that end, what is received of others, and a reward that no row keeps to once a day."""

    NAME = "bench"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation("OPENING", "grant", CHOSEN, expires_after_days=OPENING_DAYS),
        Operation("RECEIVED", "grant", CHOSEN, expires_after_days=RECEIVED_DAYS),
        Operation("FOR_TODAY", "grant", CHOSEN, expires_after_days=0),
        Operation("REWARD_WITHOUT_TURN", "grant", Amount(fixed=1)),
    )
