"""Whatever a processor reports: the lines of a payout are zero in sum, and totals are the sums of the rows."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.statements.errors import StatementBroken, StatementRefused
from recon.statements.parsers.columns import TOTALS, ColumnMap
from recon.statements.parsers.csv_lines import read_csv_lines
from recon.statements.parsers.fingerprints import fingerprints
from recon.statements.parsers.shapes import ParsedLine
from tests.statements.payouts.reports import REPORTS
from tests.statements.samples import check

pytestmark = pytest.mark.pure

COLUMNS = ColumnMap(
    booking_date="day", amount="gross", fee="fee", net="net", payout="payout", customer_reference="id",
    fixed_currency="EUR",
)  # fmt: skip
cents = st.integers(-100_000, 100_000).map(lambda value: Decimal(value).scaleb(-2))


@st.composite
def rows(draw: st.DrawFn) -> list[tuple[Decimal, Decimal, str, str, str]]:
    """Gross, fee, the fee as it is written, payout and id of each row."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        gross, fee = draw(cents), draw(cents)
        written = draw(st.sampled_from([str(fee), str(-fee)])) if fee else draw(st.sampled_from(["", "0.00"]))
        found.append((gross, fee, written, draw(st.sampled_from(["", "po_1", "po_2", "po_3"])), f"tx{number % 5}"))
    return found


def lines_of(report: list[tuple[Decimal, Decimal, str, str, str]], columns: ColumnMap) -> tuple[ParsedLine, ...]:
    """The lines of a report; none where it makes none."""
    told = [f"2026-03-02,{gross},{written},{gross - fee},{payout},{id_}" for gross, fee, written, payout, id_ in report]
    with suppress(StatementBroken):
        file = read_csv_lines("\n".join(["day,gross,fee,net,payout,id", *told]).encode(), columns)
        check(file)
        return file.statements[0].lines
    return ()


@settings(max_examples=60)
@given(rows())
def test_the_lines_of_a_payout_are_zero_in_sum(report: list[tuple[Decimal, Decimal, str, str, str]]) -> None:
    lines = lines_of(report, COLUMNS)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.bank_reference] += line.amount
    waiting = sum((gross - fee for gross, fee, _, payout, _ in report if not payout), Decimal(0))
    assert sums.pop("", Decimal(0)) == waiting
    assert not any(sums.values())
    assert len(set(fingerprints(lines))) == len(lines)


@settings(max_examples=60)
@given(rows())
def test_totals_are_the_sums_of_the_rows(report: list[tuple[Decimal, Decimal, str, str, str]]) -> None:
    wanted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for gross, fee, _, payout, _ in report:
        if payout:
            for what, amount in (("Gross of payout", gross), ("Fee of payout", -fee), ("Payout", fee - gross)):
                wanted[f"{what} {payout}", payout] += amount
    found = {
        (line.text, line.bank_reference): line.amount
        for line in lines_of(report, replace(COLUMNS, payout_lines=TOTALS))
    }
    assert found == {key: amount for key, amount in wanted.items() if amount}


@settings(max_examples=50)
@given(rows(), st.integers(0, 12))
def test_rows_that_come_again_have_the_same_fingerprints(
    report: list[tuple[Decimal, Decimal, str, str, str]], count: int
) -> None:
    """The first export has the first rows, of which none is paid out yet."""
    first = [(*row[:3], "", row[4]) for row in report[:count]]
    if first:
        known = set(fingerprints(lines_of(first, COLUMNS)))
        assert known <= set(fingerprints(lines_of(report, COLUMNS)))


@pytest.mark.parametrize("name", REPORTS)
@settings(max_examples=40)
@given(st.data())
def test_nonsense_is_refused_or_read(name: str, data: st.DataObject) -> None:
    """Cells swapped, left out and doubled: a refusal, or lines that add up, and nothing else."""
    text, columns = REPORTS[name]
    cells = text.replace(";", ",").split(",")
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(cells) - 1))
        other = data.draw(st.sampled_from([*cells, "", "-", "1e9", "po_1A", "\n", '"', "9" * 30]))
        cells[place : place + 1] = data.draw(st.sampled_from([[other], [], [other, other]]))
    with suppress(StatementRefused):
        check(read_csv_lines(columns.delimiter.join(cells).encode(), columns))
