"""What an operation of an application is, and whether it makes sense. Pure.

An amount is never negative: the direction of the operation says whether it is added or taken, so that no caller and no
slip of a sign can turn a spend into a grant. An operation of amount 0 is an event without a journal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from journals.drafts import MAX_PRIORITY
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CURRENCY_CODE, ZERO, at_scale, normalised, parse_signed

Direction = Literal["grant", "spend", "none"]
OncePer = Literal["none", "ever", "business_day", "month"]
Origin = Literal["paid", "promotional"]
Scope = Literal["post", "manage"]

NAME_FORM = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*", re.ASCII)
WORD_FORM = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)
MAX_NAME = 40
MAX_WORD = 40
MAX_OWNER = 100
MAX_WORDS = 20
MAX_EXPIRY_DAYS = 36_500
NEEDED_PARAMETERS = ("owner", "amount")  # what an operation gives its template, whatever else it gives
TEMPLATES: dict[Direction, str] = {"grant": "credits-grant", "spend": "credits-spend", "none": ""}


class Amount(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How much an operation moves: `fixed`; or what the caller chooses from `least` to `most`, both included.

    A `default` is taken where the caller says nothing. Without it the caller has to say. Whole numbers or decimal
    strings, as files and programs have them.
    """

    fixed: str | int | None = None
    default: str | int | None = None
    least: str | int | None = None
    most: str | int | None = None


class Bounds(NamedTuple):
    """An amount as decimals; one that is fixed has all three the same."""

    default: Decimal | None
    least: Decimal
    most: Decimal


class Cost(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a grant is sold for: in which currency, and the price of `each` credit where the caller says no cost."""

    currency: str
    each: str | int | None = None


class Operation(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an application may do with the credits of an owner.

    `template` posts it, the usual one of its direction where none is named, with `parameters` beside the owner and the
    amount; `role` is that of the account on the other side, where the template leaves it open. `once_per` is how often
    an owner may have it. Of a grant: how many days after its own one it expires, its place in the order of spending
    (lower comes first), whether it was paid for and what it costs in money, and the words it may be spent on, anything
    where there are none. With `four_eyes` one person proposes it and another approves.
    """

    name: str
    direction: Direction
    amount: Amount
    template: str = ""
    role: str = ""
    parameters: dict[str, str] = {}
    once_per: OncePer = "none"
    expires_after_days: int | None = None
    priority: int = 0
    origin: Origin = "promotional"
    usable_for: tuple[str, ...] = ()
    cost: Cost | None = None
    scope: Scope = "post"
    four_eyes: bool = False

    @property
    def posts_by(self) -> str:
        """The code of the template that posts it, "" for an operation that posts nothing."""
        return self.template or TEMPLATES[self.direction]


class TemplateShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operation has to know of a template: its parameters, and the roles of accounts that it posts to."""

    code: str
    parameters: tuple[str, ...]
    roles: tuple[str, ...] = ()


class Known(NamedTuple):
    """What operations may refer to: the unit with its decimals, templates by code, roles of accounts."""

    unit: str
    minor_units: int
    templates: Mapping[str, TemplateShape]
    roles: frozenset[str]


def bounds_of(amount: Amount) -> Bounds:
    """The amount as decimals. Raises `Malformed` for what is no number; the definition has been found sound."""
    fixed = _number(amount.fixed)
    if fixed is not None:
        return Bounds(fixed, fixed, fixed)
    return Bounds(_number(amount.default), _number(amount.least) or ZERO, _number(amount.most) or ZERO)


def faults(operation: Operation, known: Known) -> Iterator[str]:
    """What is wrong with an operation, a sentence each; nothing where all is well."""
    try:
        msgspec.convert(msgspec.to_builtins(operation), Operation)
    except (msgspec.ValidationError, TypeError) as error:  # a program can put anything into a struct
        yield f"it cannot be read: {error}."
        return
    if NAME_FORM.fullmatch(operation.name) is None or len(operation.name) > MAX_NAME:
        yield f"the name has capital letters, digits and _, such as DAILY_REWARD, {MAX_NAME} characters at most."
    yield from _faults_of_amount(operation, known)
    yield from _faults_of_template(operation, known)
    if operation.direction == "spend" and operation.once_per != "none":
        yield f"it is a spend, and once_per {operation.once_per} is for grants and events."
    yield from _faults_of_lot(operation)
    yield from _faults_of_cost(operation, known)


def _faults_of_amount(operation: Operation, known: Known) -> Iterator[str]:
    amount = operation.amount
    given = {name: getattr(amount, name) for name in amount.__struct_fields__}
    said = {name: value for name, value in given.items() if value is not None}
    if said.keys() not in ({"fixed"}, {"least", "most"}, {"default", "least", "most"}):
        yield f"its amount is fixed, or from least to most with or without a default, and not: {_listed(said)}."
        return
    numbers: dict[str, Decimal] = {}
    for name, value in said.items():
        try:
            numbers[name] = parse_signed(str(value))
            at_scale(numbers[name], known.minor_units)
        except LedgerError as refusal:
            yield f"its amount, {name}: {refusal.message}"
    if numbers.keys() != said.keys():
        return
    for name, number in numbers.items():
        if number < 0:
            yield (
                f"its amount, {name} {normalised(number)}, has the wrong sign: an amount is not negative, and the "
                f"direction {operation.direction} says whether it is added or taken."
            )
    if operation.direction == "none" and any(numbers.values()):
        yield "its direction is none, and so its amount is 0."
    if "least" in numbers:
        default, least, most = numbers.get("default", numbers["least"]), numbers["least"], numbers["most"]
        if not least <= default <= most:
            yield f"its amounts are not in order: {_listed(said)}."


def _faults_of_template(operation: Operation, known: Known) -> Iterator[str]:
    code = operation.posts_by
    if operation.direction == "none":
        if code or operation.role or operation.parameters:
            yield "its direction is none: nothing is posted, by no template and to no role."
        return
    if operation.role and operation.role not in known.roles:
        yield f"there is no role {operation.role!r}."
    template = known.templates.get(code)
    if template is None:
        yield f"there is no template {code!r}."
        return
    for role in template.roles:
        if role not in known.roles:
            yield f"its template {code} posts to the role {role!r}, which there is not."
    yield from _faults_of_parameters(operation, template)


def _faults_of_parameters(operation: Operation, template: TemplateShape) -> Iterator[str]:
    needed = (*NEEDED_PARAMETERS, *(["role"] if operation.role else []), *operation.parameters)
    for name in dict.fromkeys(needed):
        if name not in template.parameters:
            yield f"its template {template.code} has no parameter {name!r}."
    for name in NEEDED_PARAMETERS:
        if name in operation.parameters:
            yield f"the parameter {name!r} is given by who calls, and not by the definition."


def _faults_of_lot(operation: Operation) -> Iterator[str]:
    if operation.direction != "grant":
        usual = {"expires_after_days": None, "priority": 0, "origin": "promotional", "usable_for": (), "cost": None}
        for name, value in usual.items():
            if getattr(operation, name) != value:
                yield f"{name} is of a grant, and its direction is {operation.direction}."
        return
    days = operation.expires_after_days
    if days is not None and not 0 <= days <= MAX_EXPIRY_DAYS:
        yield f"it expires after 0 to {MAX_EXPIRY_DAYS} days, and not after {days}."
    if not 0 <= operation.priority <= MAX_PRIORITY:
        yield f"its priority is from 0 to {MAX_PRIORITY}, and not {operation.priority}."
    if len(operation.usable_for) > MAX_WORDS or len(set(operation.usable_for)) != len(operation.usable_for):
        yield f"it is usable for {MAX_WORDS} words at most, and each is there once."
    for word in operation.usable_for:
        if WORD_FORM.fullmatch(word) is None or len(word) > MAX_WORD:
            yield f"it is usable for {word[:MAX_WORD]!r}, which is no word of {MAX_WORD} letters, digits and _.-"


def _faults_of_cost(operation: Operation, known: Known) -> Iterator[str]:
    cost = operation.cost
    if cost is None or operation.direction != "grant":
        return
    if operation.origin != "paid":
        yield "it has a cost, and so its origin is paid."
    if operation.posts_by != TEMPLATES["grant"]:
        yield f"it has a cost, which {TEMPLATES['grant']} posts and its template {operation.posts_by} does not."
    if CURRENCY_CODE.fullmatch(cost.currency) is None or cost.currency == known.unit:
        yield f"its cost is in a currency such as EUR, and not in {cost.currency[:MAX_NAME]!r}."
    try:
        each = price_of(cost)
    except LedgerError as refusal:
        yield f"its cost, each: {refusal.message}"
    else:
        if each is not None and each <= 0:
            yield f"its cost, each {normalised(each)}, is not above 0: what is free has no cost."


def price_of(cost: Cost) -> Decimal | None:
    """What one credit costs. Raises as `bounds_of`."""
    return _number(cost.each)


def _listed(said: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in said.items()) or "nothing"


def _number(value: str | int | None) -> Decimal | None:
    return None if value is None else parse_signed(str(value))
