"""A definition and the values of its parameters as the lines of a journal. Pure.

It goes in two steps, so that the accounts of ten thousand operations are looked up at once: `references` says which
accounts an operation needs, and `evaluate` makes the lines once they are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple, NoReturn

from accounts.errors import UnknownAccount
from accounts.specs import AccountSpec
from apps.operations.definitions import Definition, Example, LineSpec, Opens, filled
from apps.operations.errors import (
    AmountOnOtherSide,
    ExampleFailed,
    LineCurrencyDiffers,
    LinesNeeded,
    RestTwice,
    RoleUnresolved,
)
from apps.operations.expressions import evaluate as amount_of
from apps.operations.parameters import Value, as_text, check_values
from journals.drafts import MAX_DESCRIPTION, MAX_DIMENSION_VALUE, MAX_REFERENCE, MIN_LINES, Line
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import CONTEXT, ZERO, normalised, parse_signed
from ledgerflow.core.texts import check_text


class Reference(NamedTuple):
    """Which account a line is on: that of a code, or that with a role, of an owner or of none, in a currency."""

    code: str = ""
    owner: str = ""
    role: str = ""
    currency: str = ""


class FoundAccount(NamedTuple):
    """An account that was found. `found` is how many there are; with another number than one nobody knows which."""

    code: str = ""
    currency: str = ""
    minor_units: int = 0
    found: int = 1


NONE_FOUND = FoundAccount(found=0)


class Filled(NamedTuple):
    """A definition and the values of its parameters, these also as texts, with the account of each line to look up."""

    definition: Definition
    values: Mapping[str, Value]
    texts: dict[str, str]
    references: list[Reference]


class Entry(NamedTuple):
    """A line of the template as it came out; `spec` is where it stands in the definition."""

    spec: LineSpec
    line: Line


class Evaluated(NamedTuple):
    """What an operation comes to: its lines, its texts, and the accounts to open with it."""

    entries: tuple[Entry, ...]
    description: str
    external_reference: str
    effective_date: date | None
    opens: tuple[AccountSpec, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple([entry.line for entry in self.entries])


def references(definition: Definition, values: Mapping[str, Value]) -> list[Reference]:
    """The account of each line, as it is to be looked up."""
    return fill(definition, values).references


def fill(definition: Definition, values: Mapping[str, Value]) -> Filled:
    """All of an operation that is known before its accounts are."""
    texts = {name: as_text(value) for name, value in values.items()}
    return Filled(definition, values, texts, [_reference(line, texts) for line in definition.lines])


def evaluate(
    definition: Definition,
    values: Mapping[str, Value],
    accounts: Mapping[Reference, FoundAccount],
    minor_units: Mapping[str, int],
) -> Evaluated:
    """The lines of an operation, by its definition and values. Raises as `come_out`."""
    return come_out(fill(definition, values), accounts, minor_units)


def come_out(
    filled_in: Filled, accounts: Mapping[Reference, FoundAccount], minor_units: Mapping[str, int]
) -> Evaluated:
    """The lines of an operation. A line that comes to nothing is left out.

    `minor_units` are those of all currencies of the books. Raises what is wrong with the values or the books:
    `ExpressionFailed`, `RoundingNeeded`, `AmountOnOtherSide`, `RoleUnresolved`, `UnknownAccount`.
    """
    definition, values, texts, wanted = filled_in
    numbers = {name: value for name, value in values.items() if isinstance(value, Decimal)}
    opens: dict[str, AccountSpec] = {}
    placed = []
    for number, line in enumerate(definition.lines):
        reference = wanted[number]
        found = accounts.get(reference, NONE_FOUND)
        currency = reference.currency or filled(line.currency, texts)
        if found.found != 1:
            found = _opened(line, reference, found, currency, texts, minor_units, opens)
        if currency and found.currency != currency:
            raise LineCurrencyDiffers(line=number + 1, currency=currency, account=found.code, other=found.currency)
        placed.append((line, found))
    amounts = _amounts(placed, numbers)
    entries = tuple(
        Entry(line, _line(line, account, amount, texts))
        for (line, account), amount in zip(placed, amounts, strict=True)
        if amount
    )
    if len(entries) < MIN_LINES:
        raise LinesNeeded(lines=len(entries))
    used = {entry.line.account for entry in entries}
    effective = values.get(definition.effective_date)
    return Evaluated(
        entries,
        _text(definition.description, texts, MAX_DESCRIPTION),
        _text(definition.external_reference, texts, MAX_REFERENCE),
        effective if isinstance(effective, date) else None,
        tuple(spec for code, spec in opens.items() if code in used),
    )


def unbalanced(lines: Iterable[Line]) -> dict[str, Decimal]:
    """By currency, what the lines do not sum to zero by."""
    with localcontext(CONTEXT):
        totals: dict[str, Decimal] = {}
        for line in lines:
            totals[line.currency] = totals.get(line.currency, ZERO) + line.amount
    return {currency: total for currency, total in totals.items() if total}


def check_example(
    definition: Definition, example: Example, accounts: Mapping[Reference, FoundAccount], minor_units: Mapping[str, int]
) -> None:
    """Raise `ExampleFailed` unless the example comes out as it says, and balances."""
    try:
        found = evaluate(definition, check_values(definition.parameters, example.parameters), accounts, minor_units)
    except LedgerError as refusal:
        raise ExampleFailed(reason=refusal.message, cause=refusal.code) from refusal
    off = unbalanced(found.lines)
    if off:
        currency, total = next(iter(off.items()))
        raise ExampleFailed(reason=f"debits less credits in {currency} are {normalised(total)}.", cause="unbalanced")
    if len(found.entries) != len(example.lines):
        reason = f"it has {len(example.lines)} lines and comes to {len(found.entries)}."
        raise ExampleFailed(reason=reason, cause="lines")
    for number, (entry, wanted) in enumerate(zip(found.entries, example.lines, strict=True), 1):
        amount = entry.line.amount
        came = {
            "side": "debit" if amount > 0 else "credit",
            "amount": normalised(amount.copy_abs()),
            "account": entry.line.account,
            "role": entry.spec.role,
            "currency": entry.line.currency,
            "description": entry.line.description,
        }
        for field, value in came.items():
            told = getattr(wanted, field)
            told = normalised(_amount(told)) if field == "amount" else told
            if told and told != value:
                raise ExampleFailed(reason=f"the {field} of line {number} is {value!r}, not {told!r}.", cause=field)


def _amount(text: str) -> Decimal:
    try:
        return parse_signed(text)
    except LedgerError as refusal:
        raise ExampleFailed(reason=refusal.message, cause="amount") from refusal


def _reference(line: LineSpec, texts: Mapping[str, str]) -> Reference:
    if line.role:
        return Reference(owner=texts.get(line.owner, ""), role=line.role, currency=filled(line.currency, texts))
    return Reference(code=line.account or texts[line.parameter])


def _opened(
    line: LineSpec,
    reference: Reference,
    found: FoundAccount,
    currency: str,
    texts: Mapping[str, str],
    minor_units: Mapping[str, int],
    opens: dict[str, AccountSpec],
) -> FoundAccount:
    if found.found == 0 and line.opens is not None and currency in minor_units:
        spec = _spec(line, line.opens, reference, texts)
        opens.setdefault(spec.code, spec)
        return FoundAccount(spec.code, currency, minor_units[currency])
    return _refuse_account(line, reference, found)


def _refuse_account(line: LineSpec, reference: Reference, found: FoundAccount) -> NoReturn:
    pointer = f"/parameters/{line.parameter or line.owner}" if line.parameter or line.owner else ""
    if reference.code:
        raise UnknownAccount(pointer=pointer, account=reference.code)
    of_owner = f" of {reference.owner!r}" if reference.owner else ""
    raise RoleUnresolved(
        pointer=pointer, found=found.found or "No", role=reference.role, of_owner=of_owner,
        in_currency=f" in {reference.currency}",
    )  # fmt: skip


def _spec(line: LineSpec, opens: Opens, reference: Reference, texts: Mapping[str, str]) -> AccountSpec:
    low, high = opens.min_balance, opens.max_balance
    spec = AccountSpec(
        code=filled(opens.code, texts),
        name=filled(opens.name, texts),
        currency=reference.currency,
        type=opens.type,
        parent=opens.parent,
        owner_id=reference.owner,
        role=line.role,
        min_balance=None if low is None else parse_signed(low),
        max_balance=None if high is None else parse_signed(high),
    )
    try:
        spec.complete()
    except LedgerError as refusal:
        refusal.pointer = f"/parameters/{line.owner}"
        raise
    return spec


def _amounts(placed: list[tuple[LineSpec, FoundAccount]], numbers: Mapping[str, Decimal]) -> list[Decimal]:
    """The signed amount of each line: those of the expressions, then what is left in each currency."""
    amounts: list[Decimal] = []
    rests: dict[str, int] = {}
    totals: dict[str, Decimal] = {}
    for place, (line, account) in enumerate(placed):
        amount = ZERO
        if line.expression.is_rest:
            if account.currency in rests:
                raise RestTwice(currency=account.currency)
            rests[account.currency] = place
        else:
            amount = amount_of(line.expression, numbers, account.minor_units, line.rounding)
            amount = _signed(line, amount, place)
            totals[account.currency] = CONTEXT.add(totals.get(account.currency, ZERO), amount)
        amounts.append(amount)
    for currency, place in rests.items():
        rest = CONTEXT.minus(totals.get(currency, ZERO))
        line = placed[place][0]
        _signed(line, CONTEXT.minus(rest) if line.side == "credit" else rest, place)
        amounts[place] = rest
    return amounts


def _signed(line: LineSpec, amount: Decimal, place: int) -> Decimal:
    if line.side == "signed":
        return amount
    if amount < 0:
        raise AmountOnOtherSide(line=place + 1, amount=normalised(amount), side=line.side)
    return amount if line.side == "debit" else amount.copy_negate()


def _line(line: LineSpec, account: FoundAccount, amount: Decimal, texts: Mapping[str, str]) -> Line:
    description, dimensions = line.description, None
    if description:
        description = _text(description, texts, MAX_DESCRIPTION)
    if line.dimensions:
        filled_in = {name: _text(value, texts, MAX_DIMENSION_VALUE) for name, value in line.dimensions.items()}
        dimensions = {name: value for name, value in filled_in.items() if value} or None
    return Line(account.code, amount, account.currency, description, dimensions)


def _text(text: str, texts: Mapping[str, str], most: int) -> str:
    found = filled(text, texts)
    check_text(found, most, "/parameters")
    return found
