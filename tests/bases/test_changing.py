"""When the base currency may change, and who else knows of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.bases.eras import Era, base_currency_on, eras_of
from accounts.bases.models import BaseChange
from accounts.bases.use_cases import change_base_currency
from accounts.changing import close_account
from fx.deals.settlement import reverse_settlement
from fx.rates.finding import convert, rate_chain
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from journals.days.closing.checks import base_change_day_open, withdrawn_currencies
from journals.days.closing.running import close_day
from journals.days.errors import CloseBlocked
from journals.days.policies import set_day_policy
from journals.errors import NotReversible
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import LedgerError
from tests.approving import go_on_to
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.client import ApiClient
from tests.concurrency.races import Race
from tests.functional.worksheets import a_rate, books
from tests.trading import an_exchange

START, LAST, SWITCH = date(2022, 12, 30), date(2022, 12, 31), date(2023, 1, 1)
GIVEN: dict[str, Any] = {"currency": "EUR", "starts_on": SWITCH, "rate": "7.53450"}


@pytest.fixture
def kuna() -> Entity:
    entity = an_entity(business_date=START, base_currency="HRK")
    an_account(entity, "BANK", currency="HRK")
    an_account(entity, "SALES", "income", currency="HRK")
    return entity


def changed(entity: Entity, **given: Any) -> BaseChange:
    wanted = GIVEN | {"key": uuid4().hex, "actor": "test"} | given
    change_base_currency(entity.id, wanted.pop("currency"), wanted.pop("starts_on"), wanted.pop("rate"), **wanted)
    return BaseChange.objects.filter(entity=entity).latest("starts_on")


def refusal_of(entity: Entity, **given: Any) -> tuple[str, str]:
    with pytest.raises(LedgerError) as caught:
        changed(entity, **given)
    return caught.value.code, caught.value.message


def test_books_have_a_base_currency_on_each_day(kuna: Entity) -> None:
    assert eras_of(kuna.id) == [Era("HRK")]
    changed(kuna)
    changed(kuna, currency="USD", starts_on=date(2024, 1, 1), rate="1.10500")
    assert eras_of(kuna.id)[1:] == [
        Era("EUR", SWITCH, Decimal("7.5345")), Era("USD", date(2024, 1, 1), Decimal("1.105")),
    ]  # fmt: skip
    days = (START, LAST, SWITCH, date(2023, 12, 31), date(2024, 1, 1))
    assert [base_currency_on(kuna.id, day) for day in days] == ["HRK", "HRK", "EUR", "EUR", "USD"]
    event = Event.objects.get(entity=kuna, type="base_currency.changed", subject=str(SWITCH))
    assert '"before":"HRK","currency":"EUR"' in event.data
    assert verify_books(kuna.id) == []


@pytest.mark.parametrize(
    "given, code, words",
    [
        ({"rate": "7.5345"}, "fixed_rate_refused", "six significant figures"),
        ({"rate": "7.534500"}, "fixed_rate_refused", "six significant figures"),
        ({"rate": "0.132723"}, "", ""),
        ({"rate": "-7.5345"}, "fixed_rate_refused", "six significant figures"),
        ({"rate": "seven"}, "fixed_rate_refused", "six significant figures"),
        ({"rate": "000000"}, "fixed_rate_refused", "six significant figures"),
        ({"currency": "DEM"}, "unknown_currency", "no currency 'DEM'"),
        ({"currency": "\x00"}, "unknown_currency", "no currency"),
        ({"currency": "HRK", "starts_on": SWITCH}, "base_change_refused", "HRK is the base currency already"),
        ({"starts_on": START}, "base_change_refused", "These books began on 2022-12-30"),
        ({"starts_on": date(1899, 1, 1)}, "date_out_of_range", ""),
    ],
)
def test_what_is_no_change_is_refused_by_name(kuna: Entity, given: dict[str, Any], code: str, words: str) -> None:
    if not code:
        assert changed(kuna, **given).rate == Decimal("0.132723")
        return
    found, message = refusal_of(kuna, **given)
    assert (found, words in message) == (code, True)


def test_it_is_said_before_its_day_begins(kuna: Entity) -> None:
    posted(kuna, a_transfer("BANK", "SALES", "1.00", effective_date=LAST, advance_business_date=True))
    assert "There are journals dated 2022-12-31 or later" in refusal_of(kuna, starts_on=LAST)[1]
    close_day(kuna.id, START, actor="test")
    close_day(kuna.id, LAST, actor="test")
    assert refusal_of(kuna, starts_on=LAST) == (
        "base_change_refused", "2022-12-31 is closed or closing: the base currency changes before its day begins.",
    )  # fmt: skip
    changed(kuna)  # in the morning of the day, before anything is dated on it
    for starts_on in (SWITCH, LAST):
        message = refusal_of(kuna, currency="USD", starts_on=starts_on)[1]
        assert "The base currency changes to EUR on 2023-01-01 already" in message


def test_a_day_that_is_closing_is_under_way(kuna: Entity) -> None:
    an_account(kuna, "LEFT", "liability", currency="HRK", role="suspense")
    set_day_policy(kuna.id, {"checks": {"suspense": "block"}}, actor="test")
    close_day(kuna.id, START, actor="test")
    posted(kuna, a_transfer("BANK", "LEFT", "1.00"))
    with pytest.raises(CloseBlocked):
        close_day(kuna.id, LAST, actor="test")
    assert "2022-12-31 is closed or closing" in refusal_of(kuna, starts_on=LAST)[1]


def test_of_two_changes_at_once_one_is(kuna: Entity) -> None:
    race = Race(*(lambda code=code: attempted(kuna, code) for code in ("EUR", "USD")))
    race.start()
    assert sorted(race.finish()) == ["base_change_refused", "changed"]


def attempted(entity: Entity, currency: str) -> str:
    try:
        changed(entity, currency=currency)
    except LedgerError as refusal:
        return refusal.code
    return "changed"


def test_the_endpoint_says_it_once_and_the_entity_shows_it_on_the_day(kuna: Entity) -> None:
    client = ApiClient(kuna)
    body = {"currency": "EUR", "date": str(SWITCH), "rate": "7.53450"}
    made = client.post("/api/entity/base-currency", body, key="euro")
    told = {"before": "HRK", "currency": "EUR", "date": "2023-01-01", "rate": "7.53450"}
    assert (made.status, made.json) == (201, told | {"event_sequence": made.json["event_sequence"]})
    again = client.post("/api/entity/base-currency", body, key="euro")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (made.json, "true")
    other = client.post("/api/entity/base-currency", body | {"rate": "7.53451"}, key="euro")
    assert other.code == "idempotency_key_reused"
    assert client.get("/api/entity").json["base_currency"] == "HRK"
    founded, second = client.get("/api/entity/base-currency").json["results"]
    assert {name: founded[name] for name in ("currency", "starts_on", "ends_on", "before", "rate", "event_sequence")} == {
        "currency": "HRK", "starts_on": None, "ends_on": "2022-12-31", "before": None, "rate": None, "event_sequence": 1,
    }  # fmt: skip
    era: dict[str, str | None] = {
        "currency": "EUR",
        "starts_on": "2023-01-01",
        "ends_on": None,
        "before": "HRK",
        "rate": "7.53450",
    }
    event = Event.objects.get(entity=kuna, sequence=made.json["event_sequence"])
    assert {name: second[name] for name in era} == era
    assert (second["event_sequence"], second["actor"]) == (event.sequence, event.actor)
    go_on_to(kuna, SWITCH)
    assert client.get("/api/entity").json["base_currency"] == "EUR"


# --- what follows ---


def test_from_the_day_on_the_rate_is_fixed_whatever_is_recorded(kuna: Entity) -> None:
    """Never the inverse, halves up: 0.11 kuna are 0.0145995 euro, 4.75 are 0.63043, and 1.13018 are 0.15000."""
    changed(kuna)
    wanted = [Quote("HRK", "EUR", LAST, "spot", Decimal("0.13")), Quote("EUR", "USD", SWITCH, "spot", Decimal("1.08"))]
    record_rates(kuna.id, wanted, source="test", actor="test", confirm_jump=True)
    (before,) = rate_chain(kuna.id, "HRK", "EUR", LAST)
    assert (before.kind, before.value, before.operation) == ("spot", Decimal("0.13"), "multiply")
    (leg,) = rate_chain(kuna.id, "HRK", "EUR", date(2030, 1, 1))
    assert (leg.base, leg.quote, leg.kind, leg.value, leg.operation) == (
        "EUR", "HRK", "fixed", Decimal("7.5345"), "divide",
    )  # fmt: skip
    figures = {"0.11": "0.01", "4.75": "0.63", "7534.50": "1000.00", "-37.6725": "-5.00", "0.0376725": "0.01"}
    for amount, expected in figures.items():
        found = convert(kuna.id, Decimal(amount), "HRK", "EUR", SWITCH).converted
        assert found == Decimal(expected), amount
    assert convert(kuna.id, Decimal("1000.00"), "EUR", "HRK", SWITCH).converted == Decimal("7534.50")
    crossed = convert(kuna.id, Decimal("7534.50"), "HRK", "USD", SWITCH)
    assert ([one.kind for one in crossed.chain], crossed.converted) == (["fixed", "spot"], Decimal("1080.00"))


def test_the_last_day_in_the_old_currency_closes_by_itself(kuna: Entity) -> None:
    changed(kuna)
    set_day_policy(kuna.id, {"weekend": [6], "holiday_policy": "allow"}, actor="test")
    assert base_change_day_open(kuna.id, LAST) == []
    assert base_change_day_open(kuna.id, SWITCH) == [
        "Close 2022-12-31 first: from 2023-01-01 on these books are kept in EUR."
    ]
    close_day(kuna.id, START, actor="test")
    go_on_to(kuna, SWITCH)
    with pytest.raises(CloseBlocked):
        close_day(kuna.id, actor="test")


def test_kuna_that_move_after_they_were_withdrawn_are_named(kuna: Entity) -> None:
    changed(kuna)
    for day in (date(2023, 1, 31), date(2023, 2, 1)):
        go_on_to(kuna, day)
        posted(kuna, a_transfer("BANK", "SALES", "1.00"))
    an_account(kuna, "TILL", currency="HRK")
    posted(kuna, a_transfer("TILL", "BANK", "1.00"))
    posted(kuna, a_transfer("BANK", "TILL", "1.00"))
    close_account(kuna.id, "TILL", actor="test")
    assert withdrawn_currencies(kuna.id, date(2023, 1, 31)) == []
    assert withdrawn_currencies(kuna.id, date(2023, 2, 1)) == [
        f"{code} moved in HRK, withdrawn in 2023-01." for code in ("BANK", "SALES", "TILL")
    ]


def test_an_exchange_of_before_is_not_reversed_over_the_day() -> None:
    entity = books(START, base_currency="HRK")
    a_rate(entity, START, "7.00000")
    an_account(entity, "BANK-HRK", currency="HRK")
    settled = an_exchange(entity, "BANK-HRK", "BANK-USD", "700.00").settlement
    changed(entity)
    go_on_to(entity, SWITCH)
    with pytest.raises(NotReversible, match="The base currency has changed"):
        reverse_settlement(entity.id, settled.id, key="back", actor="test")
    reverse_settlement(entity.id, settled.id, key="back", effective_date=LAST, actor="test")
    assert verify_books(entity.id) == []
