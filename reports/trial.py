"""The trial balance: every account with its balance on its side; debits and credits are equal per currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO
from reports.errors import WorksheetInOneCurrency
from reports.figures import VIEWS, GrossTotals, Reader, reading
from reports.heads import head_of
from reports.positions import BalancesInCurrency, scale_of, translated
from reports.shapes import AmountColumn, Block, TreeReport
from reports.tree import Amounts, TreeLine, lines_of, must_be_zero, rows_of, total_of

WORKSHEET = "worksheet"
SIDES = [AmountColumn("debit", "Debit"), AmountColumn("credit", "Credit")]
SIDE_KEYS = ("debit", "credit", "total_debits", "total_credits")
STAGES = {"before": "Before", "adjustments": "Adjustments", "closing": "Closing", "after": "After"}
STAGE_KEYS = [f"{stage}_{side}" for stage in STAGES for side in ("debit", "credit")]


def trial_balance(
    entity_id: UUID,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    view: str = "after",
    currency: str | None = None,
    zeros: bool = False,
) -> TreeReport:
    """The trial balance at the end of `as_of` (the business date unless given), from what was recorded by `known_at`.

    `view`: "before" adjustments, "adjusted", "after" closing entries too, or "worksheet": all of them side by side.
    `debit` and `credit` hold an account's balance, `total_debits` and `total_credits` all that ever moved it.
    `currency`: translated to it. Raises `FutureDate`, `UnknownCurrency`, `RateMissing`, `RateTooOld`, and `Malformed`
    for a translated worksheet.
    """
    if view == WORKSHEET and currency:
        raise WorksheetInOneCurrency(pointer="/currency")
    with reading(entity_id, known_at) as reader:
        day = as_of or reader.books.business_date
        reader.check_date(day, "as_of")
        notes: tuple[str, ...] = ()
        columns = SIDES
        if view == WORKSHEET:
            blocks, columns = _worksheet(reader, day, zeros=zeros)
        elif currency:
            position = translated(reader, day, VIEWS[view], currency)
            blocks, notes = [_translated(reader, currency, position, zeros=zeros)], position.notes
        else:
            # What moved an account that stands at zero again does not bring it back into the report.
            totals = {one: total for one, total in reader.figures(day, VIEWS[view]).items() if zeros or total.net}
            found = {account: _sides(total) for account, total in totals.items()}
            blocks = list(_blocks(reader, found, SIDE_KEYS, zeros=zeros))
        head = head_of(reader, "Trial balance", notes, as_of=day, view=view, currency=currency)
        return TreeReport(**head, columns=columns, blocks=blocks)


def _sides(total: GrossTotals) -> Amounts:
    return (*_on_side(total.net), total.debits, total.credits)


def _on_side(net: Decimal) -> tuple[Decimal, Decimal]:
    return (net, ZERO) if net > 0 else (ZERO, net.copy_abs())


def _blocks(reader: Reader, found: Mapping[UUID, Amounts], keys: Iterable[str], *, zeros: bool) -> Iterable[Block]:
    """A block per currency, each with a total that balances."""
    per_currency: dict[str, dict[UUID, Amounts]] = {}
    for account, amounts in found.items():
        per_currency.setdefault(reader.accounts[account].currency, {})[account] = amounts
    for currency, amounts_of in sorted(per_currency.items()):
        lines = lines_of(reader.accounts, amounts_of, zeros=zeros)
        if lines:
            yield _block(currency, lines, list(keys), reader.scales[currency])


def _block(currency: str, lines: list[TreeLine], keys: list[str], minor_units: int) -> Block:
    total = total_of(lines, len(keys))
    pairs = zip(total[::2], total[1::2], strict=True)
    must_be_zero([CONTEXT.subtract(*pair) for pair in pairs], f"The trial balance in {currency} does not balance.")
    lines = [*lines, TreeLine("total", 0, f"Total {currency}", None, total)]
    return Block(currency, rows_of(lines, keys, minor_units))


def _worksheet(reader: Reader, day: date, *, zeros: bool) -> tuple[list[Block], list[AmountColumn]]:
    """Balances before, what adjustments and closing entries moved, balances after; closing only where there is any."""
    before, adjusted, after = (reader.figures(day, VIEWS[view]) for view in ("before", "adjusted", "after"))
    found = {}
    for account, start in before.items():
        adjustments, entries = _less(adjusted[account], start), _less(after[account], adjusted[account])
        found[account] = (*_on_side(start.net), *adjustments, *entries, *_on_side(after[account].net))
    blocks = list(_blocks(reader, found, STAGE_KEYS, zeros=zeros))
    has_closing = any(Decimal(block.rows[-1].amounts["closing_debit"]) for block in blocks)
    titles = [
        AmountColumn(f"{stage}_{side}", f"{title} {side}")
        for stage, title in STAGES.items() if stage != "closing" or has_closing
        for side in ("debit", "credit")
    ]  # fmt: skip
    return blocks, titles


def _less(later: GrossTotals, earlier: GrossTotals) -> GrossTotals:
    return GrossTotals(CONTEXT.subtract(later.debits, earlier.debits), CONTEXT.subtract(later.credits, earlier.credits))


def _translated(reader: Reader, currency: str, position: BalancesInCurrency, *, zeros: bool) -> Block:
    lines = lines_of(
        reader.accounts, {account: _on_side(net) for account, net in position.amounts.items()}, zeros=zeros
    )
    lines.append(TreeLine("computed", 0, "Translation difference", None, _on_side(CONTEXT.minus(position.difference))))
    debits, credits_ = total_of(lines, 2)
    leftover = CONTEXT.subtract(credits_, debits)
    if leftover:
        lines.append(TreeLine("computed", 0, "Rounding", None, _on_side(leftover)))
    return _block(currency, lines, ["debit", "credit"], scale_of(reader, currency))
