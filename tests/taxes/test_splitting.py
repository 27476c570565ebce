"""Net and tax of an amount. Rates are those of the countries named; figures are typed in from a calculator."""

from __future__ import annotations

from decimal import Decimal

import pytest

from journals.taxes.splitting import Split, split

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "amount, rate, minor_units, gross, net, tax",
    [
        ("100.00", "19", 2, False, "100.00", "19.00"),  # Germany
        ("119.00", "19", 2, True, "100.00", "19.00"),
        ("-119.00", "19", 2, True, "-100.00", "-19.00"),
        ("100.00", "5.5", 2, False, "100.00", "5.50"),  # France
        ("9.99", "20", 2, True, "8.32", "1.67"),  # 1.665 exactly: halves go up
        ("-9.99", "20", 2, True, "-8.32", "-1.67"),
        ("0.10", "25", 2, False, "0.10", "0.03"),  # Sweden: 0.025 exactly
        ("0.01", "19", 2, False, "0.01", "0.00"),
        ("1000", "10", 0, True, "909", "91"),  # Japan
        ("1.005", "5", 3, False, "1.005", "0.050"),  # Oman: 0.05025
        ("100.00", "9.9750", 2, False, "100.00", "9.98"),  # Quebec: 9.975
        ("100.00", "0", 2, True, "100.00", "0.00"),
        ("200.00", "100", 2, True, "100.00", "100.00"),
        ("99999999999999999999.99", "19", 2, True, "84033613445378151260.50", "15966386554621848739.49"),
    ],
)
def test_each_line_is_rounded_for_itself(
    amount: str, rate: str, minor_units: int, gross: bool, net: str, tax: str
) -> None:
    found = split(Decimal(amount), Decimal(rate), minor_units, gross=gross)
    assert found == Split(Decimal(net), Decimal(tax))
    assert found.tax.as_tuple().exponent == -minor_units
