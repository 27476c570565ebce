"""Looking at a sheet: what each line comes to, what each account has after it, and what stands in the way.

Faults of the form are told for every line at once. When there is none, the use case itself is asked by a dry run, so
that dates, dimensions, limits and whatever else may refuse a journal are decided in one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from functools import partial

from django.utils.translation import gettext

from accounts.models import Account
from journals.by_hand.amounts import MISSING, WORKING, Cell, UnitOfCell, calculate
from journals.by_hand.errors import AmountMissing, BothSides, NothingMissing
from journals.by_hand.looking_up import Known, resolve, resolve_whole
from journals.by_hand.sheets import Sheet, SheetLine, all_lines, read_lines
from journals.drafts import Draft, Line
from journals.limits import AccountState, check_limits, check_open
from journals.models import Kind
from journals.posting import post
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed
from ledgerflow.core.locales.current import amount_text, conventions
from ledgerflow.core.locales.days import read_typed_day
from ledgerflow.core.money import CONTEXT, ZERO, quantum
from ledgerflow.core.sentences import refusal_text

HEADER_FIELDS = {"effective_date": "date", "external_reference": "reference", "description": "description"}
SHOWN_EXACTLY = quantum(6)  # of what a calculation gave before it was rounded
_LINE = re.compile(r"/lines/([0-9]+)(?:/([a-z_]+))?")


@dataclass(slots=True)
class Refused:
    """Why something is not taken, and the field that it is about: empty for the whole line or sheet."""

    field: str
    message: str


@dataclass(slots=True)
class LineFound:
    """What a line comes to. `amount` is signed, None where it cannot be told; `note` says what was rounded."""

    line: SheetLine
    account: Account | None = None
    state: AccountState | None = None
    amount: Decimal | None = None
    is_missing: bool = False  # its cell asks for what is missing to zero
    note: str = ""
    balance_after: Decimal | None = None
    refusals: list[Refused] = field(default_factory=list)

    def refuse(self, name: str, message: str) -> None:
        """Say it, once."""
        if message not in [one.message for one in self.refusals]:
            self.refusals.append(Refused(name, message))


@dataclass(slots=True)
class SideTotals:
    currency: str
    minor_units: int = 0
    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.debit - self.credit


@dataclass(slots=True)
class SheetFound:
    """All that there is to say of a sheet. `draft` is what it asks for, None while it cannot be told."""

    lines: list[LineFound] = field(default_factory=list)
    totals: list[SideTotals] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    draft: Draft | None = None
    is_posted: bool = False  # this very journal, under the key of the sheet
    is_key_used: bool = False  # for another journal: what is asked for now is a second one

    @property
    def is_ready(self) -> bool:
        """Whether it could be posted as it is."""
        return self.draft is not None and not self.refusals and not any(line.refusals for line in self.lines)


def look_at(entity: Entity, sheet: Sheet, *, actor: str, issuer: str, rehearses: bool = True) -> SheetFound:
    """Everything about a sheet, without writing and without the lock of the books.

    `rehearses` False for a sheet that is posted next: the use case says then what it has to say.
    """
    found = SheetFound()
    try:
        typed = all_lines(sheet, entity.dimensions)
    except LedgerError as refusal:
        found.refusals.append(Refused("text", refusal_text(refusal)))
        return found
    rows = len(sheet.filled())  # what somebody types is looked for, what he pastes is not
    named = resolve(entity.pk, [line.account for line in typed[:rows]])
    pasted = resolve_whole(entity.pk, [line.account for line in typed[rows:]])
    found.lines = [_line(line, named[line.account]) for line in typed[:rows]]
    found.lines += [_line(line, pasted[line.account]) for line in typed[rows:]]
    with localcontext(CONTEXT):
        _fill_in(found.lines)
        found.totals = _totals(found.lines)
        draft = _draft(entity, sheet, found, actor, issuer)
        _follow(draft, found.lines)
    complete = not found.refusals and all(line.amount is not None and line.account for line in found.lines)
    if complete:
        found.draft = draft
        if rehearses:
            _rehearse(entity, draft, found)
    return found


def check_text_lines(entity: Entity, sheet: Sheet) -> None:
    """Raise what stands in the way of lines of the text becoming rows, whose accounts are looked for by their parts."""
    lines = read_lines(sheet.text, sheet.columns, entity.dimensions)
    for named in resolve_whole(entity.pk, [line.account for line in lines]).values():
        if isinstance(named, LedgerError):
            raise named


def say(found: SheetFound, refusal: LedgerError) -> None:
    """Put what the use case refused beside the line or the field that it is about."""
    place = _LINE.fullmatch("/".join(refusal.pointer.split("/")[:4]))
    account = refusal.data.get("account")
    if place and int(place[1]) < len(found.lines):
        found.lines[int(place[1])].refuse(place[2] or "", refusal_text(refusal))
        return
    of_account = [line for line in found.lines if line.account is not None and line.account.code == account]
    for line in of_account:
        line.refuse("account", refusal_text(refusal))
    if not of_account:
        name = HEADER_FIELDS.get(refusal.pointer.strip("/"), "")
        found.refusals.append(Refused(name, refusal_text(refusal)))


def _line(typed: SheetLine, named: Known | LedgerError) -> LineFound:
    found = LineFound(typed)
    if isinstance(named, LedgerError):
        found.refuse("account", refusal_text(named))
    else:
        found.account, found.state = named
    try:
        state = found.state
        _read_amount(found, UnitOfCell() if state is None else UnitOfCell(state.currency, state.minor_units))
    except LedgerError as refusal:
        found.refuse("amount", refusal_text(refusal))
    return found


def _read_amount(found: LineFound, unit: UnitOfCell) -> None:
    debit, credit = found.line.debit.strip(), found.line.credit.strip()
    if MISSING in (debit, credit) and not (debit and credit):
        found.is_missing = True
        return
    if debit and credit:
        raise BothSides
    if not debit and not credit:
        raise AmountMissing
    cell = calculate(debit or credit, conventions().numbers, unit)
    if unit.code is not None:  # else nobody knows to how many decimals it is rounded, and the cell stays as it is
        found.note = _note(debit or credit, cell)
    # Not by minus, which would round to the digits of the default context.
    found.amount = cell.amount if debit else cell.amount.copy_negate()


def _note(typed: str, cell: Cell) -> str:
    if not cell.is_calculated:
        return ""
    if cell.exact is None:
        return f"{typed} = {amount_text(cell.amount)}"
    exact, rounded = amount_text(WORKING.quantize(cell.exact, SHOWN_EXACTLY)), amount_text(cell.amount)
    return gettext("%(typed)s = %(exact)s, rounded to %(rounded)s") % {
        "typed": typed, "exact": exact, "rounded": rounded,
    }  # fmt: skip


def _fill_in(lines: Sequence[LineFound]) -> None:
    """Give each cell that asks for it what is missing to zero in its currency; the first of a currency takes all."""
    totals = {total.currency: total for total in _totals(lines)}
    only = _only_currency(lines)
    for line in lines:
        if not line.is_missing:
            continue
        currency = line.account.currency if line.account is not None else only
        total = totals.get(currency)
        if not currency or total is None or not total.difference:
            line.refuse("amount", refusal_text(NothingMissing()))
            continue
        line.amount = -total.difference
        del totals[currency]


def _only_currency(lines: Sequence[LineFound]) -> str:
    """That of a line whose account nobody knows yet: the only one of the sheet, "" where there are several or none."""
    known = {line.account.currency for line in lines if line.account is not None}
    return known.pop() if len(known) == 1 else ""


def _totals(lines: Sequence[LineFound]) -> list[SideTotals]:
    totals: dict[str, SideTotals] = {}
    only = _only_currency(lines)
    for line in lines:
        if line.amount is None:
            continue
        currency = line.account.currency if line.account is not None else only
        total = totals.setdefault(currency, SideTotals(currency))
        if line.state is not None:
            total.minor_units = line.state.minor_units
        if line.amount > 0:
            total.debit += line.amount
        else:
            total.credit -= line.amount
    return list(totals.values())


def _draft(entity: Entity, sheet: Sheet, found: SheetFound, actor: str, issuer: str) -> Draft:
    """What the sheet asks for, so far as its lines can be told."""
    return Draft(
        key=sheet.key,
        lines=tuple(
            Line(
                line.account.code,
                line.amount,
                description=line.line.description.strip(),
                dimensions={name: value.strip() for name, value in line.line.dimensions.items() if value.strip()}
                or None,
            )
            for line in found.lines
            if line.account is not None and line.amount is not None
        ),
        kind=Kind.MANUAL,
        effective_date=_date(entity, sheet, found),
        description=sheet.description.strip(),
        external_reference=sheet.reference.strip(),
        actor=actor,
        layer=sheet.layer,
        issuer=issuer,
        confirm_unusual_date=sheet.confirm,
        metadata={"template": sheet.made_from} if sheet.made_from else None,
    )


def _date(entity: Entity, sheet: Sheet, found: SheetFound) -> date | None:
    text = sheet.date.strip()
    try:
        return read_typed_day(text, conventions().days, entity.business_date) if text else None
    except Malformed as refusal:
        found.refusals.append(Refused("date", refusal_text(refusal)))
        return None


def _follow(draft: Draft, lines: Sequence[LineFound]) -> None:
    """The balance of each account after each line, and what its status and its limits say to that."""
    states = {line.state.code: line.state for line in lines if line.state is not None}
    before = {code: state.save() for code, state in states.items()}
    for line in lines:
        if line.state is None or line.amount is None:
            continue
        state, amount = states[line.state.code], line.amount
        if amount > 0:
            state.debits += amount
        else:
            state.credits -= amount
        line.balance_after = state.normal_balance()
        is_inflow = amount * state.normal_sign > 0
        _ask(line, partial(check_open, state, inflow=is_inflow, pointer=""))
    for line in lines:
        if line.state is not None and line.amount is not None:
            _ask(line, partial(check_limits, draft, before[line.state.code]))


def _ask(line: LineFound, rule: Callable[[], None]) -> None:
    try:
        rule()
    except LedgerError as refusal:
        line.refuse("account", refusal_text(refusal))


def _rehearse(entity: Entity, draft: Draft, found: SheetFound) -> None:
    try:
        found.is_posted = post(entity.pk, draft, dry_run=True).status == "replayed"
    except IdempotencyKeyReused:
        found.is_key_used = True
    except LedgerError as refusal:
        say(found, refusal)
