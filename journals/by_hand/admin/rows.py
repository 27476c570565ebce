"""The editor's form and what is found of it, as a page and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext

from accounts.dimensions.models import Dimension, DimensionValue
from journals.by_hand.checking import LineFound, Refused, SheetFound, SideTotals
from journals.by_hand.sheets import MOST_ROWS, Sheet, SheetLine
from journals.drafts import ORDINARY
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import amount_text, conventions, day_text
from ledgerflow.core.locales.days import read_typed_day

LAYERS = (ORDINARY, "adjustment")
MOST_CHOICES = 200  # of a dimension, offered while somebody types
MOST_SAID = 10  # refusals of those lines, said above the form
MOST_OF_TEMPLATE = 80  # its code and version
MOST_TEXT_LINES = 50  # of those that came as text, shown: what is refused first


class DimensionCell(NamedTuple):
    place: int
    name: str
    value: str


class SheetRow(NamedTuple):
    """A row of fields as typed, and what is found of it; `found` None for an empty row."""

    number: int
    line: SheetLine
    dimensions: list[DimensionCell]
    found: dict[str, Any] | None


def sheet_of(data: QueryDict, dimensions: Sequence[str]) -> Sheet:
    """The form as it was sent. A row is what has the same place in each list of fields."""
    columns = [data.getlist(name)[:MOST_ROWS] for name in ("account", "line_description", "debit", "credit")]
    values = [data.getlist(f"dimension-{index}")[:MOST_ROWS] for index in range(len(dimensions))]
    rows = max(map(len, (*columns, *values)), default=0)
    layer = data.get("layer", "")
    return Sheet(
        key=data.get("key", "")[:64],
        date=data.get("date", ""),
        layer=layer if layer in LAYERS else ORDINARY,
        reference=data.get("reference", ""),
        description=data.get("description", ""),
        confirm=data.get("confirm", "") == data.get("date", "") != "",  # the tick says which date it is about
        lines=[_line_at(row, columns, values, dimensions) for row in range(rows)],
        text=data.get("text", ""),
        columns=data.get("columns", ""),
        made_from=data.get("made_from", "")[:MOST_OF_TEMPLATE],
    )


def _line_at(
    row: int, columns: Sequence[Sequence[str]], values: Sequence[Sequence[str]], dimensions: Sequence[str]
) -> SheetLine:
    def at(column: Sequence[str]) -> str:
        return column[row] if row < len(column) else ""

    given = {name: at(column) for name, column in zip(dimensions, values, strict=True)}
    account, description, debit, credit = map(at, columns)
    return SheetLine(account, description, debit, credit, {name: value for name, value in given.items() if value})


def rows_of(
    sheet: Sheet, found: SheetFound, dimensions: Sequence[str], *, sees_balances: bool = False
) -> list[SheetRow]:
    """All rows; those in which something stands with what is found of them."""
    lines: Iterator[LineFound] = iter(found.lines)
    rows = []
    for number, line in enumerate(sheet.lines, 1):
        one = None if line.is_empty() else next(lines, None)
        cells = [DimensionCell(index, name, line.dimensions.get(name, "")) for index, name in enumerate(dimensions)]
        rows.append(SheetRow(number, line, cells, None if one is None else line_json(one, sees_balances=sees_balances)))
    return rows


def with_new_key(sheet: Sheet) -> Sheet:
    """The same as another journal."""
    return msgspec.structs.replace(sheet, key=f"desk:{uuid7()}")


def as_kept(sheet: Sheet, entity: Entity) -> Sheet:
    """As a draft keeps it: with the day that was read, so that it is the same one to whoever writes days otherwise."""
    try:
        day = read_typed_day(sheet.date, conventions().days, entity.business_date)
    except Malformed:
        return sheet
    return msgspec.structs.replace(sheet, date=day.isoformat())


def from_kept(sheet: Sheet) -> Sheet:
    """A kept sheet with its day as the person writes days; what was no day is what was typed."""
    try:
        return msgspec.structs.replace(sheet, date=day_text(date.fromisoformat(sheet.date)))
    except ValueError:
        return sheet


def with_results(sheet: Sheet, found: SheetFound) -> Sheet:
    """The same with the results of calculations in their cells, and -1 as the day that it is now."""
    day = found.draft.effective_date if found.draft is not None else None
    lines = [_with_result(row) for row in rows_of(sheet, found, ())]
    return msgspec.structs.replace(sheet, lines=lines, date=sheet.date if day is None else day_text(day))


def _with_result(row: SheetRow) -> SheetLine:
    if row.found is None or row.found["debit"] is None:
        return row.line
    return msgspec.structs.replace(row.line, debit=row.found["debit"], credit=row.found["credit"])


def text_lines_of(sheet: Sheet, found: SheetFound) -> tuple[list[dict[str, Any]], int]:
    """What is found of lines that came as text, those that are refused first, and how many there are."""
    first = len(sheet.filled())
    lines = [{"number": number, **line_json(one)} for number, one in enumerate(found.lines[first:], 1)]
    lines.sort(key=lambda line: not line["refusals"])
    return lines[:MOST_TEXT_LINES], len(lines)


def found_json(sheet: Sheet, found: SheetFound, *, sees_balances: bool) -> dict[str, Any]:
    """What the script shows: each row by its place, the totals, what is refused, and whether it can be posted."""
    rows = rows_of(sheet, found, (), sees_balances=sees_balances)
    of_text = [
        {"field": "text", "message": gettext("Line %(number)s of the text: %(message)s") % {**line, **refused}}
        for line in text_lines_of(sheet, found)[0]
        for refused in line["refusals"]
    ]
    return {
        "rows": {row.number: row.found for row in rows if row.found is not None},
        "totals": [total_json(total) for total in found.totals],
        "refusals": [*(_refusal_json(one) for one in found.refusals), *of_text[:MOST_SAID]],
        "is_ready": found.is_ready,
    }


def line_json(found: LineFound, *, sees_balances: bool = False) -> dict[str, Any]:
    """What is found of a line. `debit` and `credit` are None where the cell stays as it was typed."""
    account, amount = found.account, found.amount
    is_changed = amount is not None and (found.is_missing or bool(found.note))
    after = found.balance_after if sees_balances else None
    decimals = None if found.state is None else found.state.minor_units
    return {
        "code": account.code if account else "",
        "account": str(account) if account else "",
        "currency": account.currency if account else "",
        "debit": _cell(amount, decimals) if is_changed else None,
        "credit": _cell(None if amount is None else amount.copy_negate(), decimals) if is_changed else None,
        "amounts": ["" if amount is None else amount_text(amount) if amount > 0 else "",
                    "" if amount is None else amount_text(amount.copy_abs()) if amount < 0 else ""],
        "note": found.note,
        "is_against": after is not None and after < 0,
        "after": "" if after is None else amount_text(after, decimals),
        "refusals": [_refusal_json(one) for one in found.refusals],
        "wrong": [one.field for one in found.refusals],
    }  # fmt: skip


def total_json(total: SideTotals) -> dict[str, Any]:
    difference = total.difference
    missing = amount_text(difference.copy_abs(), total.minor_units)
    if not difference:
        said = gettext("Balanced ✓")
    elif difference > 0:
        said = gettext("%(amount)s missing in credit") % {"amount": missing}
    else:
        said = gettext("%(amount)s missing in debit") % {"amount": missing}
    return {
        "currency": total.currency,
        "debit": amount_text(total.debit, total.minor_units),
        "credit": amount_text(total.credit, total.minor_units),
        "is_balanced": not difference,
        "said": said,
    }


def choices_of(entity: Entity) -> dict[str, list[tuple[str, str]]]:
    """The declared values of dimensions that take only these: code and name, by dimension."""
    if not entity.dimensions:
        return {}
    lists = list(Dimension.objects.filter(entity=entity, is_list=True).values_list("name", flat=True))
    choices: dict[str, list[tuple[str, str]]] = {name: [] for name in lists}
    values = DimensionValue.objects.filter(entity=entity, dimension__in=lists, closed=False).order_by("code")
    for name, code, label in values.values_list("dimension", "code", "name")[: MOST_CHOICES * max(len(lists), 1)]:
        choices[name].append((code, label))
    return choices


def _refusal_json(refused: Refused) -> dict[str, str]:
    return {"field": refused.field, "message": refused.message}


def _cell(amount: Decimal | None, decimals: int | None) -> str:
    """An amount as it is put into a cell; empty for the other side."""
    return "" if amount is None or amount <= 0 else amount_text(amount, decimals)
