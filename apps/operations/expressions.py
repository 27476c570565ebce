"""Amounts of a template's lines as expressions of its parameters. Pure.

An expression is parsed once, by Python's own parser, and taken only when all of it stands on the list below: names,
decimals, `+ - * /`, brackets, `min`, `max`, `percent(of, rate)`, `share(total, [weights], n)` and, alone, `rest()`.
Its length, depth and number of parts are bounded, and each value has at most 60 digits and 99 decimal places before or
after the point, so none takes long. Nothing is a float: numbers are read from the text as it is written.

It is evaluated to 60 digits and rounded once, at the end, to the smallest unit of the line's currency by the mode that
the line names. The mode `exact` refuses what would have to be rounded.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Underflow,
    getcontext,
    localcontext,
)
from functools import lru_cache
from math import lcm
from typing import NamedTuple, NoReturn

from apps.operations.errors import ExpressionFailed, ExpressionRefused, RoundingNeeded
from ledgerflow.core.money import CONTEXT, MAX_MINOR_UNITS, MAX_WHOLE_DIGITS, ZERO, normalised, quantum

MAX_LENGTH = 500
MAX_DEPTH = 20
MAX_PARTS = 200
EXACT = "exact"
MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "up": ROUND_UP, "down": ROUND_DOWN}
ROUNDINGS = (EXACT, *MODES)
# As the engine's, but that a quotient is rounded to its 60 digits: nothing else here gets so long without one.
QUOTIENTS = Context(
    prec=CONTEXT.prec, rounding=ROUND_HALF_EVEN, Emax=99, Emin=-99,
    traps=[InvalidOperation, DivisionByZero, Overflow, Underflow],
)  # fmt: skip
# A quotient times its divisor is short of a unit by the 60th digit. So far behind the point nothing but that is left.
NOISE = Decimal(1).scaleb(-30)
_WHOLE = QUOTIENTS.copy()  # rounding here says nothing of whether a quotient was rounded

_NUMBER = re.compile(rf"[0-9]{{1,{MAX_WHOLE_DIGITS}}}(?:\.[0-9]{{1,{MAX_MINOR_UNITS}}})?", re.ASCII)
_TOKEN = re.compile(r" *(?:[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.])|[a-z][a-z0-9_]*|[-+*/(),\[\]])", re.ASCII)
_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "percent": lambda whole, rate: whole * rate / 100,
}  # fmt: skip
NUMBER, NAME, NEGATIVE, REST, SHARE = "number", "name", "negative", "rest", "share"
PLAIN = (NUMBER, NAME)
FUNCTIONS = ("min", "max", "percent", SHARE, REST)


class Part(NamedTuple):
    """A part of an expression and its own parts. `kind` is a number, a name, an operator or a function."""

    kind: str
    column: int
    number: Decimal = ZERO
    name: str = ""
    parts: tuple[Part, ...] = ()


class Expression(NamedTuple):
    """An expression that is taken: `names` are those of the parameters in it."""

    text: str
    root: Part
    names: frozenset[str]

    @property
    def is_rest(self) -> bool:
        """Whether it is what is left to balance the journal."""
        return self.root.kind == REST


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The expression of a text. Raises `ExpressionRefused` with the column where it cannot be taken."""
    if len(text) > MAX_LENGTH:
        _refuse(text, MAX_LENGTH, f"an expression has at most {MAX_LENGTH} characters.")
    text = text.strip(" ")
    _check_tokens(text)
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        _refuse(text, error.offset or 1, "this is not an expression.")
    except (RecursionError, MemoryError):
        _refuse(text, 1, f"it is nested more than {MAX_DEPTH} deep.")
    reader = _Reader(text)
    root = reader.part(tree.body, 1)
    return Expression(text, root, frozenset(reader.names))


def evaluate(expression: Expression, values: Mapping[str, Decimal], minor_units: int, rounding: str) -> Decimal:
    """The amount in major units, at the scale of a currency with so many minor units; it may be negative or zero.

    `values` holds a number for each name. Raises `ExpressionFailed` for a division by zero, or a share or number that
    is out of range, and `RoundingNeeded` where the mode is `exact` and the amount is not.
    """
    root = expression.root
    if root.kind in PLAIN:  # nothing is reckoned, so that nothing but the amount itself can need rounding
        return _rounded(expression, values[root.name] if root.kind == NAME else root.number, minor_units, rounding)
    with localcontext(QUOTIENTS) as context:
        context.clear_flags()
        amount = _Evaluation(expression, values, minor_units, rounding).value(expression.root)
        return _rounded(expression, amount, minor_units, rounding, is_quotient=context.flags[Inexact])


def _rounded(
    expression: Expression, amount: Decimal, minor_units: int, rounding: str, *, is_quotient: bool = False
) -> Decimal:
    if amount and amount.adjusted() >= MAX_WHOLE_DIGITS:
        _fail(expression, expression.root, f"an amount has at most {MAX_WHOLE_DIGITS} digits before the point.")
    if is_quotient:
        amount = amount.quantize(NOISE, context=_WHOLE)
    found = amount.quantize(quantum(minor_units), MODES.get(rounding, ROUND_HALF_EVEN), context=_WHOLE)
    if rounding == EXACT and found != amount:
        shown = normalised(amount.quantize(NOISE, context=_WHOLE))
        raise RoundingNeeded(expression=expression.text, amount=shown, minor_units=minor_units)
    return found or ZERO


def shares(total: Decimal, weights: list[Decimal], unit: Decimal) -> list[Decimal]:
    """`total`, a multiple of `unit`, in parts by weight: each rounded down, what is missing to the largest remainders.

    Among equal remainders the first has the unit. The parts sum to the total; of a negative one each is negative.
    """
    ratios = [weight.as_integer_ratio() for weight in weights]
    least = lcm(*[below for _, below in ratios])
    wholes = [above * (least // below) for above, below in ratios]
    units, whole = int(abs(total) / unit), sum(wholes)
    found = [divmod(units * weight, whole) for weight in wholes]
    missing = units - sum(quotient for quotient, _ in found)
    by_remainder = sorted(range(len(found)), key=lambda place: (-found[place][1], place))
    parts = [quotient for quotient, _ in found]
    for place in by_remainder[:missing]:
        parts[place] += 1
    sign = -1 if total < 0 else 1
    return [sign * part * unit for part in parts]


class _Reader:
    """Takes what is on the list and refuses all else."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()
        self.count = 0

    def part(self, node: ast.expr, depth: int) -> Part:
        self.count += 1
        if depth > MAX_DEPTH:
            self.refuse(node, f"it is nested more than {MAX_DEPTH} deep.")
        if self.count > MAX_PARTS:
            self.refuse(node, f"an expression has at most {MAX_PARTS} parts.")
        column = node.col_offset + 1
        if isinstance(node, ast.Constant):
            return Part(NUMBER, column, self.number(node))
        if isinstance(node, ast.Name):
            if node.id in FUNCTIONS:
                self.refuse(node, f"{node.id} is a function.")
            self.names.add(node.id)
            return Part(NAME, column, name=node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return Part(NEGATIVE, column, parts=(self.part(node.operand, depth + 1),))
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            both = (self.part(node.left, depth + 1), self.part(node.right, depth + 1))
            return Part(_OPERATORS[type(node.op)], column, parts=both)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return Part(node.func.id, column, parts=tuple(self.arguments(node, node.func.id, depth)))
        return self.refuse(node, "only names, decimals, + - * /, brackets and the functions are taken.")

    def number(self, node: ast.Constant) -> Decimal:
        text = self.text[node.col_offset : node.end_col_offset]
        if _NUMBER.fullmatch(text) is None:
            digits = f"{MAX_WHOLE_DIGITS} digits before the point and {MAX_MINOR_UNITS} after it"
            self.refuse(node, f"a number has at most {digits}.")
        return Decimal(text)

    def arguments(self, node: ast.Call, function: str, depth: int) -> Iterator[Part]:
        given = node.args
        if function not in FUNCTIONS:
            self.refuse(node, f"there is no function {function}; there are {', '.join(FUNCTIONS)}.")
        if function == REST and (given or depth > 1):
            self.refuse(node, "rest() stands alone: it is what balances the journal.")
        if function in ("min", "max") and len(given) < 2:  # noqa: PLR2004
            self.refuse(node, f"{function} takes two numbers or more.")
        if function == "percent" and len(given) != 2:  # noqa: PLR2004
            self.refuse(node, "percent takes two numbers: of what, and the rate.")
        if function == SHARE:
            if len(given) != 3 or not isinstance(given[1], ast.List) or not given[1].elts:  # noqa: PLR2004
                self.refuse(node, "share takes the total, a list of weights such as [1, 2], and which of them.")
            given = [given[0], given[2], *given[1].elts]
        for argument in given:
            yield self.part(argument, depth + 1)

    def refuse(self, node: ast.expr, reason: str) -> NoReturn:
        _refuse(self.text, node.col_offset + 1, reason)


class _Evaluation:
    """The parts of one expression as numbers."""

    def __init__(self, expression: Expression, values: Mapping[str, Decimal], minor_units: int, rounding: str) -> None:
        self.expression = expression
        self.values = values
        self.minor_units = minor_units
        self.rounding = rounding

    def value(self, part: Part) -> Decimal:
        if part.kind == NUMBER:
            return part.number
        if part.kind == NAME:
            return self.values[part.name]
        numbers = [self.value(inner) for inner in part.parts]
        try:
            return self.of_numbers(part, numbers)
        except (DivisionByZero, InvalidOperation):  # Decimal calls 0 / 0 an invalid operation
            _fail(self.expression, part, "this divides by zero.")
        except (Overflow, Underflow):
            _fail(self.expression, part, "this has more than 99 places before or after the point.")

    def of_numbers(self, part: Part, numbers: list[Decimal]) -> Decimal:
        if part.kind in _ARITHMETIC:
            return _ARITHMETIC[part.kind](*numbers)
        if part.kind == NEGATIVE:
            return -numbers[0]
        if part.kind == SHARE:
            return self.share(part, *numbers)
        return (min if part.kind == "min" else max)(numbers)

    def share(self, part: Part, total: Decimal, number: Decimal, *weights: Decimal) -> Decimal:
        if number not in range(1, len(weights) + 1):
            _fail(self.expression, part, f"there are {len(weights)} shares, and none of number {normalised(number)}.")
        if min(weights) < 0 or not max(weights):
            _fail(self.expression, part, "weights are not negative, and not all zero.")
        inexact = getcontext().flags[Inexact]
        whole = _rounded(self.expression, total, self.minor_units, self.rounding, is_quotient=inexact)
        return shares(whole, list(weights), quantum(self.minor_units))[int(number) - 1]


def _check_tokens(text: str) -> None:
    """Refuse what Python would read and warn about, such as `1if`, and other ways to write numbers."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            _refuse(text, place + 1, "this is no name, no decimal, no operator and no bracket.")
        place = found.end()


def _refuse(text: str, column: int, reason: str) -> NoReturn:
    raise ExpressionRefused(column=column, expression=text[:MAX_LENGTH], reason=reason)


def _fail(expression: Expression, part: Part, reason: str) -> NoReturn:
    raise ExpressionFailed(column=part.column, expression=expression.text, reason=reason)
