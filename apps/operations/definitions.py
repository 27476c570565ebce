"""What a version of a template is: parameters, lines, texts and examples; and whether it makes sense. Pure.

A definition is stored and hashed as canonical JSON, and written in TOML by people; both read as the structs below.
Members left at their defaults do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any, Literal, NoReturn, TypeVar

import msgspec

from accounts.specs import check_code
from apps.operations.errors import DefinitionRefused
from apps.operations.expressions import Expression, parse
from apps.operations.parameters import NUMBERS, Parameter, check_parameters
from journals.drafts import MAX_CODE, MAX_DESCRIPTION, MAX_DIMENSION_VALUE, MAX_REFERENCE
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.json_bodies import malformed_by
from ledgerflow.core.money import CURRENCY_CODE, parse_signed
from ledgerflow.core.plugins import registry
from ledgerflow.core.texts import is_storable

CODE_FORM = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", re.ASCII)
ROLE_FORM = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MAX_TEMPLATE_CODE = 40
MAX_NAME = 100
MAX_TEMPLATE_LINES = 100
MAX_EXAMPLES = 20
MAX_DEFINITION_BYTES = 64 * 1024
RESERVED = frozenset({"batch"})  # an address of the API
KIND = "operation"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
Side = Literal["debit", "credit", "signed"]
Found = TypeVar("Found")


class Opens(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The account that is opened for an owner who has none yet; `code` and `name` are texts with placeholders.

    Limits are in major units on the account's normal side.
    """

    code: str
    name: str
    type: Literal["asset", "liability", "equity", "income", "expense"]
    parent: str = ""
    min_balance: str | None = None
    max_balance: str | None = None


class LineSpec(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, dict=True):
    """A line: on the account of a code, of a role, of a parameter, or of an owner.

    `owner` names a parameter, and `role` then says which account of that owner. `currency` is a code or a placeholder.
    The `amount` is an expression. With the side `signed` a positive one is a debit and a negative one a credit.
    """

    amount: str
    side: Side
    account: str = ""
    parameter: str = ""
    owner: str = ""
    role: str = ""
    currency: str = ""
    rounding: Literal["exact", "half_up", "half_even", "up", "down"] = "exact"
    description: str = ""
    dimensions: dict[str, str] = {}
    opens: Opens | None = None

    @cached_property
    def expression(self) -> Expression:
        return parse(self.amount)


class ExampleLine(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line that an example comes to. What is left empty is not compared."""

    side: Literal["debit", "credit"]
    amount: str
    account: str = ""
    role: str = ""
    currency: str = ""
    description: str = ""


class Example(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Parameters, and the lines that they must come to, in order."""

    parameters: dict[str, str | int]
    lines: list[ExampleLine]


class Definition(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A version of a template. `effective_date` names a parameter; without one it is the business date."""

    name: str
    parameters: list[Parameter]
    lines: list[LineSpec]
    examples: list[Example]
    kind: str = KIND
    description: str = ""
    external_reference: str = ""
    effective_date: str = ""
    scope: Literal["post", "manage"] = "post"
    four_eyes: bool = False


def encode(definition: Definition) -> str:
    """The canonical JSON of a definition."""
    return canonical.encode(definition).decode()


def decode(text: str | bytes) -> Definition:
    """A stored definition back."""
    return _DECODER.decode(text)


def convert(value: Mapping[str, Any]) -> Definition:
    """A definition from decoded JSON or TOML. Raises `DefinitionRefused` with a pointer into it."""
    try:
        return msgspec.convert(value, Definition)
    except (msgspec.ValidationError, RecursionError, ValueError) as error:
        refusal = malformed_by(error)
        raise DefinitionRefused(reason=refusal.message, pointer=refusal.pointer) from error


def digest_of(definition: msgspec.Struct) -> str:
    """SHA-256 over the canonical JSON: equal for two definitions that are the same."""
    return sha256(canonical.encode(definition)).hexdigest()


def check_template_code(code: str) -> None:
    """Raise `DefinitionRefused` for a text that is no code of a template."""
    if CODE_FORM.fullmatch(code) is None or len(code) > MAX_TEMPLATE_CODE or code in RESERVED:
        words = f"at most {MAX_TEMPLATE_CODE} small letters, digits, - and _, and a letter first"
        _refuse(f"The code of a template has {words}.", "/code")


def check_definition(definition: Definition) -> None:
    """Raise `DefinitionRefused`, with a pointer into the definition, for one that could never be run."""
    check_parameters(definition.parameters)
    known = {parameter.name: parameter for parameter in definition.parameters}
    if not (definition.name.strip() and len(definition.name) <= MAX_NAME and is_storable(definition.name)):
        _refuse(f"A name has 1 to {MAX_NAME} characters.", "/name")
    declared = registry.journal_kinds.get(definition.kind)
    if declared is None or not declared.of_templates:
        kinds = ", ".join(kind.name for kind in registry.journal_kinds.values() if kind.of_templates)
        _refuse(f"A template makes journals of the kinds {kinds}.", "/kind")
    _check_text(definition.description, MAX_DESCRIPTION, known, "/description")
    _check_text(definition.external_reference, MAX_REFERENCE, known, "/external_reference")
    if definition.effective_date:
        _check_reference(definition.effective_date, "date", known, "/effective_date", may_be_missing=True)
    if not 1 <= len(definition.lines) <= MAX_TEMPLATE_LINES:
        _refuse(f"A template has 1 to {MAX_TEMPLATE_LINES} lines.", "/lines")
    for place, line in enumerate(definition.lines):
        _check_line(line, known, f"/lines/{place}")
    _check_rests(definition.lines)
    if not 1 <= len(definition.examples) <= MAX_EXAMPLES:
        _refuse(f"A template has 1 to {MAX_EXAMPLES} examples.", "/examples")
    if len(encode(definition)) > MAX_DEFINITION_BYTES:
        _refuse(f"A definition has at most {MAX_DEFINITION_BYTES} bytes of JSON.", "")


def placeholders(text: str) -> list[str]:
    """The names in braces of a text."""
    return PLACEHOLDER.findall(text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the value of each placeholder, nothing for one that has none."""
    if "{" not in text:
        return text
    pieces = list(_pieces(text))
    pieces[1::2] = [values.get(name, "") for name in pieces[1::2]]
    return "".join(pieces)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str, ...]:
    """What stands before, in and behind each pair of braces: names at the odd places."""
    return tuple(PLACEHOLDER.split(text))


_DECODER = msgspec.json.Decoder(Definition)


def _check_line(line: LineSpec, known: Mapping[str, Parameter], at: str) -> None:
    _check_account(line, known, at)
    _check_currency(line, known, at)
    expression = _checked(lambda: line.expression, f"{at}/amount")
    for name in sorted(expression.names):
        parameter = known.get(name)
        if parameter is None or parameter.kind not in NUMBERS or parameter.may_be_missing:
            words = "an amount, an integer or a percent that always has a value"
            _refuse(f"{name} in {line.amount!r} is no parameter that is {words}.", f"{at}/amount")
    _check_text(line.description, MAX_DESCRIPTION, known, f"{at}/description")
    for name, value in line.dimensions.items():
        if not (0 < len(name) <= MAX_DIMENSION_VALUE and is_storable(name)):
            _refuse(f"A dimension's name has 1 to {MAX_DIMENSION_VALUE} characters.", f"{at}/dimensions")
        _check_text(value, MAX_DIMENSION_VALUE, known, f"{at}/dimensions")
    if line.opens is not None:
        _check_opens(line, line.opens, known, f"{at}/opens")


def _check_account(line: LineSpec, known: Mapping[str, Parameter], at: str) -> None:
    ways = [way for way in ("account", "parameter", "owner") if getattr(line, way)]
    if len(ways) + (bool(line.role) and not line.owner) != 1:
        _refuse("A line names one of account, parameter, role, or owner with a role.", at)
    if line.owner:
        _check_reference(line.owner, "owner", known, f"{at}/owner")
    if line.parameter:
        _check_reference(line.parameter, "account", known, f"{at}/parameter")
    if (line.role or line.owner) and ROLE_FORM.fullmatch(line.role) is None:
        _refuse("A role is a small letter and up to 39 more letters, digits and _.", f"{at}/role")
    if line.account:
        _checked(lambda: check_code(line.account), f"{at}/account")


def _check_currency(line: LineSpec, known: Mapping[str, Parameter], at: str) -> None:
    names = placeholders(line.currency)
    if names:
        if line.currency != f"{{{names[0]}}}":
            _refuse("A currency is a code, or one placeholder.", f"{at}/currency")
        _check_reference(names[0], "currency", known, f"{at}/currency")
    elif line.currency and CURRENCY_CODE.fullmatch(line.currency) is None:
        _refuse("A currency is a code such as EUR, or a placeholder.", f"{at}/currency")
    if line.role and not line.currency:
        _refuse("A line on the account of a role or an owner says in which currency.", f"{at}/currency")


def _check_opens(line: LineSpec, opens: Opens, known: Mapping[str, Parameter], at: str) -> None:
    if not line.owner:
        _refuse("An account is opened for an owner only.", at)
    names = placeholders(opens.code)
    currency = placeholders(line.currency)
    if line.owner not in names or not set(currency) <= set(names):
        _refuse(
            "The code of an account that is opened has the owner in it, and the currency where it varies.", f"{at}/code"
        )
    _check_text(opens.code, MAX_CODE, known, f"{at}/code")
    _check_text(opens.name, 200, known, f"{at}/name")
    if opens.parent:
        _checked(lambda: check_code(opens.parent), f"{at}/parent")
    for field in ("min_balance", "max_balance"):
        limit = getattr(opens, field)
        if limit is not None:
            _checked(lambda limit=limit: parse_signed(limit), f"{at}/{field}")  # type: ignore[misc]


def _check_rests(lines: Iterable[LineSpec]) -> None:
    seen: set[str] = set()
    for place, line in enumerate(lines):
        if line.expression.is_rest:
            if line.currency in seen:
                _refuse("Only one line in a currency takes what is left.", f"/lines/{place}/amount")
            seen.add(line.currency)


def _check_text(text: str, most: int, known: Mapping[str, Parameter], pointer: str) -> None:
    if len(text) > most or not is_storable(text):
        _refuse(f"A text has at most {most} characters here.", pointer)
    for name in placeholders(text):
        if name not in known:
            _refuse(f"{{{name}}} is no parameter.", pointer)
    if "{" in (bare := PLACEHOLDER.sub("", text)) or "}" in bare:
        _refuse("Braces stand around the names of parameters only.", pointer)


def _check_reference(
    name: str, kind: str, known: Mapping[str, Parameter], pointer: str, *, may_be_missing: bool = False
) -> None:
    parameter = known.get(name)
    if parameter is None or parameter.kind != kind:
        _refuse(f"{name} is no parameter of the kind {kind}.", pointer)
    if parameter.may_be_missing and not may_be_missing:
        _refuse(f"{name} is needed here, so that it is required or has a default.", pointer)


def _checked(check: Callable[[], Found], pointer: str) -> Found:
    """What `check` gives; what it refuses is refused here, at its place."""
    try:
        return check()
    except LedgerError as refusal:
        raise DefinitionRefused(reason=refusal.message, pointer=pointer) from refusal


def _refuse(reason: str, pointer: str) -> NoReturn:
    raise DefinitionRefused(reason=reason, pointer=pointer)
