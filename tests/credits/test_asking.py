"""What callers ask for: how much, and how often."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from apps.credits.asking import amount_asked, check_owner, cost_asked, due_again, period_of, whole_amount
from apps.credits.definitions import Amount, Cost, OncePer, Operation
from apps.credits.errors import AmountNeeded, AmountNotWhole, AmountOfDefinition, AmountOutOfRange, CostRefused
from ledgerflow.core.errors import LedgerError, Malformed

pytestmark = pytest.mark.pure

FIXED = Operation("CONTENT_CREATION", "spend", Amount(fixed=5))
RANGE = Operation("CREDIT_SPEND", "spend", Amount(least="1", most="1000"))
DEFAULT = Operation("CREDIT_ADD", "grant", Amount(default="2.50", least="0.50", most=10))


class Body(msgspec.Struct):
    amount: msgspec.Raw = msgspec.Raw()


@pytest.mark.parametrize("text, amount", [("0", 0), ("100", 100), ("9" * 20, int("9" * 20)), (" 7 ", 7)])
def test_a_whole_number_is_an_amount(text: str, amount: int) -> None:
    body = msgspec.json.decode(f'{{"amount": {text}}}', type=Body)
    assert whole_amount(body.amount) == Decimal(amount)


def test_an_amount_may_be_left_out() -> None:
    for text in ("{}", '{"amount": null}'):
        assert whole_amount(msgspec.json.decode(text, type=Body).amount) is None


@pytest.mark.parametrize(
    "text",
    [
        "-5",
        "-0",
        "true",
        "false",
        "1e3",
        "1E3",
        "5.0",
        "0.1",
        '"5"',
        '""',
        "[5]",
        "{}",
        "9" * 21,
        '"\u0665"',
        "[" * 60 + "]" * 60,
    ],
)
def test_nothing_else_is_a_whole_number(text: str) -> None:
    body = msgspec.json.decode(f'{{"amount": {text}}}', type=Body)
    with pytest.raises(AmountNotWhole) as caught:
        whole_amount(body.amount)
    assert caught.value.pointer == "/amount"
    assert caught.value.data["text"] == text[:50]


def test_what_is_no_text_is_no_number_either() -> None:
    with pytest.raises(AmountNotWhole):
        whole_amount(msgspec.Raw(b"\xff"))


@pytest.mark.parametrize(
    "definition, given, amount",
    [
        (FIXED, None, "5"), (FIXED, "5", "5"), (FIXED, "5.00", "5"), (RANGE, "1", "1"), (RANGE, "1000", "1000"),
        (DEFAULT, None, "2.50"), (DEFAULT, "10", "10"), (DEFAULT, "0.50", "0.50"),
    ],
)  # fmt: skip
def test_the_definition_says_how_much(definition: Operation, given: str | None, amount: str) -> None:
    assert amount_asked(definition, None if given is None else Decimal(given)) == Decimal(amount)


@pytest.mark.parametrize(
    "definition, given, refusal, words",
    [
        (FIXED, "6", AmountOfDefinition, "CONTENT_CREATION takes 5, whatever is asked for: leave the amount out."),
        (FIXED, "-5", AmountOfDefinition, "CONTENT_CREATION takes 5, whatever is asked for: leave the amount out."),
        (RANGE, None, AmountNeeded, "Say the amount: CREDIT_SPEND takes one from 1 to 1000."),
        (RANGE, "0", AmountOutOfRange, "CREDIT_SPEND takes an amount from 1 to 1000."),
        (RANGE, "-100", AmountOutOfRange, "CREDIT_SPEND takes an amount from 1 to 1000."),
        (RANGE, "1001", AmountOutOfRange, "CREDIT_SPEND takes an amount from 1 to 1000."),
        (DEFAULT, "0.49", AmountOutOfRange, "CREDIT_ADD takes an amount from 0.5 to 10."),
    ],
)
def test_an_amount_outside_the_definition_is_refused(
    definition: Operation, given: str | None, refusal: type[LedgerError], words: str
) -> None:
    with pytest.raises(AmountOutOfRange) as caught:
        amount_asked(definition, None if given is None else Decimal(given))
    assert type(caught.value) is refusal
    assert (caught.value.message, caught.value.pointer, caught.value.code) == (words, "/amount", "amount_out_of_range")


SOLD = Operation("BUY", "grant", Amount(least=0, most=1000), origin="paid", cost=Cost("EUR", each="0.009"))
PACKAGE = Operation("BUY", "grant", Amount(fixed=500), origin="paid", cost=Cost("EUR"))


@pytest.mark.parametrize(
    "definition, amount, given, cost",
    [
        (SOLD, "1000", None, "9.000"),
        (SOLD, "1000", "8.50", "8.50"),
        (SOLD, "0", None, "0"),
        (PACKAGE, "500", "0", "0"),
        (DEFAULT, "10", None, "0"),
        (DEFAULT, "10", "0", "0"),
    ],
)
def test_what_is_sold_has_a_cost(definition: Operation, amount: str, given: str | None, cost: str) -> None:
    assert str(cost_asked(definition, Decimal(amount), None if given is None else Decimal(given))) == cost


@pytest.mark.parametrize(
    "definition, amount, given, words",
    [
        (DEFAULT, "10", "1", "CREDIT_ADD is not sold: leave the cost out."),
        (SOLD, "0", "1", "BUY is not sold: leave the cost out."),
        (PACKAGE, "500", None, "Say the cost, what was paid in EUR: BUY has no price for each credit."),
        (SOLD, "1", "-0.01", "A cost is not negative, and has at most 20 digits before the point."),
        (SOLD, "1", "NaN", "A cost is not negative, and has at most 20 digits before the point."),
    ],
)
def test_a_cost_that_makes_no_sense_is_refused(
    definition: Operation, amount: str, given: str | None, words: str
) -> None:
    with pytest.raises(CostRefused) as caught:
        cost_asked(definition, Decimal(amount), None if given is None else Decimal(given))
    assert (caught.value.message, caught.value.pointer, caught.value.code) == (words, "/cost", "cost_refused")


@pytest.mark.parametrize(
    "owner, words",
    [("", "1 to 100"), (" ", "1 to 100"), ("x" * 101, "100"), ("a\0", "NUL")],
    ids=["none", "blank", "long", "NUL"],
)
def test_an_owner_has_a_name(owner: str, words: str) -> None:
    check_owner("user/42 of the north")
    with pytest.raises(Malformed, match=words) as caught:
        check_owner(owner)
    assert caught.value.pointer == "/owner_id"


@pytest.mark.parametrize(
    "once_per, on, period, due",
    [
        ("none", date(2026, 3, 31), "", date(2026, 3, 31)),
        ("ever", date(2026, 3, 31), "ever", None),
        ("business_day", date(2026, 2, 28), "2026-02-28", date(2026, 3, 1)),
        ("month", date(2026, 1, 31), "2026-01", date(2026, 2, 1)),
        ("month", date(2026, 12, 1), "2026-12", date(2027, 1, 1)),
    ],
)
def test_once_is_once_in_a_period(once_per: OncePer, on: date, period: str, due: date | None) -> None:
    assert (period_of(once_per, on), due_again(once_per, on)) == (period, due)
    if due not in {None, on}:
        assert period_of(once_per, due) != period
