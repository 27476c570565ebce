"""Reports of payment processors: which lines their rows make, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recon.statements.errors import ColumnMapRefused
from recon.statements.parsers import shapes
from recon.statements.parsers.columns import TOTALS, ColumnMap
from recon.statements.parsers.fingerprints import fingerprints
from recon.statements.parsers.reading import read_statements
from recon.statements.parsers.shapes import ParsedLine, ParsedStatement
from tests.statements.payouts.reports import (
    BATCHES,
    BATCHES_MAP,
    ITEMIZED,
    ITEMIZED_MAP,
    REPORTS,
    SETTLEMENT,
    SETTLEMENT_MAP,
    WALLET,
    WALLET_MAP,
)
from tests.statements.samples import check, refusal

pytestmark = pytest.mark.pure

SMALL = ColumnMap(
    booking_date="day", amount="gross", fee="fee", net="net", payout="payout", customer_reference="id",
    fixed_currency="EUR",
)  # fmt: skip
HEADER = "day,gross,fee,net,payout,id\n"


def read(text: str, columns: ColumnMap) -> ParsedStatement:
    file = read_statements(text.encode(), columns)
    check(file)
    (statement,) = file.statements
    assert all(line.raw for line in statement.lines)
    return statement


def told(text: str, columns: ColumnMap) -> list[tuple[str, str, str, str]]:
    """Day, amount, the references together, and text of each line."""
    return [
        (
            f"{line.booking_date:%d}",
            str(line.amount),
            f"{line.bank_reference}/{line.end_to_end}/{line.customer_reference}",
            line.text,
        )
        for line in read(text, columns).lines
    ]


def small(*rows: str, columns: ColumnMap = SMALL) -> list[tuple[str, str]]:
    """Amount and payout of each line."""
    text = HEADER + "".join(f"2026-03-02,{row}\n" for row in rows)
    return [(str(line.amount), line.bank_reference) for line in read(text, columns).lines]


def test_gross_fee_and_payout_by_rows() -> None:
    assert told(ITEMIZED, ITEMIZED_MAP) == [
        ("02", "120.00", "po_1A//txn_01", "Order 7001"),
        ("02", "-3.78", "po_1A//txn_01", "Fee Order 7001"),
        ("03", "40.00", "po_1B//txn_02", "Order 7002"),
        ("03", "-1.41", "po_1B//txn_02", "Fee Order 7002"),
        ("05", "-38.59", "po_1B//", "Payout po_1B"),
        ("02", "59.50", "po_1A//txn_03", "Order 7003"),
        ("02", "-2.02", "po_1A//txn_03", "Fee Order 7003"),
        ("03", "-20.00", "po_1A//txn_04", "Refund for order 7001"),
        ("03", "0.58", "po_1A//txn_04", "Fee Refund for order 7001"),
        ("03", "-1.50", "po_1A//txn_05", "Monthly account fee"),
        ("04", "-152.78", "po_1A//", "Payout po_1A"),
        ("03", "75.00", "//txn_06", "Order 7004"),
        ("03", "-2.48", "//txn_06", "Fee Order 7004"),
    ]


def test_the_example_of_the_docs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "statements.md").read_text().split("### Payouts of a processor")[1]
    saved, report = re.findall(r"```(?:json)?\n(.*?)```", page, re.DOTALL)[:2]
    assert [amount for _, amount, *_ in told(report, ColumnMap.from_dict(json.loads(saved)))] == [
        "120.00", "-3.78", "-20.00", "0.58", "-96.80", "75.00", "-2.48",
    ]  # fmt: skip


def test_only_totals_of_payouts() -> None:
    """What is not paid out yet waits for the total of its payout."""
    columns = replace(ITEMIZED_MAP, payout_lines=TOTALS)
    assert told(ITEMIZED, columns) == [
        ("03", "40.00", "po_1B//", "Gross of payout po_1B"),
        ("03", "-1.41", "po_1B//", "Fee of payout po_1B"),
        ("05", "-38.59", "po_1B//", "Payout po_1B"),
        ("03", "158.00", "po_1A//", "Gross of payout po_1A"),
        ("03", "-5.22", "po_1A//", "Fee of payout po_1A"),
        ("04", "-152.78", "po_1A//", "Payout po_1A"),
    ]
    assert read(ITEMIZED, columns).lines[3].raw == "Rows on the lines 2, 4, 5, 6"
    nothing = HEADER + "2026-03-02,5,1,4,,a\n"
    assert "not paid out yet" in refusal(nothing, replace(SMALL, payout_lines=TOTALS)).message


def test_a_wallet_with_a_balance_proves_itself_by_the_net() -> None:
    statement = read(WALLET, WALLET_MAP)
    assert statement.is_proven
    assert [str(one.amount) for one in (statement.opening, statement.closing) if one] == ["100.00", "74.75"]
    assert told(WALLET, WALLET_MAP) == [
        ("02", "1050.00", "8AB01//", "Express Checkout Payment"),
        ("02", "-26.50", "8AB01//", "Fee Express Checkout Payment"),
        ("02", "-50.00", "8AB02//", "Payment Refund"),
        ("02", "1.25", "8AB02//", "Fee Payment Refund"),
        ("03", "-1000.00", "8AB03//", "General Withdrawal"),
    ]
    assert refusal(WALLET.replace("74,75", "74,76"), WALLET_MAP).code == "statement_balances_disagree"


def test_a_payout_that_is_a_row_itself_leaves_nothing_to_take_out() -> None:
    assert told(BATCHES, BATCHES_MAP) == [
        ("02", "97.20", "PSP00001/41/order-1", "Settled"),
        ("02", "-10.25", "PSP00002/41/order-2", "Refunded"),
        ("03", "-86.95", "/41/TX0041 batch 41", "MerchantPayout"),
    ]


def test_costs_that_are_rows() -> None:
    assert [row[1] for row in told(SETTLEMENT, SETTLEMENT_MAP)] == ["25.00", "75.00", "-2.64", "-97.36"]


def test_with_the_net_each_row_proves_the_sign_of_its_fee() -> None:
    """A cost is written positive or negative, and so is a fee that was given back."""
    assert small("10,1,9,,a", "10,-1,9,,b", "-10,-1,-9,,c", "-10,1,-9,,d", "-10,1,-11,,e", "10,,10,,f") == [
        ("10", ""), ("-1", ""), ("10", ""), ("-1", ""), ("-10", ""), ("1", ""), ("-10", ""), ("1", ""), ("-10", ""),
        ("-1", ""), ("10", ""),
    ]  # fmt: skip


def test_without_the_net_every_fee_is_a_cost() -> None:
    rows = ("10,1,,,a", "10,-1,,,b", "-10,-1,,,c")
    assert [amount for amount, _ in small(*rows, columns=replace(SMALL, net=None))] == [
        "10", "-1", "10", "-1", "-10", "-1",
    ]  # fmt: skip


def test_a_fee_beside_two_columns_or_a_column_of_signs() -> None:
    two = ColumnMap(booking_date=1, debit=2, credit=3, fee=4, net=5, fixed_currency="EUR", has_header=False)
    assert [row[1] for row in told("2026-03-02,,10,1,9\n2026-03-02,10,,1,-11\n", two)] == ["10", "-1", "-10", "-1"]
    signs = replace(two, debit=None, credit=None, net=None, amount=2, sign=3, money_out=("DR",))
    assert [row[1] for row in told("2026-03-02,10,CR,1\n2026-03-02,10,DR,1\n", signs)] == ["10", "-1", "-10", "-1"]


def test_a_net_that_is_another_one_is_refused_with_the_difference() -> None:
    error = refusal(HEADER + "2026-03-02,10,1,9,,a\n2026-03-02,10.00,0.50,9.51,,b\n", SMALL)
    assert (error.code, error.data) == (
        "statement_net_disagrees",
        {"line": 3, "amount": "10.00", "fee": "0.50", "computed": "9.50", "net": "9.51", "difference": "0.01"},
    )
    assert "is not an amount" in refusal(HEADER + "2026-03-02,10,0,,,a\n", SMALL).message


def test_nothing_makes_a_line_of_zero() -> None:
    assert small("0,1,-1,p,a", "0,0,0,p,b", "1,0,1,p,c") == [("-1", "p"), ("1", "p")], "the payout is zero"
    assert "all are zero" in refusal(HEADER + "2026-03-02,0,0,0,p,a\n", SMALL).message


def test_a_payout_may_be_drawn_from_the_bank() -> None:
    assert small("-5,1,-6,p,a") == [("-5", "p"), ("-1", "p"), ("6", "p")]


@pytest.mark.parametrize("word", ["", "NONREF", "  "])
def test_without_an_id_there_is_no_payout(word: str) -> None:
    assert small(f"5,1,4,{word},a") == [("5", ""), ("-1", "")]


def test_the_day_of_a_payout_is_one() -> None:
    columns = replace(SMALL, payout_date="paid", net=None)
    header = "day,gross,fee,payout,id,paid\n"
    rows = ["2026-03-02,5,0,p,a,2026-03-06\n", "2026-03-03,6,0,q,b,2026-03-07\n", "2026-03-03,7,0,,c,\n"]
    assert [line.booking_date.day for line in read(header + "".join(rows), columns).lines] == [2, 6, 3, 7, 3]
    error = refusal(header + "".join(rows) + "2026-03-03,7,0,p,d,2026-03-07\n", columns)
    assert error.message == "Line 5: The payout 'p' is of 2026-03-07, and on line 2 it is of 2026-03-06."
    assert "not a date" in refusal(header + "2026-03-03,7,0,p,d,\n", columns).message


def test_rows_in_two_currencies_are_refused() -> None:
    text = "day,gross,payout,cur\n2026-03-02,5,p,EUR\n2026-03-02,5,p,USD\n"
    columns = ColumnMap(booking_date="day", amount="gross", payout="payout", currency="cur")
    assert "is in USD" in refusal(text, columns).message


def test_the_payout_is_a_reference_wherever_there_is_room() -> None:
    text = "day,gross,payout,a,b,c,t\n2026-03-02,5,p-1,x,y,z,words\n"
    columns = ColumnMap(booking_date="day", amount="gross", payout="payout", fixed_currency="EUR", text="t")
    for given, found in (
        ({}, ("p-1", "", "", "words")),
        ({"bank_reference": "a"}, ("x", "p-1", "", "words")),
        ({"bank_reference": "a", "end_to_end": "b"}, ("x", "y", "p-1", "words")),
        ({"bank_reference": "a", "end_to_end": "b", "customer_reference": "c"}, ("x", "y", "z", "p-1 words")),
    ):
        line = read(text, replace(columns, **given)).lines[0]  # type: ignore[arg-type]  # names of columns
        assert (line.bank_reference, line.end_to_end, line.customer_reference, line.text) == found


def prints(text: str, columns: ColumnMap) -> dict[str, ParsedLine]:
    lines = read(text, columns).lines
    return dict(zip(fingerprints(lines), lines, strict=True))


@pytest.mark.parametrize("name", REPORTS)
def test_the_same_report_twice_has_the_same_fingerprints(name: str) -> None:
    text, columns = REPORTS[name]
    assert prints(text, columns) == prints(text, columns)
    assert len(prints(text, columns)) == len(read(text, columns).lines)


@pytest.mark.parametrize("columns", [ITEMIZED_MAP, replace(ITEMIZED_MAP, bank_reference="created", end_to_end="net")])
def test_what_was_waiting_is_the_same_line_when_it_is_paid_out(columns: ColumnMap) -> None:
    """Also where the id is in the text, since each reference has a column."""
    later = ITEMIZED.replace(",,txn_06", "po_1C,2026-03-06 00:00:00,txn_06")
    new = prints(later, columns).keys() - prints(ITEMIZED, columns).keys()
    assert [prints(later, columns)[one].text for one in new] == ["Payout po_1C"]
    assert not prints(ITEMIZED, columns).keys() - prints(later, columns).keys()


@pytest.mark.parametrize(
    "columns", [SETTLEMENT_MAP, replace(SETTLEMENT_MAP, bank_reference="ID", end_to_end="Payment method")]
)
def test_costs_of_two_payouts_without_a_reference_are_two(columns: ColumnMap) -> None:
    """Each payout has a file of its own, and both have a cost of the same day and amount."""
    later = SETTLEMENT.replace("1234567.2603.01", "1234567.2603.02")
    new = prints(later, columns).keys() - prints(SETTLEMENT, columns).keys()
    assert sorted(str(prints(later, columns)[one].amount) for one in new) == ["-2.64", "-97.36"]


def test_a_payout_that_has_grown_is_another_line() -> None:
    grown = ITEMIZED.replace(",,txn_06", "po_1B,2026-03-05 00:00:00,txn_06")
    new = prints(grown, ITEMIZED_MAP).keys() - prints(ITEMIZED, ITEMIZED_MAP).keys()
    assert [str(prints(grown, ITEMIZED_MAP)[one].amount) for one in new] == ["-111.11"]


def test_the_limit_counts_lines_and_not_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = HEADER + "2026-03-02,5,1,4,p,a\n" * 2
    monkeypatch.setattr(shapes, "MAX_LINES", 5)
    assert len(read(rows, SMALL).lines) == 5
    monkeypatch.setattr(shapes, "MAX_LINES", 4)
    assert refusal(rows, SMALL).code == "statement_too_large"


def test_maps_go_through_json_and_back() -> None:
    for _, columns in REPORTS.values():
        assert ColumnMap.from_dict(columns.to_dict()) == columns
    saved = replace(SMALL, payout_lines=TOTALS).to_dict()
    assert (saved["payout_lines"], saved["payout"]) == ("totals", "payout")
    assert "payout_lines" not in SMALL.to_dict()


GOOD: dict[str, Any] = {"booking_date": "D", "amount": "A", "fixed_currency": "EUR"}


@pytest.mark.parametrize(
    "change,pointer,words",
    [
        ({"net": "N"}, "/net", "needs the column of the fee"),
        ({"net": "N", "fee": "F", "sign": "S", "money_out": ["D"]}, "/net", "sign of its own"),
        ({"payout_date": "P"}, "/payout_date", "needs the column of the payout"),
        ({"payout_lines": "totals"}, "/payout_lines", "needs the column of the payout"),
        ({"payout": "P", "payout_lines": "sums"}, "/payout_lines", "one of 'rows', 'totals'"),
        ({"payout": "P", "payout_lines": None}, "/payout_lines", "one of"),
        ({"payout": "P", "balance": "B"}, "/balance", "payouts are lines that the file does not have"),
        ({"payout": "P", "bank_reference": "P"}, "/bank_reference", "is a reference on all its lines already"),
        ({"fee": 0}, "/fee", "a column is"),
        ({"fee": True}, "/fee", "a column is"),
        ({"payout": ["P"]}, "/payout", "a column is"),
    ],
)
def test_a_map_of_nonsense_is_refused(change: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(ColumnMapRefused) as caught:
        ColumnMap.from_dict(GOOD | change)
    assert (caught.value.pointer, words in caught.value.message) == (pointer, True)
