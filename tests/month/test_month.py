"""A month from three files to a finished reconciliation, through the API and on the command line: number for number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity
from tests.month.a_month import (
    ALIKE,
    CENT,
    FEE,
    GROSS,
    KEPT,
    MISSING,
    PAYOUT,
    TWICE,
    amount_of,
    books_of_september,
    day_of,
    files_of_september,
)
from tests.month.operators import Answer, ByApi, ByCommand, Operator

# A line and its posting have one exception where the reference says which, else each has its own.
LEFT_OVER = [
    *(("ambiguous", number) for number in (TWICE, TWICE, *sorted(ALIKE * 2))), ("amount", PAYOUT), ("amount", CENT),
    ("duplicate", TWICE), ("missing_in_bank", MISSING), ("missing_in_books", FEE),
]  # fmt: skip
OWN = frozenset(
    {"id", "bank_account", "entity", "event_sequence", "recorded_at"}
)  # what is another thing in other books


def of_day(found: list[Answer], number: int, *, field: str = "booking_date") -> Answer:
    """The one of that day; of several the last."""
    return [one for one in found if one[field] == str(day_of(number))][-1]


def kinds(operator: Operator) -> list[tuple[str, int]]:
    return sorted((one["kind"], int(one["day"][-2:])) for one in operator.exceptions())


def reconcile_september(operator: Operator) -> None:
    """The hour: three files, a run, what is left over by hand, and the same run again."""
    operator.set_account()
    for name, data in files_of_september().items():
        operator.import_file(name, data)
    operator.run()
    assert kinds(operator) == LEFT_OVER
    split_the_payout(operator)
    post_what_is_small(operator)
    match_those_alike(operator)
    match_one_of_two(operator)
    operator.run()
    resolve_the_rest(operator)
    operator.run()
    assert kinds(operator) == []


def split_the_payout(operator: Operator) -> None:
    """The sale of 500.00 is matched by the next run, and what the processor has kept is posted as a fee."""
    payout = of_day(operator.lines(), PAYOUT)
    gross, fee = operator.split(payout["id"], (GROSS, "PAYOUT-0914"), (KEPT, "PAYOUT-0914-FEE"))["parts"]
    operator.post("fee", [fee["id"]], [])
    operator.run()
    assert gross["id"] not in [line["id"] for line in operator.lines()]


def post_what_is_small(operator: Operator) -> None:
    lines, postings = operator.lines(), operator.postings()
    operator.post("fee", [of_day(lines, FEE)["id"]], [])
    cent = of_day(postings, CENT, field="effective_date")
    operator.post("rounding", [of_day(lines, CENT)["id"]], [cent["version"]])


def match_those_alike(operator: Operator) -> None:
    """First the wrong way round."""
    lines, postings = operator.lines(), operator.postings()
    first, second = (of_day(lines, number)["id"] for number in ALIKE)
    ours, others = (of_day(postings, number, field="effective_date")["version"] for number in ALIKE)
    wrong = operator.match([first], [others])
    operator.unmatch(wrong["id"])
    operator.match([first], [ours])
    operator.match([second], [others])


def match_one_of_two(operator: Operator) -> None:
    """The two lines are the same in everything, and no machine chooses."""
    ours = of_day(operator.postings(), TWICE, field="effective_date")
    operator.match([of_day(operator.lines(), TWICE)["id"]], [ours["version"]])


def resolve_the_rest(operator: Operator) -> None:
    words = {"duplicate": ("bank_mistake", "they will take it back"), "missing_in_bank": ("accepted", "in October")}
    for one in operator.exceptions():
        operator.resolve(one["id"], *words[one["kind"]])


def without_own(told: Any) -> Any:
    """The same without what is another thing in other books."""
    if isinstance(told, dict):
        return {name: without_own(value) for name, value in told.items() if name not in OWN}
    return [without_own(one) for one in told] if isinstance(told, list) else told


@pytest.fixture(scope="module")
def entities(_database: None) -> list[Entity]:
    return [books_of_september(), books_of_september()]


@pytest.fixture(scope="module")
def operators(entities: list[Entity], tmp_path_factory: pytest.TempPathFactory) -> list[Operator]:
    """One by the API, one by command line, each after the hour."""
    made: list[Operator] = [ByApi(entities[0]), ByCommand(entities[1], tmp_path_factory.mktemp("month"))]
    for operator in made:
        reconcile_september(operator)
    return made


def test_both_ways_end_in_the_same_statement(operators: list[Operator]) -> None:
    by_api, by_command = (without_own(operator.report()) for operator in operators)
    assert by_api == by_command
    (found,) = by_api["statements"]
    outstanding = [(one["effect"], one["day"]) for one in found["outstanding_books"] + found["outstanding_bank"]]
    assert outstanding == [
        (f"-{amount_of(MISSING)}", str(day_of(MISSING))), (amount_of(TWICE), str(day_of(TWICE))),
    ]  # fmt: skip
    assert (found["residuals"], found["unexplained"], found["is_tied"], found["reasons"]) == ([], "0.00", True, [])
    assert found["can_finish"]


def test_the_bank_s_balance_is_that_of_its_last_file(operators: list[Operator]) -> None:
    last = files_of_september()["late.csv"].decode().split()[-1].rpartition(",")[2]
    (found,) = operators[0].report()["statements"]
    assert (found["bank_balance"], found["explained"]) == (last, last)
    expected = Decimal(10000) - 1450 + sum(Decimal(amount_of(number)) for number in range(1, 31))
    assert Decimal(found["book_balance"]) == expected - Decimal("7.90") - Decimal("14.50") - Decimal("0.01")


def test_it_can_be_finished_once_and_the_books_are_proved(operators: list[Operator], entities: list[Entity]) -> None:
    finished = [operator.finish() for operator in operators]
    assert [one["number"] for one in finished] == [1, 1]
    assert operators[1].finish()["id"] == finished[1]["id"]
    assert [verify_books(entity.id) for entity in entities] == [[], []]
