"""The statement of cash flows (IAS 7; section 7 of the IFRS for SMEs), by the indirect or the direct method."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ledgerflow.core.money import CONTEXT, ZERO, at_scale, plain
from reports.currencies.functional import FUNCTIONAL, NOTE, PAIRS, notes_on_eras
from reports.errors import NothingIsCash, TranslatedCashFlows
from reports.flows.figures import CashFlows, per_currency
from reports.flows.functional import in_functional_currency, with_clearing
from reports.flows.legs import Legs, legs_of
from reports.flows.places import CASH, FINANCING, INVESTING, OPERATING, places_of
from reports.heads import head_of, span
from reports.reading.columns import Columns, compared
from reports.reading.figures import VIEWS, Reader, ReportAccount, reading
from reports.reading.tree import Amounts, TreeLine, added
from reports.shapes import PERIOD_RESULT, Block, TreeReport
from reports.statements.income import Range, one_range, range_of
from reports.statements.postings import accounts_of
from reports.statements.sheet import WHOLE, check_columns

INDIRECT, DIRECT = "indirect", "direct"
ACTIVITIES = {OPERATING: "operating activities", INVESTING: "investing activities", FINANCING: "financing activities"}
UNPAID = "No cash was moved (IAS 7 paragraph 43)"
MOST_NAMED = 20  # accounts in a note
# Which of the lines that an account has: what it adjusts profit by, what it changed, what came in, what went out.
ADJUSTMENT, CHANGE, RECEIVED, PAID = "adjustment", "change", "received", "paid"
Key = tuple[str, str, UUID | None]  # activity, which line, account
Keyed = Mapping[Key, Decimal]
EXCHANGE_LINE: Key = (OPERATING, ADJUSTMENT, None)
PROFIT_LINE: Key = (OPERATING, "profit", None)


def cash_flow(
    entity_id: UUID,
    *,
    from_date: date | None = None,
    to_date: date | None = None,
    method: str = INDIRECT,
    accounts: Collection[str] = (),
    compare_from: date | None = None,
    compare_to: date | None = None,
    compare_ranges: Sequence[tuple[date, date]] = (),
    change: str = "usual",
    known_at: datetime | None = None,
    view: str = "adjusted",
    currency: str | None = None,
) -> TreeReport:
    """Cash from its opening to its closing balance by activity, per currency or in functional currency.

    Dates as for the income statement. `method`: "indirect" leads from profit or loss to the cash flow from operating
    activities, "direct" shows what was received and paid by counter account. Cash are the accounts that are declared
    so or have the role "cash", or `accounts` (codes; a header stands for all below it). Raises `NothingIsCash`,
    `NotFound`, `Malformed`, `FutureDate`, `RateMissing`, `RateTooOld`.
    """
    others = [*one_range(compare_from, compare_to), *compare_ranges]
    check_columns(WHOLE, len(others), "/compare_ranges")
    with reading(entity_id, known_at, currency=currency) as reader:
        end = to_date or reader.books.business_date
        era = reader.era_on(max([end, *(to for _, to in others)]))  # what is of before it is at the fixed rate
        if currency not in {None, FUNCTIONAL, era.currency}:
            raise TranslatedCashFlows(pointer="/currency")
        ranges = [range_of(reader, from_date or reader.year_of(end).start, end)]
        ranges += [range_of(reader, *one, "compare_") for one in others]
        layout = compared([span(*one) for one in ranges], change)
        layers = VIEWS["before" if view == "before" else "adjusted"]
        named = [one.id for one in accounts_of(reader, accounts)] if accounts else []
        places = places_of(reader.accounts, reader.rows(PAIRS, (reader.entity_id,)), named)
        if CASH not in places.values():
            raise NothingIsCash(pointer="")
        if currency:
            legs = [legs_of(reader, *one, layers, with_clearing(places)) for one in ranges]
            pairs = zip(ranges, legs, strict=True)
            found = [
                {era.currency: in_functional_currency(reader, *one, layers, places, mine, era)} for one, mine in pairs
            ]
        else:
            legs = [legs_of(reader, *one, layers, places) for one in ranges]
            pairs = zip(ranges, legs, strict=True)
            found = [per_currency(reader, *one, layers, places, mine) for one, mine in pairs]
        blocks = []
        for code in sorted(found[0]):
            lines = _Lines(reader, [of_range[code] for of_range in found], layout).lines(ranges, method)
            blocks.append(Block(code, layout.rows(lines, reader.scales[code])))
        shared = [NOTE, *notes_on_eras(reader, era)] if currency else []
        notes = [[*shared, *_unpaid(reader, mine)] for mine in legs]
        asked: dict[str, object] = {"from_": ranges[0].start, "to": end}
        asked |= {"compare_from": compare_from, "compare_to": compare_to}
        asked |= {"compare_ranges": ", ".join(span(*one) for one in compare_ranges)}
        asked |= {"method": method, "accounts": ", ".join(accounts), "view": view, "currency": currency}
        head = head_of(reader, "Statement of cash flows", layout.notes(notes), **asked)
        return TreeReport(**head, columns=layout.printed(), blocks=blocks)


class _Lines:
    """The lines of one currency, cash flows of each column beside each other."""

    def __init__(self, reader: Reader, found: list[CashFlows], layout: Columns) -> None:
        self._reader = reader
        self._found = found
        self._layout = layout

    def lines(self, ranges: list[Range], method: str) -> list[TreeLine]:
        keyed = [dict(_keyed(one)) for one in self._found]
        lines = []
        for activity, name in ACTIVITIES.items():
            lines.append(TreeLine("section", 0, f"Cash flows from {name}", None, None))
            lines += self._profit(keyed) if (activity, method) == (OPERATING, INDIRECT) else []
            for which, title in _headings(activity, method):
                lines += self._part(keyed, activity, which, title)
            flow = self._beside([one.of(activity) for one in self._found])
            lines.append(TreeLine("subtotal", 0, f"Net cash from {name}", None, flow))
        for name, amounts in (
            ("Opening balances taken over", [one.taken_over for one in self._found]),
            ("Exchanged for other currencies", [one.exchanged for one in self._found]),
        ):
            if any(amounts):
                lines.append(TreeLine("computed", 0, name, None, self._beside(amounts)))
        change = [_net(one) for one in self._found]
        opening, closing = [one.opening for one in self._found], [one.closing for one in self._found]
        effect = [one.rate_effect for one in self._found]
        first, last = (_only([str(one[place]) for one in ranges]) for place in (0, 1))
        lines.append(TreeLine("subtotal", 0, "Change in cash", None, self._beside(change)))
        lines.append(TreeLine("computed", 0, f"Cash at the start{first}", None, self._beside(opening)))
        if any(effect):
            name = "Effect of exchange rate changes on cash"
            lines.append(TreeLine("computed", 0, name, None, self._beside(effect)))
        lines.append(TreeLine("total", 0, f"Cash at the end{last}", None, self._beside(closing)))
        return lines

    def _profit(self, keyed: Sequence[Keyed]) -> list[TreeLine]:
        amounts = self._beside([one[PROFIT_LINE] for one in keyed])
        return [TreeLine("computed", 1, PERIOD_RESULT, None, amounts)]

    def _part(self, keyed: Sequence[Keyed], activity: str, which: str, title: str) -> Iterator[TreeLine]:
        """The lines of one sort below their heading, without those that are zero in all columns."""
        level = 2 if title else 1
        keys = {key for one in keyed for key in one if key[:2] == (activity, which)}
        lines = []
        for key in sorted(keys, key=self._place):
            amounts = [one.get(key, ZERO) for one in keyed]
            if any(amounts):
                lines.append(self._line(key, level, self._beside(amounts)))
        if lines and title:
            yield TreeLine("heading", 1, title, None, None)
            yield from lines
            total = added([line.amounts for line in lines if line.amounts], self._layout.width)
            yield TreeLine("subtotal", 1, f"Total {title.lower()}", None, total)
        else:
            yield from lines

    def _line(self, key: Key, level: int, amounts: Amounts) -> TreeLine:
        activity, which, id_ = key
        if id_ is None:
            return TreeLine("computed", level, "Exchange differences", None, amounts)
        one = self._reader.accounts[id_]
        return TreeLine("account", level, _name(one, activity, which), one.code, amounts)

    def _place(self, key: Key) -> tuple[bool, str]:
        return key[2] is None, "" if key[2] is None else self._reader.accounts[key[2]].code

    def _beside(self, amounts: Sequence[Decimal]) -> Amounts:
        return self._layout.amounts(amounts)


def _keyed(found: CashFlows) -> Iterator[tuple[Key, Decimal]]:
    yield PROFIT_LINE, found.profit
    yield EXCHANGE_LINE, found.exchange
    for id_, amount in found.adjustments.items():
        yield (OPERATING, ADJUSTMENT, id_), amount
    for id_, amount in found.working_capital.items():
        yield (OPERATING, CHANGE, id_), amount
    for activity in ACTIVITIES:
        for id_, one in found.flows[activity].items():
            yield (activity, RECEIVED, id_), one.received
            yield (activity, PAID, id_), CONTEXT.minus(one.paid)


def _headings(activity: str, method: str) -> tuple[tuple[str, str], ...]:
    if activity != OPERATING:
        return (RECEIVED, ""), (PAID, "")
    if method == DIRECT:
        return (RECEIVED, "Receipts"), (PAID, "Payments")
    return (ADJUSTMENT, "Adjustments"), (CHANGE, "Changes in working capital")


def _name(account: ReportAccount, activity: str, which: str) -> str:
    return account.name if activity == OPERATING else f"{account.name}, {which}"


def _net(found: CashFlows) -> Decimal:
    return CONTEXT.subtract(CONTEXT.subtract(found.closing, found.opening), found.rate_effect)


def _only(days: Sequence[str]) -> str:
    """The date of one column; of several each stands above its own."""
    return f" of {days[0]}" if len(days) == 1 else ""


def _unpaid(reader: Reader, legs: Collection[Legs]) -> Iterator[str]:
    sums: dict[UUID, Decimal] = {}
    for leg in legs:
        sums[leg.account] = CONTEXT.add(sums.get(leg.account, ZERO), leg.unpaid)
    shown = sorted((reader.accounts[one].code, one, amount) for one, amount in sums.items() if amount)
    if len(shown) > MOST_NAMED:
        yield f"{UNPAID}: {len(shown)} accounts"
    elif shown:
        texts = []
        for code, id_, amount in shown:
            currency = reader.accounts[id_].currency
            texts.append(f"{code} {plain(at_scale(amount, reader.scales[currency]))} {currency}")
        yield f"{UNPAID}; debit positive: {', '.join(texts)}"
