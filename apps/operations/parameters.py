"""The typed parameters of a template: what they are, which values they take, and their JSON Schema. Pure.

Amounts and percents are decimal strings, as all money in JSON is; an integer is a whole JSON number. A value that is of
another type is refused by the parameter's name, and so is what only looks like a number, such as 1e3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, get_args

import msgspec

from accounts.specs import check_code
from apps.operations.errors import DefinitionRefused, ParameterError, ParameterNeeded, ParameterNotDeclared
from apps.operations.expressions import FUNCTIONS
from apps.operations.patterns import MAX_PATTERN, matches
from ledgerflow.core.dates import EARLIEST, LATEST, is_bookable
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CURRENCY_CODE, MAX_MINOR_UNITS, MAX_WHOLE_DIGITS, normalised
from ledgerflow.core.texts import is_storable

MAX_PARAMETERS = 50
MAX_LABEL = 200
MAX_OWNER = 100
MAX_TEXT = 500
MAX_CHOICES = 100
MAX_CHOICE = 100
LARGEST_INTEGER = 10**15
PERCENT_DECIMALS = 6
ParameterKind = Literal["account", "owner", "amount", "currency", "integer", "percent", "date", "choice", "text"]
KINDS: tuple[str, ...] = get_args(ParameterKind)
NUMBERS = frozenset({"amount", "integer", "percent"})
BOUNDED = NUMBERS | {"date"}
NAME_FORM = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

_AMOUNT = re.compile(rf"-?[0-9]{{1,{MAX_WHOLE_DIGITS}}}(?:\.[0-9]{{1,{MAX_MINOR_UNITS}}})?", re.ASCII)
_PERCENT = re.compile(rf"-?[0-9]{{1,9}}(?:\.[0-9]{{1,{PERCENT_DECIMALS}}})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SHOWN = 60
WORDS = {
    "account": "the code of an account",
    "owner": f"the name of an owner, 1 to {MAX_OWNER} characters",
    "amount": f'an amount as a decimal string such as "12.30", {MAX_WHOLE_DIGITS} digits before the point at most',
    "currency": "the code of a currency such as EUR",
    "integer": "a whole JSON number",
    "percent": f'a percentage as a decimal string such as "2.9", at most {PERCENT_DECIMALS} decimals',
    "date": f"a date like 2026-03-31, from {EARLIEST} to {LATEST}",
}
Value = Decimal | date | str


class Parameter(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, dict=True):
    """A parameter of a template.

    `least` and `most` bound an amount, an integer, a percent or a date, both included, and are written as its values
    are. Without them an amount is greater than zero and a percent from 0 to 100. One with a `default` may be left out.
    """

    name: str
    kind: ParameterKind
    label: str = ""
    required: bool = True
    default: str | int | None = None
    least: str | int | None = None
    most: str | int | None = None
    choices: list[str] = []
    pattern: str = ""
    max_length: int = 0  # of a text; 0 for as long as any

    @property
    def may_be_missing(self) -> bool:
        """Whether an operation may have no value for it at all."""
        return not self.required and self.default is None

    @cached_property
    def bounds(self) -> tuple[Any, Any]:
        """The least and the greatest value of a parameter that has bounds, both included."""
        return _bounds(self)

    @cached_property
    def usual(self) -> Value | None:
        """The value of its default."""
        return None if self.default is None else read_value(self, self.default)


def check_parameters(parameters: Sequence[Parameter]) -> None:
    """Raise `DefinitionRefused` for parameters that make no sense."""
    if len(parameters) > MAX_PARAMETERS:
        raise DefinitionRefused(reason=f"A template has at most {MAX_PARAMETERS} parameters.", pointer="/parameters")
    seen: set[str] = set()
    for place, parameter in enumerate(parameters):
        try:
            _check(parameter, seen)
        except LedgerError as refusal:
            raise DefinitionRefused(reason=refusal.message, pointer=f"/parameters/{place}") from refusal
        seen.add(parameter.name)


def check_values(parameters: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """The value of each parameter that has one, by name: what was given, or its default.

    `given` is decoded JSON. Raises `ParameterError` with a pointer to the one that is wrong, missing or unknown.
    """
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            shown = name[:_SHOWN]
            raise ParameterNotDeclared(pointer=_pointer(name), parameter=shown)
    values: dict[str, Value] = {}
    for parameter in parameters:
        value = given.get(parameter.name)
        value = parameter.usual if value is None else read_value(parameter, value)
        if value is not None:
            values[parameter.name] = value
        elif parameter.required:
            raise ParameterNeeded(pointer=_pointer(parameter.name), parameter=parameter.name)
    return values


def read_value(parameter: Parameter, given: Any) -> Value:
    """One value that was given in JSON. Raises `ParameterError`."""
    value = _typed(parameter, given)
    if parameter.kind in BOUNDED:
        _check_bounds(parameter, value, given)
    return value


def as_text(value: Value) -> str:
    """A value as it stands in texts and in the journal's event."""
    return normalised(value) if isinstance(value, Decimal) else str(value)


def as_json(parameter: Parameter, value: Value) -> str | int:
    """A value as an operation is asked with it: an integer is a number, all else a string."""
    return int(value) if parameter.kind == "integer" and isinstance(value, Decimal) else as_text(value)


def json_schema(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the object `parameters` of a request."""
    return {
        "type": "object",
        "properties": {parameter.name: _schema_of(parameter) for parameter in parameters},
        "required": [one.name for one in parameters if one.required and one.default is None],
        "additionalProperties": False,
    }


def _schema_of(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if parameter.kind == "integer" else "string"}
    forms: dict[str, dict[str, Any]] = {
        "account": {"minLength": 1, "maxLength": 100},
        "owner": {"minLength": 1, "maxLength": MAX_OWNER},
        "amount": {"pattern": f"^{_AMOUNT.pattern}$"},
        "currency": {"pattern": f"^{CURRENCY_CODE.pattern}$"},
        "percent": {"pattern": f"^{_PERCENT.pattern}$"},
        "date": {"format": "date"},
        "choice": {"enum": parameter.choices},
        "text": {"maxLength": parameter.max_length or MAX_TEXT},
    }
    schema |= forms.get(parameter.kind, {})
    if parameter.pattern:
        schema["pattern"] = f"^{parameter.pattern}$"
    words = [parameter.label] if parameter.label else []
    if parameter.kind == "integer":
        least, most = parameter.bounds
        schema |= {"minimum": int(str(least)), "maximum": int(str(most))}
    elif parameter.kind in BOUNDED:  # JSON Schema has no bounds for strings
        words.append(f"{_range(parameter).capitalize()}.")
    if words:
        schema["description"] = " ".join(words)
    if parameter.default is not None:
        schema["default"] = parameter.default
    return schema


def _typed(parameter: Parameter, given: Any) -> Value:
    if parameter.kind == "integer":
        if type(given) is not int or abs(given) > LARGEST_INTEGER:  # `true` is an int to Python
            raise _refusal(parameter, given, WORDS["integer"])
        return Decimal(given)
    if not isinstance(given, str):
        raise _refusal(parameter, given, WORDS.get(parameter.kind, "a string"))
    if not is_storable(given):
        raise _refusal(parameter, given, "a text without NUL characters and lone surrogates")
    if parameter.kind in ("amount", "percent"):
        form = _AMOUNT if parameter.kind == "amount" else _PERCENT
        if form.fullmatch(given) is None:
            raise _refusal(parameter, given, WORDS[parameter.kind])
        return Decimal(given)
    if parameter.kind == "date":
        return _date(parameter, given)
    _check_string(parameter, given)
    return given


def _date(parameter: Parameter, given: str) -> date:
    try:
        day = date.fromisoformat(given if _DATE.fullmatch(given) else "")
    except ValueError:
        raise _refusal(parameter, given, WORDS["date"]) from None
    if not is_bookable(day):
        raise _refusal(parameter, given, WORDS["date"])
    return day


def _check_string(parameter: Parameter, given: str) -> None:
    kind = parameter.kind
    if kind == "account":
        try:
            check_code(given)
        except LedgerError:
            raise _refusal(parameter, given, WORDS[kind]) from None
    elif (kind == "owner" and not (given.strip() and len(given) <= MAX_OWNER)) or (
        kind == "currency" and CURRENCY_CODE.fullmatch(given) is None
    ):
        raise _refusal(parameter, given, WORDS[kind])
    elif kind == "choice" and given not in parameter.choices:
        raise _refusal(parameter, given, f"one of {', '.join(parameter.choices)}")
    elif kind == "text":
        most = parameter.max_length or MAX_TEXT
        if len(given) > most:
            raise _refusal(parameter, given, f"a text of at most {most} characters")
        if parameter.pattern and not matches(parameter.pattern, given):
            raise _refusal(parameter, given, f"a text that matches {parameter.pattern}")


def _check_bounds(parameter: Parameter, value: Any, given: Any) -> None:
    least, most = parameter.bounds
    if parameter.kind == "amount" and parameter.least is None and value <= 0:
        raise _refusal(parameter, given, _range(parameter))
    if not least <= value <= most:
        raise _refusal(parameter, given, _range(parameter))


def _bounds(parameter: Parameter) -> tuple[Any, Any]:
    usual: dict[str, tuple[Any, Any]] = {
        "amount": (Decimal(0), Decimal(10) ** MAX_WHOLE_DIGITS),
        "integer": (Decimal(-LARGEST_INTEGER), Decimal(LARGEST_INTEGER)),
        "percent": (Decimal(0), Decimal(100)),
        "date": (EARLIEST, LATEST),
    }
    low, high = usual[parameter.kind]
    least = low if parameter.least is None else _typed(parameter, parameter.least)
    most = high if parameter.most is None else _typed(parameter, parameter.most)
    return least, most


def _range(parameter: Parameter) -> str:
    if parameter.kind == "amount" and parameter.least is None:
        return "an amount greater than zero" + ("" if parameter.most is None else f", {parameter.most} at most")
    least, most = (as_text(bound) for bound in parameter.bounds)
    if parameter.kind == "amount" and parameter.most is None:
        return f"an amount of at least {least}"
    return f"{'an' if parameter.kind[0] in 'ai' else 'a'} {parameter.kind} from {least} to {most}"


def _check(parameter: Parameter, seen: set[str]) -> None:
    name, kind = parameter.name, parameter.kind
    if NAME_FORM.fullmatch(name) is None or name in FUNCTIONS or name in seen:
        words = (
            "A parameter's name is a small letter and up to 39 more letters, digits and _, is no function, and unique."
        )
        raise DefinitionRefused(reason=words)
    if len(parameter.label) > MAX_LABEL or not is_storable(parameter.label):
        raise DefinitionRefused(reason=f"The label of {name} has at most {MAX_LABEL} characters.")
    if kind not in BOUNDED and (parameter.least is not None or parameter.most is not None):
        raise DefinitionRefused(reason=f"{name} has no bounds: it is of the kind {kind}.")
    if kind != "text" and (parameter.pattern or parameter.max_length):
        raise DefinitionRefused(reason=f"Only a text has a pattern and a length, and {name} is of the kind {kind}.")
    if (kind == "choice") != bool(parameter.choices):
        raise DefinitionRefused(reason=f"A choice has choices and nothing else has, and {name} is of the kind {kind}.")
    _check_choices(parameter)
    _check_forms(parameter)


def _check_forms(parameter: Parameter) -> None:
    """The pattern, the bounds and the default, each of which is read as values are."""
    name = parameter.name
    if not 0 <= parameter.max_length <= MAX_TEXT or len(parameter.pattern) > MAX_PATTERN:
        raise DefinitionRefused(reason=f"{name} is a text of at most {MAX_TEXT} characters.")
    if parameter.pattern:
        matches(parameter.pattern, "")
    if parameter.kind in BOUNDED:
        least, most = parameter.bounds
        if least > most:
            raise DefinitionRefused(reason=f"Nothing lies between the bounds of {name}.")
    if parameter.default is not None:
        read_value(parameter, parameter.default)


def _check_choices(parameter: Parameter) -> None:
    choices = parameter.choices
    if len(choices) > MAX_CHOICES or len(set(choices)) != len(choices):
        raise DefinitionRefused(reason=f"{parameter.name} has at most {MAX_CHOICES} choices, each once.")
    if not all(0 < len(choice) <= MAX_CHOICE and is_storable(choice) for choice in choices):
        raise DefinitionRefused(reason=f"A choice of {parameter.name} has 1 to {MAX_CHOICE} characters.")


def _refusal(parameter: Parameter, given: Any, wanted: str) -> ParameterError:
    shown = (
        repr(given) if isinstance(given, str) else msgspec.json.encode(given).decode() if _is_plain(given) else "this"
    )
    shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
    return ParameterError(pointer=_pointer(parameter.name), parameter=parameter.name, wanted=wanted, given=shown)


def _is_plain(given: Any) -> bool:
    return (
        given is None or isinstance(given, bool | float) or (isinstance(given, int) and abs(given) <= LARGEST_INTEGER)
    )


def _pointer(name: str) -> str:
    return f"/parameters/{name[:_SHOWN].replace('~', '~0').replace('/', '~1')}"
