"""What people type to find something, and what it is read as."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerflow.core.errors import Malformed
from ledgerflow.desk import errors
from ledgerflow.desk.finding.amounts import Interval, intervals, readings
from ledgerflow.desk.finding.grammar import LONGEST, amounts_among, parse
from ledgerflow.desk.finding.periods import EVER, Days, days_of
from ledgerflow.desk.finding.wanted import ComparedJournal, Poster, wanted_by

pytestmark = pytest.mark.pure
TODAY = date(2026, 11, 25)
KINDS = ("manual", "reversal", "hold_capture")


@pytest.mark.parametrize(
    "text, amounts",
    [
        ("25,000.00", ["25000.00"]), ("25.000,00", ["25000.00"]), ("25 000", ["25000"]), ("1'000.50", ["1000.50"]),
        ("1\u2019000,5", ["1000.5"]), ("25\u202f000,00", ["25000.00"]), ("-12,5", ["12.5"]), ("\u221212.50", ["12.50"]),
        ("25.000", ["25.000", "25000"]), ("25,000", ["25", "25000"]), ("1,234,567.8", ["1234567.8"]), (".5", ["0.5"]),
        ("5.", ["5"]), ("1.2.3", []), ("1,23,456", []), ("12a", []), ("", []), (".", []), ("1e5", []), ("9" * 21, []),
        ("0." + "1" * 19, []), ("\u0661", []),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_every_spelling(text: str, amounts: list[str]) -> None:
    assert readings(text) == tuple(Decimal(amount) for amount in amounts)


def one(amount: str) -> Interval:
    return Interval(Decimal(amount), Decimal(amount))


def test_amounts_are_compared_and_lie_between() -> None:
    assert intervals("-5712,00") == (one("5712"),)
    (least,) = intervals(">=1000")
    assert [least.has(Decimal(amount)) for amount in ("999.99", "1000", "1e9")] == [False, True, True]
    (more,), (less,), (most,) = intervals(">10"), intervals("<10"), intervals("<=10")
    assert [found.has(Decimal(10)) for found in (more, less, most)] == [False, False, True]
    (between,) = intervals("1000..2000")
    assert [between.has(Decimal(amount)) for amount in (1000, 2000, 2001)] == [True, True, False]
    assert intervals("..5") == (Interval(None, Decimal(5)),)
    assert intervals("5..") == (Interval(Decimal(5), None),)
    assert (one("5").is_one, between.is_one, least.is_one) == (True, False, False)
    assert {found.low for found in intervals(">25.000")} == {Decimal(25), Decimal(25000)}


def test_a_search_has_all_its_parts() -> None:
    query = parse(
        ' amount:>=1000 acc:1200 REF:RE-2026* by:olga kind:hold-capture cur:eur 2026-Q3 2026-08.. -tag "exact words" orsted ',
        TODAY,
        KINDS,
    )
    assert query.amounts == ((Interval(Decimal(1000), None),),)
    assert (query.accounts, query.references, query.people) == (("1200",), ("RE-2026*",), ("olga",))
    assert (query.kinds, query.currencies) == (("hold_capture",), ("EUR",))
    assert query.days == Days(date(2026, 8, 1), date(2026, 9, 30))
    assert (query.words, query.phrases, query.excluded) == (("orsted",), ("exact words",), ("tag",))
    assert query.text.startswith("amount:>=1000 acc:1200 REF:")
    assert query.chips[0] == ("amount:>=1000", query.text.removeprefix("amount:>=1000 "))
    assert len(query.chips) == 10
    assert query.filters_text == query.text.removesuffix(" orsted")
    assert parse("  ", TODAY, KINDS).parts == ()


@pytest.mark.parametrize(
    "text, words, excluded",
    [
        ("-12,5", ("-12,5",), ()), ("-tag", (), ("tag",)), ('-"red wine"', (), ("red wine",)), ("-", ("-",), ()),
        ("10:30 RE-2026-7", ("10:30", "RE-2026-7"), ()), ("2026", ("2026",), ()), ("month", ("month",), ()),
    ],
)  # fmt: skip
def test_a_minus_leaves_words_out_and_no_amounts(text: str, words: tuple[str], excluded: tuple[str]) -> None:
    query = parse(text, TODAY, KINDS)
    assert (query.words, query.excluded) == (words, excluded)


@pytest.mark.parametrize(
    "text, first, last",
    [
        ("2026-09-30", "2026-09-30", "2026-09-30"), ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-q4", "2026-10-01", "2026-12-31"), ("day-1", "2026-11-24", "2026-11-24"),
        ("week-1", "2026-11-16", "2026-11-22"), ("month-0", "2026-11-01", "2026-11-30"),
        ("month-11", "2025-12-01", "2025-12-31"), ("quarter-0", "2026-10-01", "2026-12-31"),
        ("year-1", "2025-01-01", "2025-12-31"), ("month-2..day-1", "2026-09-01", "2026-11-24"),
    ],
)  # fmt: skip
def test_days_are_named_or_counted_back(text: str, first: str, last: str) -> None:
    days = parse(text, TODAY, KINDS).days
    assert days == Days(date.fromisoformat(first), date.fromisoformat(last))
    assert days.has(date.fromisoformat(first))
    assert not days.has(date(2027, 1, 1))


def test_days_may_be_open() -> None:
    assert parse("..2026-02", TODAY, KINDS).days == Days(None, date(2026, 2, 28))
    assert parse("2026-02..", TODAY, KINDS).days == Days(date(2026, 2, 1), None)
    assert parse("..", TODAY, KINDS).words == ("..",)
    assert EVER.has(TODAY)
    with pytest.raises(errors.DayNotRead):
        days_of("soon", TODAY)


@pytest.mark.parametrize(
    "text, error, says",
    [
        ("x" * (LONGEST + 1), errors.SearchTooLong, "400 characters"), ('"red', errors.QuoteNotClosed, "not closed"), ('red "', errors.QuoteNotClosed, "not closed"),
        ('"a"b', errors.QuoteNotClosed, "each end"), ("foo:bar", errors.FilterUnknown, 'such as "foo:bar"'),
        ("acc:", errors.FilterEmpty, "acc:1200"), ('ref:" "', errors.FilterEmpty, "star"),
        ("-acc:1200", errors.FilterNotExcluded, "only words"), ("amount:lots", errors.AmountNotRead, "25.000,00"),
        ("amount:..", errors.AmountNotRead, ">=1000"), ("amount:9..x", errors.AmountNotRead, "1000..2000"),
        ("amount:5..3", errors.AmountsTheWrongWay, "smaller"), ("kind:odd", errors.KindUnknown, "reversal"),
        ("2026-13", errors.DayNotRead, "2026-Q3"), ("0001-01", errors.DayNotRead, "month-1"),
        ("year-3000", errors.DayNotRead, "year-1"), ("year-1..2026-02-30", errors.DayNotRead, "2026-02-30"),
        ("2026-01 2026-03", errors.DaysDoNotMeet, "No day"), ("2026-03..2026-01", errors.DaysDoNotMeet, "No day"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_with_what_would_be(text: str, error: type[Malformed], says: str) -> None:
    with pytest.raises(error, match=says.replace(".", r"\.")):
        parse(text, TODAY, KINDS)


def test_numbers_among_words_are_amounts_together_or_alone() -> None:
    found = amounts_among(("orsted", "25", "000", "EUR", "-12,5"))
    assert found == (((one("25000"),), (one("12.5"),)), ("25 000", "-12,5"), ("orsted",), ("EUR",))
    assert amounts_among(("25", "00")).readings == ((one("25"),), (one("0"),))
    assert amounts_among(("1.2.3", "TAX")) == ((), (), ("1.2.3", "TAX"), ())


def looked_at(**given: Any) -> ComparedJournal:
    facts: dict[str, Any] = {
        "actor": "user:7", "kind": "manual", "effective_date": TODAY, "reference": "RE-7 ", "accounts": ("1200",),
        "currencies": ("EUR",), "figures": (Decimal("5712.00"),), "texts": ("Red brick", "for Ørsted"),
    }  # fmt: skip
    return ComparedJournal(**facts | given)


@pytest.mark.parametrize(
    "text, words, is_wanted",
    [
        ("", ["brick", "ors"], True), ("", ["brick for", "red"], True), ("", ["bri", "for"], False), ("", ["wood"], False),
        ('"red brick"', [], True), ('"brick for"', [], False), ("-brick", [], False), ('-"brick red"', ["red"], True),
        ("acc:1200", [], True), ("acc:120", [], False), ("kind:manual", [], True), ("kind:reversal", [], False),
        ("cur:eur", [], True), ("cur:USD", [], False), ("ref:re-7", [], True), ("ref:re", [], False), ("ref:RE*", [], True),
        ("amount:5.712,00", [], True), ("amount:<5712", [], False), ("day-0", [], True), ("day-1", [], False), ('"!"', [], True),
    ],
)  # fmt: skip
def test_a_journal_is_wanted_or_not(text: str, words: list[str], is_wanted: bool) -> None:
    assert wanted_by(parse(text, TODAY, KINDS)).with_words(words).matches(looked_at()) == is_wanted


def test_whoever_posted_is_known_by_his_name_or_as_he_is_recorded() -> None:
    for person, is_he in ((Poster(("user:7",), "olga"), True), (Poster((), "user"), True), (Poster((), "olga"), False)):
        assert wanted_by(parse("by:olga", TODAY, KINDS), [person]).matches(looked_at()) == is_he


def test_the_index_of_words_is_asked_for_all_of_it() -> None:
    query = parse('acc:12\'0 kind:manual by:o "red brick" -tag -"two words"', TODAY, KINDS)
    wanted = wanted_by(query, [Poster(("user:7",), "o")]).with_words(["Ørsted", "hall"])
    assert wanted.tsquery() == (
        "'orsted' & 'hall':* & 'red' & 'brick' & !'tag' & '=12''0' & '~manual' & ('@user:7' | '@o':*)"
    )
    assert wanted.has_order_of_words
    assert not wanted.is_nothing
    assert wanted_by(parse("", TODAY, KINDS)).is_nothing
    assert wanted_by(parse("", TODAY, KINDS)).tsquery() == ""
