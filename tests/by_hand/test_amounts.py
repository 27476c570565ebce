"""What people type into a cell of an amount, and what it comes to."""

from __future__ import annotations

from decimal import Decimal

import pytest

from journals.by_hand.amounts import DEEPEST, MOST_CHARACTERS, Cell, UnitOfCell, calculate
from journals.by_hand.errors import CalculationImpossible, CalculationTooLong, CalculationUnreadable
from ledgerflow.core.errors import Malformed
from ledgerflow.core.locales.errors import AmountAmbiguous, AmountUnreadable
from ledgerflow.core.locales.numbers import FORMATS

pytestmark = pytest.mark.pure
ENGLISH, GERMAN = FORMATS["en"], FORMATS["de"]
EURO, YEN, UNKNOWN = UnitOfCell("EUR", 2), UnitOfCell("JPY", 0), UnitOfCell()


@pytest.mark.parametrize(
    "text, amount",
    [("4800", "4800"), ("25,000.00", "25000.00"), (" 25 000 EUR", "25000"), ("(5)", "-5"), ("-5", "-5"), ("+5", "5"),
     ("=5", "5"), ("\u22121.5", "-1.5"), ("5-", "-5")],
)  # fmt: skip
def test_a_number_is_read_as_in_any_field(text: str, amount: str) -> None:
    assert calculate(text, ENGLISH, EURO) == Cell(Decimal(amount))


@pytest.mark.parametrize(
    "text, unit, cell",
    [
        ("119/1.19", EURO, Cell(Decimal("100.00"), is_calculated=True)),
        ("=3*25", EURO, Cell(Decimal("75.00"), is_calculated=True)),
        ("3 \u00d7 25 \u2212 5", EURO, Cell(Decimal("70.00"), is_calculated=True)),
        ("2*(1+2)*-(3-5)", YEN, Cell(Decimal(12), is_calculated=True)),
        ("1-1", EURO, Cell(Decimal("0.00"), is_calculated=True)),
        ("-0*1", EURO, Cell(Decimal("0.00"), is_calculated=True)),
        ("25,000 + 1", EURO, Cell(Decimal("25001.00"), is_calculated=True)),
        ("0.125*1", EURO, Cell(Decimal("0.13"), is_calculated=True, exact=Decimal("0.125"))),
        ("-1/8", EURO, Cell(Decimal("-0.13"), is_calculated=True, exact=Decimal("-0.125"))),
        ("1/8", UNKNOWN, Cell(Decimal("0.125"), is_calculated=True)),
    ],
)
def test_cells_calculate_and_say_what_was_rounded(text: str, unit: UnitOfCell, cell: Cell) -> None:
    assert calculate(text, ENGLISH, unit) == cell


def test_cells_calculate_in_the_spelling_of_the_person() -> None:
    assert calculate("1.000,50*2 + 1/8", GERMAN, EURO) == Cell(
        Decimal("2001.13"), is_calculated=True, exact=Decimal("2001.125")
    )
    cell = calculate("100/3", GERMAN, EURO)
    assert (cell.amount, str(cell.exact)[:8]) == (Decimal("33.33"), "33.33333")
    with pytest.raises(AmountAmbiguous):
        calculate("25.000*2", ENGLISH, UNKNOWN)
    with pytest.raises(AmountAmbiguous, match=r"write 1085\.00 or 1\.0850"):
        calculate("1000*1.085", ENGLISH, EURO)
    assert calculate("1000*1.0850", ENGLISH, EURO).amount == Decimal("1085.00")


@pytest.mark.parametrize(
    "text, refusal",
    [
        ("", AmountUnreadable), ("abc", AmountUnreadable), ("1 2 3", AmountUnreadable), ("5%", AmountUnreadable),
        ("NaN", AmountUnreadable), ("(1", AmountUnreadable), ("()", AmountUnreadable), ("\u0663", AmountUnreadable),
        (".", AmountUnreadable), ("1,23,4", AmountUnreadable), ("\x00", AmountUnreadable), ("1e5", Malformed),
        ("1" * 21, Malformed), ("0." + "1" * 19, Malformed), ("1+" + "1" * 21, Malformed),
        ("1*", CalculationUnreadable), ("*2", CalculationUnreadable), ("1*(2", CalculationUnreadable),
        ("1*2)", CalculationUnreadable), ("1*x", CalculationUnreadable), ("5 5 /", AmountUnreadable),
        ("os.system(1/1)", CalculationUnreadable), ("1**2", CalculationUnreadable), ("1//2", CalculationUnreadable),
        ("1/0", CalculationImpossible), ("1/(2-2)", CalculationImpossible), ("0/0", CalculationImpossible),
        ("*".join(["9" * 20] * 9), CalculationImpossible), ("9" * 20 + "+1", CalculationImpossible),
        ("1" + "+1" * MOST_CHARACTERS, CalculationTooLong), ("2*" + "-" * 30 + "1", CalculationTooLong),
        ("(" * DEEPEST + "1+1" + ")" * DEEPEST, CalculationTooLong),
    ],
)  # fmt: skip
def test_nonsense_and_far_too_much_are_refused_by_name(text: str, refusal: type[Malformed]) -> None:
    for unit in (EURO, UNKNOWN):
        with pytest.raises(refusal) as caught:
            calculate(text, ENGLISH, unit)
        assert caught.value.code == "malformed"
