"""Books of several currencies on their way into empty ones: what movements were worth comes along."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

from bench.roundtrip.moving import moved
from bench.roundtrip.statements import compared, statements
from fx.deals.settlement import reverse_settlement
from fx.functional.own_rates import carried_value, carry_at
from fx.functional.portable_rates import rate_of
from fx.revaluation.auto_reversal import revalue_day
from journals.events import read_fact
from journals.models import Journal
from tests.builders import TODAY, a_transfer, posted
from tests.functional.worksheets import income
from tests.importing import csv_file, run_command
from tests.trading import a_dollar_house, an_exchange


def test_deals_and_own_rates_are_worth_the_same_in_the_new_books(tmp_path: Path) -> None:
    """1,000.00 dollars at 1.25, 100.00 carried at 1.00; 77.77 euro exchanged with a spread, and 11.11 taken back."""
    house = a_dollar_house(TODAY)
    agreed = posted(house, a_transfer("BANK-USD", "SALES-USD", "100.00"))
    carry_at(house.id, read_fact(agreed.journal).id, "1.00", key="agreed", actor="test")
    an_exchange(house, "BANK-EUR", "BANK-USD", "77.77", spread="1")
    wrong = an_exchange(house, "BANK-EUR", "BANK-USD", "11.11", spread="0.3")
    reverse_settlement(house.id, wrong.settlement.id, key="back", actor="test")
    revalue_day(house.id, TODAY, actor="test")
    again = moved(house, tmp_path)
    every = statements(house, [TODAY], ["BANK-EUR", "BANK-USD"], functional=True)
    asked = [one for one in every if "functional" in one.name]
    assert compared(house, again, asked).differences == []
    assert income(again, TODAY, TODAY)["SALES-USD"] == "900.00"
    kinds = Journal.objects.filter(entity=again).values_list("metadata__original_kind", flat=True)
    assert set(kinds) == {None, "fx_settlement", "fx_revaluation"}
    own = tmp_path / f"{house.code}-own_rates.csv"
    told = run_command("import_own_rates", own, "--entity", again.code)
    assert told == "given 0, there already 3, refused 0\n"
    assert Decimal(own.read_text().splitlines()[1].split(",")[2]) == 1


def test_a_rate_gives_what_stands_on_the_accounts_before_the_spread() -> None:
    """97.21 dollars at 1.25, of which 0.68 are spread: worth 77.77, 77.22, and what is left, 0.55 instead of 0.54."""
    amounts = [Decimal("97.21"), Decimal("96.53"), Decimal("0.68")]
    rate = rate_of(amounts, [Decimal("77.77"), Decimal("77.22"), Decimal("0.55")], Decimal("0.005"))
    assert [carried_value(amount, rate, 2, "half_even") for amount in amounts] == [
        Decimal("77.77"), Decimal("77.22"), Decimal("0.54"),
    ]  # fmt: skip


def test_rates_that_no_journal_can_have_are_named(tmp_path: Path) -> None:
    house = a_dollar_house(TODAY)
    file = csv_file(tmp_path / "x.csv", ("journal", "currency", "rate"), ("journal:absent", "USD", "1"), ("short",))
    with pytest.raises(CommandError, match="Some rates were refused") as caught:
        run_command("import_own_rates", file, "--entity", house.code)
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="has the columns journal, currency, rate"):
        run_command("import_own_rates", csv_file(tmp_path / "y.csv", ("a", "b")), "--entity", house.code)
