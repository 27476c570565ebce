"""Fixed rates: what one unit of a new base currency is in units of the old one. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from accounts.bases.errors import SixSignificantFigures
from ledgerflow.core.money import normalised

FIGURES = 6
_RATE = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,12})?", re.ASCII)


def fixed_rate(text: str) -> Decimal:
    """A rate of six significant figures, zeros at its end among them (Regulation (EC) No 1103/97 article 4(1)).

    Raises `SixSignificantFigures`.
    """
    if _RATE.fullmatch(text) is None or len(text.replace(".", "").lstrip("0")) != FIGURES:
        raise SixSignificantFigures(pointer="/rate")
    return Decimal(text)


def six_figures(rate: Decimal) -> str:
    """A fixed rate as it was given: 7.53450 and not 7.5345."""
    text = normalised(rate)
    missing = FIGURES - len(text.replace(".", "").lstrip("0"))
    return text + "." * (missing > 0 and "." not in text) + "0" * max(missing, 0)
