"""Rates in the books: recorded once, corrected by versions, found by date, converted along the source's own base."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import UnknownCurrency
from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.events import FxPolicyFact
from fx.rates.finding import convert, rate_chain, ways
from fx.rates.models import Pair, Rate
from fx.rates.policies import fetch_within, policy_of, set_policy
from fx.rates.quotes import Quote
from fx.rates.recording import RateOutcome, record_rates
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.writing import write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError, Malformed, PreconditionFailed
from tests.builders import an_entity

FRIDAY, SUNDAY, MONDAY = date(2008, 9, 12), date(2008, 9, 14), date(2008, 9, 15)


def quoted(pair: str, value: str, on: date = MONDAY, kind: str = "spot") -> Quote:
    base, quote = pair.split("/")
    return Quote(base, quote, on, kind, Decimal(value))


def recorded(entity: Entity, *quotes: Quote, **given: Any) -> list[RateOutcome]:
    return record_rates(entity.id, quotes, **{"source": "ECB", "actor": "test"} | given)


def statuses(outcomes: list[RateOutcome]) -> list[str]:
    return [outcome.refusal.code if outcome.refusal else outcome.status for outcome in outcomes]


def values(entity: Entity) -> list[tuple[str, int, str]]:
    rows = Rate.objects.filter(entity=entity).order_by("rate_date", "base", "quote", "kind", "version")
    return [(str(row), row.version, row.source) for row in rows]


@pytest.fixture(scope="module")
def ecb() -> Entity:
    """Dollar books with the rates of the ECB around Lehman's Monday. For tests that write nothing."""
    entity = an_entity(base_currency="USD")
    recorded(
        entity,
        quoted("EUR/USD", "1.4066", FRIDAY), quoted("EUR/JPY", "150.91", FRIDAY),
        quoted("EUR/USD", "1.4151"), quoted("EUR/JPY", "149.87"), quoted("EUR/CHF", "1.5903"),
        quoted("EUR/ISK", "290", date(2008, 9, 1)), quoted("EUR/GBP", "0.79", MONDAY, "closing"),
        quoted("EUR/GBP", "0.78"), quoted("EUR/GBP", "0.80", FRIDAY, "average"),
    )  # fmt: skip
    return entity


# --- recording -----------------------------------------------------------------------------------


def test_a_rate_is_recorded_with_the_whole_fact_in_one_event() -> None:
    entity = an_entity()
    outcomes = recorded(entity, quoted("EUR/USD", "1.4151"), quoted("EUR/JPY", "149.87"))
    assert [(outcome.status, outcome.version) for outcome in outcomes] == [("recorded", 1), ("recorded", 1)]
    event = Event.objects.filter(entity=entity, type="rate.recorded").get()
    rows = {f"{row.base}/{row.quote}": row for row in Rate.objects.filter(entity=entity)}
    assert canonical.decode(event.data) == {
        "date": "2008-09-15", "kind": "spot", "source": "ECB",
        "rates": {
            "EUR/USD": {"id": str(rows["EUR/USD"].pk), "value": "1.4151", "version": 1},
            "EUR/JPY": {"id": str(rows["EUR/JPY"].pk), "value": "149.87", "version": 1},
        },
    }  # fmt: skip
    assert (event.subject, event.actor) == ("2008-09-15 spot", "test")
    assert {row.event_sequence for row in rows.values()} == {event.sequence}
    assert {row.recorded_at for row in rows.values()} == {event.recorded_at}


def test_the_same_again_is_no_new_version_and_no_event() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1.4151"))
    before = Event.objects.filter(entity=entity).count()
    assert statuses(recorded(entity, quoted("EUR/USD", "1.41510"))) == ["unchanged"]
    assert Event.objects.filter(entity=entity).count() == before


def test_another_value_is_a_new_version_and_the_old_one_stays() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1.4151"))
    assert recorded(entity, quoted("EUR/USD", "1.4155"))[0].version == 2
    assert recorded(entity, quoted("EUR/USD", "1.4151"))[0].version == 3
    assert [(name.split()[-1], version) for name, version, _ in values(entity)] == [
        ("1.4151", 1), ("1.4155", 2), ("1.4151", 3),
    ]  # fmt: skip


def test_two_values_in_one_call_are_two_versions_in_two_events() -> None:
    entity = an_entity()
    outcomes = recorded(entity, quoted("EUR/USD", "1.4151"), quoted("EUR/USD", "1.4155"), quoted("EUR/USD", "1.4155"))
    assert [(outcome.status, outcome.version) for outcome in outcomes] == [
        ("recorded", 1), ("recorded", 2), ("unchanged", 2),
    ]  # fmt: skip
    assert Event.objects.filter(entity=entity, type="rate.recorded").count() == 2


def test_a_feed_read_again_leaves_a_correction_alone_and_people_have_the_last_word() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1.4151"))
    recorded(entity, quoted("EUR/USD", "1.4160"), source="Treasury")
    assert statuses(recorded(entity, quoted("EUR/USD", "1.4151"), keep_corrections=True)) == ["unchanged"]
    assert statuses(recorded(entity, quoted("EUR/USD", "1.4152"), keep_corrections=True)) == ["recorded"]
    assert statuses(recorded(entity, quoted("EUR/USD", "1.4160"), source="Treasury")) == ["recorded"]
    assert [version for _, version, _ in values(entity)] == [1, 2, 3, 4]
    assert [source for _, _, source in values(entity)] == ["ECB", "Treasury", "ECB", "Treasury"]


def test_one_direction_of_a_pair() -> None:
    entity = an_entity()
    outcomes = recorded(entity, quoted("EUR/USD", "1.4151"), quoted("USD/EUR", "0.7067", FRIDAY))
    # By date: Friday's came first, and the pair is kept its way.
    assert statuses(outcomes) == ["rate_direction", "recorded"]
    assert statuses(recorded(entity, quoted("EUR/USD", "1.4151"), source="other")) == ["rate_direction"]
    assert [str(pair) for pair in Pair.objects.filter(entity=entity)] == ["USD/EUR"]


def test_a_refused_rate_does_not_disturb_its_neighbours() -> None:
    entity = an_entity()
    outcomes = recorded(
        entity,
        quoted("EUR/EUR", "1"),
        quoted("EUR/USD", "1.4151"),
        quoted("EUR/usd", "1"),
        quoted("EUR/JPY", "1", kind="x"),
    )
    assert statuses(outcomes) == ["malformed", "recorded", "malformed", "malformed"]
    with pytest.raises(Malformed):
        recorded(entity, quoted("EUR/CHF", "1.6"), source="")


@pytest.mark.parametrize(
    "value, on, refused",
    [
        ("1.20", MONDAY, False), ("1.2000000001", MONDAY, True), ("0.8", MONDAY, False), ("0.7999", MONDAY, True),
        ("9", FRIDAY + timedelta(7), True), ("9", FRIDAY + timedelta(4000), True), ("9", FRIDAY - timedelta(4000), True),
        ("9", FRIDAY, True), ("1.1", FRIDAY, False), ("1.1", FRIDAY - timedelta(1), False),
    ],
    ids=["20 % up", "more", "20 % down", "more down", "a week later", "long after",
         "before the first", "a correction", "a small correction", "near the one after it"],
)  # fmt: skip
def test_a_jump_is_refused_unless_confirmed(value: str, on: date, refused: bool) -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1", FRIDAY), quoted("EUR/JPY", "1", FRIDAY))
    quote = quoted("EUR/USD", value, on)
    assert statuses(recorded(entity, quote)) == ["rate_jump" if refused else "recorded"]
    if refused:
        assert statuses(recorded(entity, quote, confirm_jump=True)) == ["recorded"]
        assert statuses(recorded(entity, quote)) == ["unchanged"]


def test_a_mistyped_rate_stands_out_however_old_the_one_before_it_is() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1.1602", FRIDAY - timedelta(30)))
    assert statuses(recorded(entity, quoted("EUR/USD", "11602", FRIDAY))) == ["rate_jump"]
    recorded(entity, quoted("EUR/USD", "11602", FRIDAY), confirm_jump=True)
    # What the mistake stands beside, and its correction, are looked at by a person as well.
    assert statuses(recorded(entity, quoted("EUR/USD", "1.16", FRIDAY - timedelta(1)))) == ["rate_jump"]
    assert statuses(recorded(entity, quoted("EUR/USD", "1.1602", FRIDAY))) == ["rate_jump"]
    assert statuses(recorded(entity, quoted("EUR/USD", "1.1602", FRIDAY), confirm_jump=True)) == ["recorded"]
    assert statuses(recorded(entity, quoted("EUR/USD", "1.16", FRIDAY - timedelta(1)))) == ["recorded"]


def test_a_jump_says_all_that_it_was_measured_from() -> None:
    entity = an_entity()
    days = [date(2008, 10, 7), date(2008, 10, 8), date(2009, 5, 8)]
    recorded(entity, *(quoted("EUR/ISK", value, on) for value, on in zip(("197", "200", "220"), days, strict=True)))
    (outcome,) = recorded(entity, quoted("EUR/ISK", "265.0", days[1]))
    assert outcome.refusal is not None
    assert outcome.refusal.data == {
        "pair": "EUR/ISK", "rate_date": "2008-10-08", "value": "265.0", "inverse": "0.00377358", "previous": "197",
        "previous_date": "2008-10-07", "percent": "34.5", "max_jump_percent": "20",
        "compared": [
            {"place": "before", "rate_date": "2008-10-07", "value": "197", "inverse": "0.00507614", "change_percent": "34.52"},
            {"place": "replaced", "rate_date": "2008-10-08", "value": "200", "inverse": "0.005", "change_percent": "32.50"},
            {"place": "after", "rate_date": "2009-05-08", "value": "220", "inverse": "0.00454545", "change_percent": "20.45"},
        ],
    }  # fmt: skip


def test_jumps_are_measured_within_one_call_too_by_date_and_the_first_of_a_kind_or_pair_by_others() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1.1", FRIDAY - timedelta(3), "average"))
    outcomes = recorded(
        entity, quoted("EUR/USD", "9"), quoted("EUR/USD", "1", FRIDAY), quoted("EUR/USD", "1.2", MONDAY, "average"),
        quoted("EUR/JPY", "150", FRIDAY), quoted("EUR/USD", "0.75", MONDAY, "closing"),
        quoted("USD/JPY", "1500", MONDAY), quoted("USD/JPY", "151", MONDAY, "closing"),
    )  # fmt: skip
    assert statuses(outcomes) == [
        "rate_jump", "recorded", "recorded", "recorded", "rate_jump", "rate_jump", "recorded",
    ]  # fmt: skip
    # What nothing can be compared with is asked about where a person types it.
    unknown = quoted("GBP/CHF", "1.1")
    assert statuses(recorded(entity, unknown, asks_about_first=True)) == ["first_rate"]
    assert statuses(recorded(entity, quoted("EUR/CHF", "0.93"))) == ["recorded"]
    assert statuses(recorded(entity, unknown)) == ["recorded"]


# --- looking up and converting -------------------------------------------------------------------


def used(chain: list[Any]) -> list[str]:
    return [f"{leg.operation} {leg.base}/{leg.quote} {leg.rate_date} {leg.kind} {leg.value}" for leg in chain]


def test_a_cross_by_way_of_the_euro_in_dollar_books(ecb: Entity) -> None:
    found = convert(ecb.id, Decimal("1000.00"), "USD", "JPY", MONDAY)
    assert str(found.converted) == "105908"  # 1000 / 1.4151 x 149.87 = 105907.7097...
    assert used(found.chain) == ["divide EUR/USD 2008-09-15 spot 1.4151", "multiply EUR/JPY 2008-09-15 spot 149.87"]
    assert (found.rounding.mode, found.rounding.minor_units, found.rounding.between) == ("half_even", 0, None)


def test_direct_and_inverse(ecb: Entity) -> None:
    assert str(convert(ecb.id, Decimal(1000), "EUR", "USD", MONDAY).converted) == "1415.10"
    there = convert(ecb.id, Decimal("1415.10"), "USD", "EUR", MONDAY)
    assert (str(there.converted), used(there.chain)) == ("1000.00", ["divide EUR/USD 2008-09-15 spot 1.4151"])
    assert convert(ecb.id, Decimal("-12.345"), "EUR", "EUR", MONDAY).converted == Decimal("-12.34")


def test_a_sunday_finds_fridays_rate(ecb: Entity) -> None:
    found = convert(ecb.id, Decimal(1000), "USD", "JPY", SUNDAY)
    assert str(found.converted) == "107287"  # 1000 / 1.4066 x 150.91 = 107287.0752...
    assert {leg.rate_date for leg in found.chain} == {FRIDAY}


def test_a_rate_that_is_too_old_or_missing_is_refused_by_name(ecb: Entity) -> None:
    assert len(rate_chain(ecb.id, "EUR", "ISK", date(2008, 9, 8))) == 1
    with pytest.raises(RateTooOld) as old:
        convert(ecb.id, Decimal(1), "USD", "ISK", MONDAY)
    assert old.value.data == {
        "pair": "EUR/ISK", "on": "2008-09-15", "kind": "spot", "rate_date": "2008-09-01", "max_age_days": 7,
    }  # fmt: skip
    for start, end, on, pair in [
        ("EUR", "USD", FRIDAY - timedelta(1), "EUR/USD"), ("EUR", "SEK", MONDAY, "EUR/SEK"),
        ("SEK", "USD", MONDAY, "SEK/USD"), ("USD", "CHF", FRIDAY, "EUR/CHF"), ("EUR", "USD", date(1, 1, 3), "EUR/USD"),
    ]:  # fmt: skip
        with pytest.raises(RateMissing) as missing:
            convert(ecb.id, Decimal(1), start, end, on)
        assert missing.value.data == {"pair": pair, "on": str(on), "kind": "spot"}


def test_a_spot_rate_stands_in_for_a_closing_rate_and_for_no_other(ecb: Entity) -> None:
    assert used(rate_chain(ecb.id, "EUR", "GBP", MONDAY, kind="closing")) == [
        "multiply EUR/GBP 2008-09-15 closing 0.79"
    ]
    assert used(rate_chain(ecb.id, "EUR", "GBP", MONDAY)) == ["multiply EUR/GBP 2008-09-15 spot 0.78"]
    assert used(rate_chain(ecb.id, "EUR", "CHF", MONDAY, kind="closing")) == ["multiply EUR/CHF 2008-09-15 spot 1.5903"]
    assert used(rate_chain(ecb.id, "EUR", "GBP", MONDAY, kind="average")) == ["multiply EUR/GBP 2008-09-12 average 0.8"]
    with pytest.raises(RateMissing):
        rate_chain(ecb.id, "EUR", "CHF", MONDAY, kind="average")
    with pytest.raises(Malformed):
        rate_chain(ecb.id, "EUR", "CHF", MONDAY, kind="forward")


def test_the_target_needs_minor_units_and_the_source_only_rates() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/ROL", "15931", date(1999, 3, 16)))
    assert str(convert(entity.id, Decimal(1_000_000), "ROL", "EUR", date(1999, 3, 16)).converted) == "62.77"
    with pytest.raises(UnknownCurrency) as refused:
        convert(entity.id, Decimal(1), "EUR", "ROL", date(1999, 3, 16))
    assert refused.value.pointer == "/to"


def test_what_was_known_at_a_moment() -> None:
    entity = an_entity()
    recorded(entity, quoted("EUR/USD", "1.4151", FRIDAY))
    first = Rate.objects.get(entity=entity).recorded_at
    recorded(entity, quoted("EUR/USD", "1.4200", FRIDAY), quoted("EUR/USD", "1.43"))
    assert used(rate_chain(entity.id, "EUR", "USD", MONDAY)) == ["multiply EUR/USD 2008-09-15 spot 1.43"]
    then = rate_chain(entity.id, "EUR", "USD", MONDAY, known_at=first)
    assert (used(then), then[0].version) == (["multiply EUR/USD 2008-09-12 spot 1.4151"], 1)
    with pytest.raises(RateMissing):
        rate_chain(entity.id, "EUR", "USD", MONDAY, known_at=datetime(2008, 9, 15, tzinfo=UTC))


def test_a_pair_of_its_own_comes_before_a_cross_unless_it_is_too_old() -> None:
    entity = an_entity()
    recorded(
        entity, quoted("EUR/USD", "1.4"), quoted("EUR/JPY", "150"), quoted("USD/JPY", "107"),
        quoted("EUR/USD", "1.4", MONDAY + timedelta(8)), quoted("EUR/JPY", "150", MONDAY + timedelta(8)),
    )  # fmt: skip
    assert used(rate_chain(entity.id, "USD", "JPY", MONDAY)) == ["multiply USD/JPY 2008-09-15 spot 107"]
    assert len(rate_chain(entity.id, "JPY", "USD", MONDAY + timedelta(8))) == 2


def test_ways_are_always_the_same() -> None:
    """The pair itself; bases of both, the euro first; then what merely links them."""
    pairs = {
        ("USD", "AAA"),
        ("USD", "BBB"),
        ("EUR", "AAA"),
        ("EUR", "BBB"),
        ("BBB", "AAA"),
        ("AAA", "CCC"),
        ("CCC", "BBB"),
    }
    assert ways(pairs, "AAA", "BBB") == [
        [("BBB", "AAA", "divide")],
        [("EUR", "AAA", "divide"), ("EUR", "BBB", "multiply")],
        [("USD", "AAA", "divide"), ("USD", "BBB", "multiply")],
        [("AAA", "CCC", "multiply"), ("CCC", "BBB", "multiply")],
    ]
    assert ways(pairs, "AAA", "ZZZ") == []


def test_a_cross_costs_five_queries_and_each_leg_one_of_an_index(ecb: Entity) -> None:
    with CaptureQueriesContext(connection) as captured:
        convert(ecb.id, Decimal(1), "USD", "JPY", SUNDAY)
    assert len(captured) == 5  # policy, minor units, pairs, and one per leg


def test_a_rate_can_be_pinned_under_the_lock(ecb: Entity) -> None:
    found = write(ecb.id, lambda tx, _: convert(ecb.id, Decimal(1000), "USD", "JPY", MONDAY, fetch=fetch_within(tx)))
    assert found == convert(ecb.id, Decimal(1000), "USD", "JPY", MONDAY)


# --- the policy ----------------------------------------------------------------------------------


def test_defaults_apply_until_somebody_sets_a_policy() -> None:
    entity = an_entity()
    assert policy_of(entity.id) == (FxPolicyFact(7, "20", "half_even", "cumulative"), 0)
    policy, revision = set_policy(entity.id, {"max_age_days": 1}, actor="test", expected_revision=0)
    assert policy_of(entity.id) == (policy, revision) == (FxPolicyFact(1, "20", "half_even", "cumulative"), 2)
    again, _ = set_policy(entity.id, {"max_jump_percent": "0.50", "rounding": "half_up"}, actor="test")
    assert again == FxPolicyFact(1, "0.5", "half_up", "cumulative")
    event = Event.objects.filter(entity=entity).order_by("-sequence")[0]
    assert (event.type, canonical.decode(event.data)["max_jump_percent"]) == ("fx_policy.set", "0.5")
    with pytest.raises(PreconditionFailed):
        set_policy(entity.id, {"max_age_days": 2}, actor="test", expected_revision=revision)


def test_the_policy_rules_age_jump_and_rounding() -> None:
    entity = an_entity()
    recorded(
        entity,
        quoted("EUR/USD", "1.5", FRIDAY),
        quoted("EUR/ITL", "1936.27", FRIDAY),
        quoted("EUR/ESP", "166.386", FRIDAY),
    )
    set_policy(entity.id, {"max_age_days": 1, "max_jump_percent": "1", "rounding": "up"}, actor="test")
    with pytest.raises(RateTooOld):
        rate_chain(entity.id, "EUR", "USD", SUNDAY)
    assert statuses(recorded(entity, quoted("EUR/USD", "1.52", FRIDAY + timedelta(1)))) == ["rate_jump"]
    assert str(convert(entity.id, Decimal("0.01"), "USD", "EUR", FRIDAY).converted) == "0.01"
    set_policy(entity.id, {"rounding": "regulation_1103_97"}, actor="test")
    found = convert(entity.id, Decimal(1), "ITL", "USD", FRIDAY)
    assert (str(found.converted), found.rounding.between) == ("0.00", 3)  # 0.001 EUR


@pytest.mark.parametrize(
    "change",
    [{"max_age_days": -1}, {"max_age_days": 3661}, {"rounding": "sometimes"}, {"revaluation_method": "both"},
     *({"max_jump_percent": text} for text in ("0", "0.00", "10001", "1.234", "-1", "x", "", ".5", "1e2", "NaN", "\u0661"))],
    ids=str,
)  # fmt: skip
def test_a_policy_that_cannot_be(ecb: Entity, change: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as refused:
        set_policy(ecb.id, change, actor="test")
    assert (refused.value.code, refused.value.pointer) == ("malformed", f"/{next(iter(change))}")
    assert policy_of(ecb.id)[1] == 0
