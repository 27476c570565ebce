from decimal import Decimal
from typing import Any

import pytest

from journals.portability.drafting import Drafting, JournalOptions, hledger_amount
from journals.portability.hledger import COLUMNS, GROUP_BY, Names, Survey, complete, survey, type_of
from ledgerflow.core.errors import Malformed
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

pytestmark = pytest.mark.pure

HEADER = [GROUP_BY, *COLUMNS.values()]


def rows(*lines: tuple[str, str, str, str]) -> list[FileRow]:
    """From (transaction, account, amount, commodity)."""
    return [
        FileRow(number, [txn, "2026-03-01", "Shop", "c1", "", account, amount, commodity, "note"])
        for number, (txn, account, amount, commodity) in enumerate(lines, 2)
    ]


def options(**given: Any) -> JournalOptions:
    return complete(JournalOptions(format="hledger", **given))


def holding(**holdings: set[str]) -> Survey:
    found = Survey()
    found.holdings = holdings
    return found


def test_the_survey_finds_what_each_account_holds_and_how_fine() -> None:
    found = survey(
        HEADER,
        [*rows(("1", "a", "1.50", "EUR"), ("1", "[b]", "-1,5", "EUR"), ("2", "a", "2", "X"), ("2", "c", "0.000", "Y")),
         FileRow(9, ["?"], "broken"), *rows(("3", "(v)", "1", "Z"), ("3", "a", "many", "Z"))],
        options(),
    )  # fmt: skip
    assert found.holdings == {"a": {"EUR", "X"}, "b": {"EUR"}}
    assert found.decimals == {"EUR": 2, "X": 0}


def test_the_survey_knows_what_the_rounding_account_will_hold() -> None:
    given = options(rounding_account="r", rounding_tolerance="0.01")
    found = survey(HEADER, rows(("1", "a", "1.51", "EUR"), ("1", "b", "-1.5", "EUR"), ("2", "a", "9", "X")), given)
    assert found.holdings["r"] == {"EUR"}


def test_commodities_that_cannot_be_a_code_want_to_be_mapped() -> None:
    lines = rows(("1", "a", "1", "$"), ("1", "b", "-1", ""))
    with pytest.raises(OptionProblem, match=r"the file has '', '\$'"):
        survey(HEADER, lines, options())
    found = survey(HEADER, lines, options(commodities={"$": "USD", "": "UNIT"}))
    assert found.holdings == {"a": {"USD"}, "b": {"UNIT"}}


def test_an_account_of_one_commodity_keeps_its_name_and_one_of_several_gets_a_code_for_each() -> None:
    names = Names(holding(a={"EUR"}, b={"EUR", "USD"}), {}, options(commodities={"$": "USD"}))
    assert names("a", "EUR") == ("a", "EUR")
    assert names("b", "$") == ("b [USD]", "USD")
    assert names("[b]", "EUR") == ("b [EUR]", "EUR")
    assert names("never seen", "EUR") == ("never seen", "EUR")


def test_codes_of_an_earlier_file_are_taken_up() -> None:
    existing = {"a": "EUR", "b [EUR]": "EUR", "b [USD]": "USD", "c": "USD"}
    names = Names(holding(a={"EUR", "USD"}, b={"EUR"}, c={"EUR"}), existing, options())
    assert names.codes == {
        ("a", "EUR"): "a",  # was alone in its file
        ("a", "USD"): "a [USD]",
        ("b", "EUR"): "b [EUR]",  # was one of two
        ("c", "EUR"): "c [EUR]",  # the plain code is taken by another currency
    }


def test_two_accounts_never_share_a_code() -> None:
    with pytest.raises(OptionProblem, match="would both be"):
        Names(holding(**{"a/b": {"EUR"}, "a-b": {"EUR"}}), {}, options(slash="-"))
    with pytest.raises(OptionProblem, match="would both be"):
        Names(holding(**{"a": {"EUR", "USD"}, "a [EUR]": {"EUR"}}), {}, options())


def test_a_slash_becomes_what_was_asked() -> None:
    assert Names(holding(**{"food/drink": {"EUR"}}), {}, options(slash="-")).codes == {
        ("food/drink", "EUR"): "food-drink"
    }


def test_an_unbalanced_virtual_posting_refuses_its_transaction() -> None:
    given = options()
    names = Names(holding(a={"EUR"}), {}, given)
    (item,) = Drafting(HEADER, given, "f" * 64, names).items(rows(("1", "a", "1", "EUR"), ("1", "(v)", "1", "EUR")))
    assert item.refusal is not None
    assert "virtual" in item.refusal.message


def test_a_transaction_becomes_a_draft_without_its_lines_of_nothing() -> None:
    given = options()
    names = Names(holding(a={"EUR"}, b={"EUR"}), {}, given)
    lines = rows(("1", "a", "1,50", "EUR"), ("1", "c", "0", "EUR"), ("1", "b", "-1,50", "EUR"))
    lines[0].cells[-1] = "x" * 600
    (item,) = Drafting(HEADER, given, "f" * 64, names).items(lines)
    assert item.wanted is not None
    assert [(line.account, line.amount, line.currency) for line in item.wanted.lines] == [
        ("a", Decimal("1.50"), "EUR"), ("b", Decimal("-1.50"), "EUR"),
    ]  # fmt: skip
    assert (item.wanted.description, item.wanted.external_reference) == ("Shop", "c1")
    assert len(item.wanted.lines[0].description) == 500


@pytest.mark.parametrize("text, expected", [("1.5", "1.5"), ("-1,5", "-1.5"), ("10", "10")])
def test_hledger_s_numbers(text: str, expected: str) -> None:
    assert hledger_amount(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["1,234.5", "1,2,3", "", "x"])
def test_a_number_that_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        hledger_amount(text)


def test_types_follow_the_longest_prefix_of_whole_parts() -> None:
    types = options(types={"Assets:Cards:": "liability", "b": "equity"}).types
    assert type_of("assets:bank", types, "asset") == "asset"
    assert type_of("Assets:cards:visa", types, "asset") == "liability"
    assert type_of("b:c", types, "asset") == "equity"
    assert type_of("bank", types, "expense") == "expense"
    assert type_of("Revenues:x", types, "asset") == "income"


@pytest.mark.parametrize("given", [
    {"columns": {"date": "date"}}, {"constants": {"date": "x"}}, {"group_by": "x"}, {"start_date": "2026-01-01"},
    {"commodities": {"$": "dollar"}}, {"types": {"a": "cash"}}, {"default_type": "cash"},
])  # fmt: skip
def test_options_that_do_not_go_with_hledger_say_so(given: dict[str, Any]) -> None:
    with pytest.raises(OptionProblem):
        options(**given)
