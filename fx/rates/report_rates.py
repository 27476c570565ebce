"""How a report asks for the rates it is translated at, and who gives them.

What is translated at which rate is a rule of accounting and stands here; how a rate is found is known to the app that
keeps rates. It is above the journals, so it registers itself as the translator when it starts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any, Literal, NamedTuple


class RateWanted(NamedTuple):
    """From which currency to the report's, at which kind of rate.

    "closing": of the date `on`, or the newest before it that the entity's policy allows. "average": over the dates
    `since` to `on`, both included (IAS 21 paragraph 40).
    """

    currency: str
    kind: Literal["closing", "average"]
    on: date
    since: date | None = None


class RateUsed(NamedTuple):
    """One unit of the currency is `factor` units of the report's: exact, an inverse or a cross included.

    `shown` says for people which rates it was made of: "1 EUR = 1.1234 USD, closing 2026-03-31, ECB, version 1".
    """

    factor: Fraction
    shown: str


class Rates(NamedTuple):
    """What a translation works with: a rate for each that was wanted, and how amounts round (a name of `decimal`)."""

    used: dict[RateWanted, RateUsed]
    rounding: str = "ROUND_HALF_EVEN"


# Runs SQL on the connection of the report's own snapshot and gives all rows.
Fetch = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]
