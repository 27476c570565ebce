"""Fiscal years, the tree of accounts and translation, by themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from fx.rates.report_rates import Rates, RateUsed, RateWanted
from reports.currencies.translation import Factors, Piece, YearOf, average, closing, differences, rounded, terms
from reports.reading.columns import compared
from reports.reading.declared import declared_cash_flows, declared_terms
from reports.reading.tree import ReportsDisagreeError, TreeLine, lines_of, rows_of, section, total_of
from reports.reading.years import Year, in_quarters, year_around, year_of, years_between

pytestmark = pytest.mark.pure

D = Decimal


def day(text: str) -> date:
    return date.fromisoformat(text)


def spans(found: list[Year]) -> list[str]:
    return [f"{one.start}..{one.end}" for one in found]


FISCAL = [Year(day("2024-07-01"), day("2025-06-30")), Year(day("2025-07-01"), day("2026-06-30"))]


@pytest.mark.parametrize(
    "periods, first, last, expected",
    [
        pytest.param([], "2025-05-05", "2025-12-31", ["2025-01-01..2025-12-31"], id="a calendar year"),
        pytest.param(
            [], "2024-05-05", "2026-02-03",
            ["2024-01-01..2024-12-31", "2025-01-01..2025-12-31", "2026-01-01..2026-02-03"], id="cut off at the end",
        ),
        pytest.param(
            FISCAL, "2024-08-01", "2025-09-30", ["2024-07-01..2025-06-30", "2025-07-01..2025-09-30"], id="fiscal years"
        ),
        pytest.param(
            FISCAL, "2024-02-01", "2026-12-31",
            ["2024-01-01..2024-06-30", "2024-07-01..2025-06-30", "2025-07-01..2026-06-30", "2026-07-01..2026-12-31"],
            id="calendar years around them",
        ),
    ],
)  # fmt: skip
def test_fiscal_years_follow_each_other_without_gaps(
    periods: list[Year], first: str, last: str, expected: list[str]
) -> None:
    assert spans(years_between(periods, day(first), day(last))) == expected


def test_a_day_is_of_the_year_that_holds_it() -> None:
    years = years_between([], day("2024-05-01"), day("2026-03-02"))
    assert [year_of(years, day(one)).start.year for one in ("2024-05-01", "2025-12-31", "2026-01-01")] == [
        2024, 2025, 2026,
    ]  # fmt: skip


def test_the_year_around_a_day_has_its_days_to_come() -> None:
    assert spans([year_around(FISCAL, day("2025-09-30")), year_around([], day("2027-02-01"))]) == [
        "2025-07-01..2026-06-30", "2027-01-01..2027-12-31",
    ]  # fmt: skip


def test_months_of_the_calendar_where_no_fiscal_ones_are() -> None:
    fiscal = [Year(day("2026-02-01"), day("2026-02-28"))]
    found = years_between(fiscal, day("2026-01-15"), day("2026-03-02"), months=True)
    assert spans(found) == ["2026-01-01..2026-01-31", "2026-02-01..2026-02-28", "2026-03-01..2026-03-02"]


def test_a_year_is_named_by_its_number_or_its_dates() -> None:
    assert Year(day("2026-01-01"), day("2026-02-03")).name == "2026"
    assert Year(day("1900-01-01"), day("2025-12-31")).name == "earlier years to 2025-12-31"
    assert FISCAL[0].name == "2024-07-01 to 2025-06-30"


# --- the tree ------------------------------------------------------------------------------------


class Node(NamedTuple):
    id: UUID
    code: str
    name: str
    parent_id: UUID | None = None
    is_header: bool = False


def tree(**parents: str) -> dict[str, Node]:
    """Nodes by code, in the order given; names are the codes, headers are those that are somebody's parent."""
    ids = {code: uuid4() for code in parents}
    return {
        code: Node(ids[code], code, code, ids[parent] if parent else None, code in parents.values())
        for code, parent in parents.items()
    }


def shown(lines: list[TreeLine]) -> list[str]:
    return [
        f"{'.' * line.level}{line.name} {'' if line.amounts is None else line.amounts[0]}".strip() for line in lines
    ]


def lines_for(nodes: dict[str, Node], *, zeros: bool = False, **amounts: str) -> list[TreeLine]:
    by_id = {node.id: node for node in nodes.values()}
    return lines_of(by_id, {nodes[code].id: (D(amount),) for code, amount in amounts.items()}, zeros=zeros)


def test_a_header_is_closed_by_its_subtotal_and_contra_accounts_subtract() -> None:
    nodes = tree(fixed="", land="fixed", machines="fixed", bought="machines", worn="machines", cash="")
    found = lines_for(nodes, bought="100", worn="-30", land="7", cash="5")
    assert shown(found) == [
        "cash 5", "fixed", ".land 7", ".machines", "..bought 100", "..worn -30", ".Total machines 70", "Total fixed 77",
    ]  # fmt: skip
    assert total_of(found, 1) == (D("82"),)


def test_zero_rows_and_headers_without_rows_are_hidden_until_asked_for() -> None:
    nodes = tree(a="", b="a", c="")
    assert shown(lines_for(nodes, b="0", c="0")) == []
    assert shown(lines_for(nodes, zeros=True, b="0", c="0")) == ["a", ".b 0", "Total a 0", "c 0"]


def test_an_account_that_no_way_leads_to_is_a_fault() -> None:
    nodes = tree(a="b", b="a", c="a")
    with pytest.raises(ReportsDisagreeError, match="does not lead"):
        lines_for(nodes, c="1")


def test_a_section_has_a_total_even_when_empty() -> None:
    assert shown(section("Assets", [], 1)) == ["Assets", "Total assets 0"]


def test_amounts_are_written_at_the_scale_of_the_currency() -> None:
    rows = rows_of([TreeLine("account", 0, "a", "a", (D("-0"), D("1.5")))], ("one", "other"), 3)
    assert rows[0].amounts == {"one": "0.000", "other": "1.500"}


def test_where_only_a_name_is_printed_no_amount_is() -> None:
    """A heading, and at either end of a report the columns that a balance does not have."""
    lines = [TreeLine("heading", 0, "Cash", "1000", None), TreeLine("account", 1, "Till", "1001", (D(5),))]
    assert [row.amounts for row in rows_of(lines, ("one", "other"), 2)] == [{}, {"one": "5.00"}]


# --- translation ---------------------------------------------------------------------------------

Y1, Y2 = Year(day("2024-01-01"), day("2024-12-31")), Year(day("2025-01-01"), day("2025-12-31"))


def rates(**shown: str) -> Rates:
    """USD to EUR: c1, c2 at the ends of two years, a1, a2 on average, e at the day of the contribution."""
    wanted = {
        "c1": closing("USD", Y1.end), "c2": closing("USD", Y2.end), "a1": average("USD", Y1),
        "a2": average("USD", Y2), "e": closing("USD", day("2024-01-10")),
    }  # fmt: skip
    return Rates({wanted[name]: RateUsed(Fraction(rate), name) for name, rate in shown.items()})


def test_exchange_differences_as_on_the_worksheet() -> None:
    """Capital 1,000 at 0.90; result 200 at 0.92, year end 0.95; result 300 at 0.85, year end 0.80.

    2024: 1,000 x (0.95 - 0.90) = 50.00 and 200 x (0.95 - 0.92) = 6.00.
    2025: 1,200 x (0.80 - 0.95) = -180.00 and 300 x (0.80 - 0.85) = -15.00.
    Net assets 1,500 x 0.80 = 1,200 = 900 + 184 + 255 - 139.
    """
    years = [
        YearOf(Y1, D(0), D("1200"), D("200"), [(day("2024-01-10"), D("1000"))]),
        YearOf(Y2, D("1200"), D("1500"), D("300"), []),
    ]
    factors = Factors("EUR", rates(c1="0.95", c2="0.80", a1="0.92", a2="0.85", e="0.90"))
    found = differences("USD", years, factors)
    assert list(map(str, [found.equity, found.result, found.net_assets, found.total])) == ["50", "-9", "-180", "-139"]
    assert {piece.rate for _, piece in terms("USD", years)} == set(factors.rates.used)


def test_net_assets_that_nothing_moved_are_a_fault() -> None:
    years = [YearOf(Y1, D(0), D("1201"), D("200"), [(day("2024-01-10"), D("1000"))])]
    with pytest.raises(ReportsDisagreeError, match="do not follow from what moved them in 2024"):
        differences("USD", years, Factors("EUR", rates()))


def test_the_target_needs_no_rate() -> None:
    assert Factors("EUR", Rates({})).value([Piece(D("1.10"), RateWanted("EUR", "closing", Y1.end))]) == Fraction("1.1")


@pytest.mark.parametrize(
    "amount, mode, expected",
    [
        ("1/3", "ROUND_HALF_EVEN", "0.33"),
        ("1/8", "ROUND_HALF_EVEN", "0.12"),
        ("1/8", "ROUND_HALF_UP", "0.13"),
        ("-1/8", "ROUND_HALF_UP", "-0.13"),
        ("-1/1000", "ROUND_HALF_UP", "0.00"),
    ],
)
def test_a_translated_amount_is_rounded_once(amount: str, mode: str, expected: str) -> None:
    assert str(rounded(Fraction(amount), 2, mode)) == expected


def test_quarters_count_from_the_start_of_the_fiscal_year() -> None:
    years = [Year(day("2025-02-01"), day("2026-01-31")), Year(day("2026-02-01"), day("2026-06-15"))]
    months = years_between([], day("2025-12-10"), day("2026-06-15"), months=True)
    assert spans(in_quarters(months, years)) == [
        "2025-12-01..2026-01-31", "2026-02-01..2026-04-30", "2026-05-01..2026-06-15",
    ]  # fmt: skip


def test_what_a_header_declares_holds_below_it() -> None:
    class Declared(NamedTuple):
        parent_id: UUID | None
        cash_flow: str = ""
        term: str = ""

    top, header, plain_one, own, alone = (UUID(int=number) for number in range(5))
    accounts = {
        top: Declared(None, "investing", "non_current"), header: Declared(top, "", "current"),
        plain_one: Declared(header), own: Declared(header, "cash"), alone: Declared(None),
    }  # fmt: skip
    assert list(declared_terms(accounts).values()) == ["non_current", "current", "current", "current", ""]
    assert list(declared_cash_flows(accounts).values()) == ["investing"] * 3 + ["cash", ""]
    assert list(declared_terms({alone: accounts[alone]}).values()) == [""]


@pytest.mark.parametrize(
    "titles, change, expected",
    [
        (["a"], "percent", ["amount"]),
        (["a", "b"], "usual", ["amount", "compare", "change"]),
        (["a", "b"], "none", ["amount", "compare"]),
        (["a", "b", "c"], "usual", ["amount", "compare", "compare_2"]),
        (["a", "b", "c"], "amount", ["amount", "compare", "compare_2", "change", "change_2"]),
        (["a", "b"], "percent", ["amount", "compare", "change", "change_percent"]),
    ],
)
def test_columns_beside_each_other(titles: list[str], change: str, expected: list[str]) -> None:
    assert [column.key for column in compared(titles, change).printed()] == expected


def test_percentages_are_of_what_is_compared_with() -> None:
    lines = [TreeLine("account", 0, "One", "1", (Decimal(-5), Decimal(-3), Decimal(-2))),
             TreeLine("account", 0, "Two", "2", (Decimal(1), Decimal(0), Decimal(1)))]  # fmt: skip
    rows = compared(["a", "b"], "percent").rows(lines, 2)
    assert [row.amounts.get("change_percent") for row in rows] == ["-66.7", None]
