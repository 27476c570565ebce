"""How long expressions take, in processor time of this process: parsing them anew, and evaluating them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from apps.operations.errors import ExpressionFailed, ExpressionRefused, RoundingNeeded
from apps.operations.expressions import evaluate, parse

TIMES = 3
REFUSALS = (ExpressionRefused, ExpressionFailed, RoundingNeeded)


class Timed(NamedTuple):
    """An expression with the milliseconds that it took."""

    milliseconds: float
    text: str


def slowest_of(definition: Mapping[str, Any], values: Mapping[str, Decimal]) -> Timed:
    """The slowest expression of a definition, whether it has a value or not. What is no text takes no time."""
    slowest, lines = Timed(0, ""), definition.get("lines")
    for line in lines if isinstance(lines, list) else ():
        text = line.get("amount") if isinstance(line, dict) else None
        if isinstance(text, str):
            slowest = max(slowest, _timed(text, line.get("rounding", "exact"), values))
    return slowest


def _timed(text: str, rounding: Any, values: Mapping[str, Decimal]) -> Timed:
    """The least of some times: in one of them the process may have collected its garbage, which takes far longer."""
    return Timed(min(_milliseconds(text, str(rounding), values) for _ in range(TIMES)), text)


def _milliseconds(text: str, rounding: str, values: Mapping[str, Decimal]) -> float:
    began = time.thread_time_ns()
    try:
        expression = parse.__wrapped__(text)  # past what is remembered
        if not expression.is_rest and expression.names <= values.keys():
            evaluate(expression, values, 2, rounding)
    except REFUSALS:
        pass
    return (time.thread_time_ns() - began) / 1e6
