"""The engine: what posts, what is left behind, and that a refusal leaves nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from accounts.dimensions.rules import DimensionRules, ValueState
from journals.dating import Calendar
from journals.drafts import Line
from journals.engine import Books, KnownKey, Replayed, decide, decide_atomic, rehearse
from journals.errors import BatchRefused
from tests.builders import a_journal, a_transfer
from tests.journals.engine.states import (
    TODAY,
    TOMORROW,
    YESTERDAY,
    a_state,
    books_of,
    code_of,
    codes_of,
    posted,
    refused,
    state_of,
)

pytestmark = pytest.mark.pure


def cash_and_equity(**given: object) -> Books:
    return books_of(a_state("cash"), a_state("equity", normal_sign=-1), **given)


def figures(*values: object) -> str:
    return " ".join(map(str, values))


# What a posted journal leaves behind


def test_a_transfer_moves_both_balances_and_versions() -> None:
    books = cash_and_equity()
    outcome = posted(decide(books, [a_transfer("cash", "equity", "100")])[0])
    cash, equity = books.accounts["cash"], books.accounts["equity"]
    assert figures(cash.debits, cash.credits, cash.version, cash.normal_balance()) == "100.00 0.00 1 100.00"
    assert figures(equity.debits, equity.credits, equity.version, equity.normal_balance()) == "0.00 100.00 1 100.00"
    assert [figures(line.account.code, line.amount, line.version, line.balance_after) for line in outcome.lines] == [
        "cash 100.00 1 100.00",
        "equity -100.00 1 -100.00",
    ]
    assert outcome.effective_date == TODAY


def test_amounts_are_written_at_the_scale_of_their_currency() -> None:
    outcome = posted(decide(cash_and_equity(), [a_transfer("cash", "equity", "1.5")])[0])
    assert [str(line.amount) for line in outcome.lines] == ["1.50", "-1.50"]


def test_a_journal_may_touch_an_account_several_times() -> None:
    books = cash_and_equity()
    journal = a_journal(("cash", "10"), ("equity", "-7"), ("cash", "-2"), ("cash", "5"), ("equity", "-6"))
    outcome = posted(decide(books, [journal])[0])
    assert [figures(line.account.code, line.version, line.balance_after) for line in outcome.lines] == [
        "cash 1 10.00", "equity 1 -7.00", "cash 2 8.00", "cash 3 13.00", "equity 2 -13.00",
    ]  # fmt: skip
    assert [figures(b.account.code, b.debits, b.credits, b.version) for b in outcome.balances] == [
        "cash 15.00 2.00 3",
        "equity 0.00 13.00 2",
    ]


def test_later_drafts_see_what_earlier_ones_left() -> None:
    books = books_of(
        a_state("cash"), a_state("wallet", normal_sign=-1, min_balance="0"), a_state("shop", normal_sign=-1)
    )
    outcomes = decide(
        books,
        [
            a_transfer("wallet", "shop", "5"),
            a_transfer("cash", "wallet", "5"),
            a_transfer("wallet", "shop", "5"),
            a_transfer("wallet", "shop", "0.01"),
        ],
    )
    assert codes_of(outcomes) == ["insufficient_funds", "posted", "posted", "insufficient_funds"]


def test_each_currency_balances_for_itself() -> None:
    books = books_of(
        a_state("eur"),
        a_state("eur2"),
        a_state("yen", currency="JPY", minor_units=0),
        a_state("yen2", currency="JPY", minor_units=0),
    )
    both = a_journal(("eur", "1.50"), ("eur2", "-1.50"), ("yen", "200"), ("yen2", "-200"))
    mixed = a_journal(("eur", "200"), ("yen", "-200"))
    first, second = decide(books, [both, mixed])
    assert code_of(first) == "posted"
    assert refused(second).data.items() >= {"currency": "EUR", "difference": "200.00"}.items()


def test_sums_of_sixty_digits_are_exact() -> None:
    # 38 digits is the finest largest amount; balances of 10**40 still add up to the last digit.
    largest = "99999999999999999999.999999999999999999"
    start = "9" * 40 + "." + "9" * 18
    books = books_of(a_state("a", start, minor_units=18), a_state("b", minor_units=18))
    outcome = posted(decide(books, [a_transfer("a", "b", largest)])[0])
    assert str(outcome.lines[0].balance_after) == "1" + "0" * 19 + "099999999999999999999." + "9" * 17 + "8"
    assert str(books.accounts["b"].credits) == largest


# Refusals that carry data for the client


def test_a_transfer_points_to_its_accounts_and_a_journal_to_its_lines() -> None:
    books = cash_and_equity()
    lines = (("cash", "1"), ("nowhere", "-1"))
    of_transfer, of_journal = decide(books, [a_transfer("cash", "nowhere", "1"), a_journal(*lines)])
    assert (refused(of_transfer).pointer, refused(of_transfer).data) == ("/credit_account", {"account": "nowhere"})
    assert (refused(of_journal).pointer, refused(of_journal).data) == ("/lines/1/account", {"account": "nowhere"})


def test_a_transfer_stays_in_one_currency() -> None:
    books = books_of(a_state("eur"), a_state("usd", currency="USD"))
    assert codes_of(decide(books, [a_transfer("eur", "usd", "1")])) == ["currency_mismatch"]


def test_lines_carry_declared_values_and_those_that_their_accounts_require() -> None:
    north = {("region", "NORTH"): ValueState(None, None, closed=False)}
    rules = DimensionRules(frozenset({"region"}), north, {"cash": ["region"]})
    books = cash_and_equity(dimensions=["region"], rules=rules)
    journals = [
        a_journal(Line("cash", Decimal(1), dimensions=values), Line("equity", Decimal(-1)))
        for values in ({"region": "NORTH"}, {"region": "NROTH"}, {"region": ""}, None)
    ]
    back = msgspec.structs.replace(journals[1], key="back", reverses=UUID(int=1))
    assert codes_of(decide(books, [*journals, back])) == [
        "posted", "unknown_dimension_value", "unknown_dimension_value", "dimension_required", "posted",
    ]  # fmt: skip


def test_a_line_may_name_the_currency_it_expects() -> None:
    books = cash_and_equity(dimensions=["cost_centre"])
    right = a_journal(Line("cash", Decimal(1), "EUR"), Line("equity", Decimal(-1), dimensions={"cost_centre": "7"}))
    wrong = a_journal(Line("cash", Decimal(1)), Line("equity", Decimal(-1), "USD"))
    unknown = a_journal(
        Line("cash", Decimal(1), dimensions={"cost_centre": "7", "b": "", "a": ""}), Line("equity", Decimal(-1))
    )
    outcomes = decide(books, [right, wrong, unknown])
    assert codes_of(outcomes) == ["posted", "currency_mismatch", "unknown_dimension"]
    assert refused(outcomes[1]).pointer == "/lines/1/currency"
    assert (refused(outcomes[2]).pointer, refused(outcomes[2]).data) == ("/lines/0/dimensions", {"dimension": "a"})


def test_precision_is_that_of_each_lines_currency() -> None:
    books = books_of(
        a_state("eur"),
        a_state("eur2"),
        a_state("dinar", currency="BHD", minor_units=3),
        a_state("dinar2", currency="BHD", minor_units=3),
    )
    fine = a_journal(("eur", "1"), ("eur2", "-1"), ("dinar", "0.005"), ("dinar2", "-0.005"))
    finer = a_journal(("dinar", "0.005"), ("dinar2", "-0.005"), ("eur", "1.005"), ("eur2", "-1.005"))
    outcomes = decide(books, [fine, finer])
    assert codes_of(outcomes) == ["posted", "precision_exceeded"]
    assert (refused(outcomes[1]).pointer, refused(outcomes[1]).data) == (
        "/lines/2/amount",
        {"amount": "1.005", "currency": "EUR", "minor_units": 2},
    )


def test_zeros_at_the_end_are_not_precision() -> None:
    assert codes_of(decide(cash_and_equity(), [a_transfer("cash", "equity", "1.50000")])) == ["posted"]


@pytest.mark.parametrize(
    "amounts, side, difference", [(("3", "-2"), "debits", "1.00"), (("2", "-3"), "credits", "-1.00")]
)
def test_an_unbalanced_journal_says_by_how_much(amounts: tuple[str, str], side: str, difference: str) -> None:
    outcome = refused(decide(cash_and_equity(), [a_journal(("cash", amounts[0]), ("equity", amounts[1]))])[0])
    assert outcome.data.items() >= {"currency": "EUR", "difference": difference}.items()
    assert f"{side} exceed by 1.00" in outcome.message


def test_conditions_are_on_the_account_before_the_journal() -> None:
    books = books_of(a_state("a", "10.00", version=3), a_state("b", "-5.00", normal_sign=-1, version=1))
    asked = [
        Line("a", Decimal(1), expected_version=3, expected_balance=Decimal(10)),
        Line("a", Decimal(1), expected_version=3, expected_balance=Decimal("10.000")),
        Line("b", Decimal(-2), expected_balance=Decimal(-5)),
    ]
    assert codes_of(decide(books, [a_journal(*asked)])) == ["posted"]
    outcomes = decide(
        books, [a_journal(*asked), a_journal(("a", "2"), Line("b", Decimal(-2), expected_balance=Decimal(-5)))]
    )
    assert codes_of(outcomes) == ["version_mismatch", "balance_mismatch"]
    assert (refused(outcomes[0]).pointer, refused(outcomes[0]).data) == (
        "/lines/0/expected_version",
        {"account": "a", "version": 5, "expected_version": 3},
    )
    assert (refused(outcomes[1]).pointer, refused(outcomes[1]).data) == (
        "/lines/1/expected_balance",
        {"account": "b", "balance": "-3.00", "expected_balance": "-5"},
    )


# Blocked accounts


@pytest.mark.parametrize(
    "sign, outflow, inflow, amount, code",
    [
        (1, True, False, "1", "posted"), (1, True, False, "-1", "account_frozen"),
        (1, False, True, "1", "account_frozen"), (1, False, True, "-1", "posted"),
        (-1, True, False, "-1", "posted"), (-1, True, False, "1", "account_frozen"),
        (-1, False, True, "-1", "account_frozen"), (-1, False, True, "1", "posted"),
        (1, True, True, "1", "account_frozen"), (-1, True, True, "1", "account_frozen"),
    ],
)  # fmt: skip
def test_a_freeze_has_a_direction(sign: int, outflow: bool, inflow: bool, amount: str, code: str) -> None:
    frozen = a_state("frozen", normal_sign=sign, outflow_frozen=outflow, inflow_frozen=inflow)
    journal = a_journal(("frozen", amount), ("other", str(-int(amount))))
    assert codes_of(decide(books_of(frozen, a_state("other")), [journal])) == [code]


@pytest.mark.parametrize(
    "kind, code", [("closing", "posted"), ("fx_revaluation", "posted"), ("reversal", "account_frozen")]
)
def test_revaluation_and_closing_pass_a_freeze(kind: str, code: str) -> None:
    frozen = a_state("frozen", outflow_frozen=True, inflow_frozen=True)
    assert codes_of(decide(books_of(frozen, a_state("b")), [a_journal(("frozen", "1"), ("b", "-1"), kind=kind)])) == [
        code
    ]


def test_closing_entries_do_not_pass_a_closed_or_header_account() -> None:
    books = books_of(a_state("shut", closed=True), a_state("head", header=True), a_state("b"))
    drafts = [a_journal((code, "1"), ("b", "-1"), kind="closing") for code in ("shut", "head")]
    assert codes_of(decide(books, drafts)) == ["account_closed", "header_account"]


# Dates


@pytest.mark.parametrize(
    "closed_through, day, code",
    [
        (None, TODAY, "posted"), (None, YESTERDAY, "posted"), (None, TOMORROW, "future_date"), (None, None, "posted"),
        (YESTERDAY, TODAY, "posted"), (YESTERDAY, YESTERDAY, "day_closed"), (TODAY, None, "day_closed"),
    ],
)  # fmt: skip
def test_the_date_is_open_and_not_in_the_future(closed_through: date | None, day: object, code: str) -> None:
    books = cash_and_equity(calendar=Calendar(closed_through=closed_through, ordinary_through=closed_through))
    assert codes_of(decide(books, [a_transfer("cash", "equity", "1", effective_date=day)])) == [code]


def test_a_draft_may_advance_the_business_date_for_those_after_it() -> None:
    books = cash_and_equity()
    outcomes = decide(
        books,
        [
            a_transfer("cash", "equity", "1", effective_date=TOMORROW),
            a_transfer("cash", "equity", "1", effective_date=TOMORROW, advance_business_date=True),
            a_transfer("cash", "equity", "1", effective_date=YESTERDAY, advance_business_date=True),
            a_transfer("cash", "equity", "1"),
        ],
    )
    assert codes_of(outcomes) == ["future_date", "posted", "posted", "posted"]
    assert posted(outcomes[3]).effective_date == TOMORROW
    assert books.business_date == TOMORROW


def test_a_refused_draft_does_not_advance_the_business_date() -> None:
    books = cash_and_equity()
    books.accounts["cash"].max_balance = Decimal(0)
    draft = a_transfer("cash", "equity", "1", effective_date=TOMORROW, advance_business_date=True)
    assert codes_of(decide(books, [draft])) == ["max_balance_exceeded"]
    assert books.business_date == TODAY


def test_a_reversal_is_not_dated_before_its_original_and_posts_once() -> None:
    books = cash_and_equity()
    original = UUID(int=1)
    early = a_journal(
        ("cash", "-1"), ("equity", "1"), kind="reversal", reverses=original, not_before=TODAY, effective_date=YESTERDAY
    )
    first, second = (
        a_journal(("cash", "-1"), ("equity", "1"), kind="reversal", reverses=original, not_before=YESTERDAY)
        for _ in range(2)
    )
    outcomes = decide(books, [early, first, second])
    assert codes_of(outcomes) == ["before_original", "posted", "already_reversed"]
    assert refused(outcomes[0]).data == {"original_date": "2026-03-02"}


# Idempotency


def test_twice_in_one_batch_posts_once_and_replays() -> None:
    books = cash_and_equity()
    first = a_transfer("cash", "equity", "1.25", key="k")
    again = a_transfer("cash", "equity", "1.250", key="k")
    other = a_transfer("cash", "equity", "1.26", key="k")
    outcomes = decide(books, [first, again, other])
    assert codes_of(outcomes) == ["posted", "replayed", "idempotency_key_reused"]
    assert outcomes[1] == Replayed(posted(outcomes[0]))
    assert refused(outcomes[2]).data == {"idempotency_key": "k"}
    assert books.accounts["cash"].debits == Decimal("1.25")


def test_a_key_of_the_books_replays_with_its_event() -> None:
    books = cash_and_equity()
    draft = a_transfer("cash", "equity", "1", key="k")
    fingerprint = posted(decide(cash_and_equity(), [draft])[0]).fingerprint
    books.keys["client", "k"] = KnownKey(fingerprint, 17)
    assert decide(books, [draft]) == [Replayed(17)]
    assert books.accounts["cash"].version == 0


def test_a_refusal_does_not_use_up_the_key() -> None:
    books = books_of(a_state("cash"), a_state("equity", normal_sign=-1, outflow_frozen=True))
    draft = a_transfer("equity", "cash", "1", key="k")
    assert codes_of(decide(books, [draft])) == ["account_frozen"]
    books.accounts["equity"].outflow_frozen = False
    assert codes_of(decide(books, [draft])) == ["posted"]


# All or nothing, and dry runs


def test_an_atomic_batch_with_a_refusal_leaves_nothing() -> None:
    books = cash_and_equity()
    before = state_of(books)
    reverses = UUID(int=3)
    outcomes = decide_atomic(
        books,
        [
            a_transfer("cash", "equity", "1", effective_date=TOMORROW, advance_business_date=True, reverses=reverses),
            a_transfer("cash", "nowhere", "1"),
            a_transfer("cash", "equity", "0.001"),
            a_transfer("cash", "equity", "1"),
        ],
    )
    assert codes_of(outcomes) == ["batch_refused", "unknown_account", "precision_exceeded", "batch_refused"]
    assert refused(outcomes[0]).data == {"item": 1}
    assert isinstance(outcomes[3], BatchRefused)
    assert state_of(books) == before


def test_an_atomic_batch_without_one_posts_all() -> None:
    books = cash_and_equity()
    assert codes_of(decide_atomic(books, [a_transfer("cash", "equity", "1") for _ in range(3)])) == ["posted"] * 3
    assert books.accounts["cash"].version == 3


@pytest.mark.parametrize("atomic, second", [(False, "posted"), (True, "batch_refused")])
def test_a_dry_run_says_what_would_happen_and_changes_nothing(atomic: bool, second: str) -> None:
    books = books_of(a_state("cash", max_balance="5"), a_state("equity", normal_sign=-1))
    before = state_of(books)
    drafts = [
        a_transfer(
            "cash", "equity", "9", override_limits="a test", effective_date=TOMORROW, advance_business_date=True
        ),
        a_transfer("equity", "cash", "1"),
        a_transfer("cash", "equity", "1"),
    ]
    outcomes = rehearse(books, drafts, atomic=atomic)
    assert codes_of(outcomes)[1:] == [second, "max_balance_exceeded"]
    assert state_of(books) == before


def test_a_dry_run_replays_what_was_posted() -> None:
    books = cash_and_equity()
    draft = a_transfer("cash", "equity", "1")
    decide(books, [draft])
    assert codes_of(rehearse(books, [draft, draft], atomic=False)) == ["replayed", "replayed"]
