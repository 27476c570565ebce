"""Accounts as a tree of lines with subtotals. Pure.

Every column is a sum over the accounts below a header; amounts arrive signed, so that a contra account subtracts. The
tree is the one that stands now, also for past dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple, Protocol
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from reports.shapes import RowKind, TreeRow

Amounts = tuple[Decimal, ...]


class Named(Protocol):
    """What the tree needs of an account."""

    @property
    def id(self) -> UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent_id(self) -> UUID | None: ...
    @property
    def is_header(self) -> bool: ...


class TreeLine(NamedTuple):
    kind: RowKind
    level: int
    name: str
    account: str | None
    amounts: Amounts | None  # None where only a name is printed


class ReportsDisagreeError(RuntimeError):
    """Two ways to the same figure gave two figures: a fault of the program or of the books, never shown as a report."""


def lines_of(
    accounts: Mapping[UUID, Named], amounts: Mapping[UUID, Amounts], *, zeros: bool = False, level: int = 0
) -> list[TreeLine]:
    """The accounts that have `amounts`, in code order below their headers, each header closed by its subtotal.

    Accounts whose amounts are all zero are left out unless `zeros`. Raises `ReportsDisagreeError` when an account
    cannot be reached from the top, so that it would be missing from the totals.
    """
    children: dict[UUID | None, list[Named]] = {}
    shown = {one for one, values in amounts.items() if zeros or any(values)}
    for one in _with_headers(accounts, shown):
        children.setdefault(one.parent_id, []).append(one)
    lines = list(_below(None, children, amounts, level))
    if sum(line.kind == "account" for line in lines) != len(shown):
        message = "The tree of accounts does not lead to all of them."
        raise ReportsDisagreeError(message)
    return lines


def section(name: str, lines: Sequence[TreeLine], width: int) -> list[TreeLine]:
    """The lines one level deeper, between a title and its total; nothing but the total where there are none."""
    inner = [line._replace(level=line.level + 1) for line in lines]
    total = TreeLine("subtotal", 0, f"Total {name.lower()}", None, total_of(lines, width))
    return [TreeLine("section", 0, name, None, None), *inner, total]


def total_of(lines: Iterable[TreeLine], width: int) -> Amounts:
    """The sum of what stands for itself: accounts and computed lines, per column."""
    return added([line.amounts for line in lines if line.kind in {"account", "computed"} and line.amounts], width)


def added(amounts: Iterable[Amounts], width: int) -> Amounts:
    """The sum per column of `width` columns, exactly."""
    with localcontext(CONTEXT):
        return tuple(sum(column, ZERO) for column in zip(*amounts, strict=True)) or (ZERO,) * width


def rows_of(lines: Iterable[TreeLine], keys: Sequence[str], minor_units: int) -> list[TreeRow]:
    """The lines with amounts as text, at a currency's scale."""
    return [
        TreeRow(line.kind, line.level, line.name, line.account, _texts(line.amounts, keys, minor_units))
        for line in lines
    ]


def must_be_zero(amounts: Iterable[Decimal | Fraction], what: str) -> None:
    """Raise `ReportsDisagreeError` unless all are zero."""
    if any(amounts):
        raise ReportsDisagreeError(what)


def _texts(amounts: Amounts | None, keys: Sequence[str], minor_units: int) -> dict[str, str]:
    if amounts is None:
        return {}
    pairs = zip(keys, amounts, strict=False)  # balances at either end of a report have the first column only
    return {key: plain(at_scale(CONTEXT.plus(amount), minor_units)) for key, amount in pairs}


def _with_headers(accounts: Mapping[UUID, Named], shown: set[UUID]) -> list[Named]:
    """The accounts shown and every header above them, in code order."""
    wanted = set(shown)
    for one in shown:
        parent = accounts[one].parent_id
        while parent is not None and parent not in wanted:
            wanted.add(parent)
            parent = accounts[parent].parent_id
    return sorted((accounts[one] for one in wanted), key=lambda one: one.code)


def _below(
    parent: UUID | None, children: Mapping[UUID | None, list[Named]], amounts: Mapping[UUID, Amounts], level: int
) -> Iterator[TreeLine]:
    for one in children.get(parent, ()):
        if not one.is_header:
            yield TreeLine("account", level, one.name, one.code, amounts[one.id])
            continue
        yield TreeLine("heading", level, one.name, one.code, None)
        inner = list(_below(one.id, children, amounts, level + 1))
        yield from inner
        width = len(next(line.amounts for line in inner if line.amounts))
        yield TreeLine("subtotal", level, f"Total {one.name}", None, total_of(inner, width))
