"""The columns of a report that stand side by side: other dates or ranges, and the changes from them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, localcontext
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, ZERO, plain
from reports.reading.tree import Amounts, TreeLine, rows_of
from reports.shapes import AmountColumn, TreeRow

MOST_COMPARED = 12
PERCENT = Decimal("0.1")


class Columns(NamedTuple):
    """What is read for each of `titles`, under `keys`; the first is compared with the others where `has_changes`."""

    titles: tuple[str, ...]
    keys: tuple[str, ...]
    has_changes: bool = False
    has_percent: bool = False

    @property
    def width(self) -> int:
        """How many amounts stand on a line."""
        return len(self.titles) + (len(self.titles) - 1 if self.has_changes else 0)

    def amounts(self, values: Sequence[Decimal]) -> Amounts:
        """The values, and the change from each of the others to the first."""
        changes = [CONTEXT.subtract(values[0], other) for other in values[1:]] if self.has_changes else []
        return (*values, *changes)

    def nothing(self) -> list[Decimal]:
        """A value of zero for each column that is read."""
        return [ZERO] * len(self.titles)

    def printed(self) -> list[AmountColumn]:
        """The columns in the order in which they are printed."""
        found = [AmountColumn(key, title) for key, title in zip(self.keys, self.titles, strict=True)]
        for key, title in zip(self._changes(), self.titles[1:], strict=False):
            name = "Change" if len(self.titles) == 2 else f"Change from {title}"  # noqa: PLR2004
            found.append(AmountColumn(key, name))
            if self.has_percent:
                found.append(AmountColumn(f"{key}_percent", f"{name} in percent"))
        return found

    def rows(self, lines: Iterable[TreeLine], minor_units: int) -> list[TreeRow]:
        """The lines as text; percentages are of the amount compared with, none where that is zero."""
        rows = rows_of(lines, [*self.keys, *self._changes()], minor_units)
        if self.has_percent:
            for row in rows:
                row.amounts.update(self._percentages(row))
        return rows

    def notes(self, of_each: Sequence[Sequence[str]]) -> list[str]:
        """What holds for all columns once; what holds for some, with the name of each."""
        found = []
        for title, notes in zip(self.titles, of_each, strict=True):
            for note in notes:
                is_common = all(note in others for others in of_each)
                found.append(note if is_common else f"{title}: {note}")
        return list(dict.fromkeys(found))

    def _changes(self) -> list[str]:
        return [key.replace("compare", "change") for key in self.keys[1:]] if self.has_changes else []

    def _percentages(self, row: TreeRow) -> dict[str, str]:
        pairs = zip(self._changes(), self.keys[1:], strict=True)
        return {
            f"{change}_percent": _percent(Decimal(row.amounts[change]), Decimal(row.amounts[key]))
            for change, key in pairs
            if row.amounts and Decimal(row.amounts[key])
        }


def compared(titles: Sequence[str], change: str = "usual") -> Columns:
    """The first beside the others; `change`: "none", "amount", "percent", or where there is one other ("usual")."""
    keys = ["amount", "compare", *(f"compare_{place}" for place in range(2, len(titles)))][: len(titles)]
    has_changes = change in {"amount", "percent"} or (change == "usual" and len(titles) == 2)  # noqa: PLR2004
    return Columns(tuple(titles), tuple(keys), has_changes and len(titles) > 1, change == "percent")


def in_parts(titles: Sequence[str], total: str = "") -> Columns:
    """Periods in their order; with a `total` the last column is of all of them."""
    keys = [f"part_{place}" for place in range(1, len(titles) + 1)]
    return Columns((*titles, total), (*keys, "amount")) if total else Columns(tuple(titles), tuple(keys))


def _percent(change: Decimal, of: Decimal) -> str:
    with localcontext(Context(prec=60)):  # money is exact, a percentage is not
        return plain((change * 100 / of.copy_abs()).quantize(PERCENT))
