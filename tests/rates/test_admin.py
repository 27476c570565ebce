"""Rates and their policy in the admin: lists, forms, files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fx.rates.models import Rate
from fx.rates.policies import policy_of, set_policy
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from ledgerflow.books.models import Entity, Event
from tests.builders import an_entity
from tests.pages import column, confirm, page_of, read, send
from tests.people import a_member_of_staff, person_behind, queries

RATES = "/admin/rates/rate/"
POLICY = "/admin/rates/fxpolicy/"
HISTORY = b"Date,USD,JPY,\n2008-09-15,1.4151,149.87,\n2008-09-12,1.4066,N/A,\n2008-09-11,much,148.69,\n"


@pytest.fixture
def books() -> Entity:
    entity = an_entity(name="Money changers")
    for value in ("1.4150", "1.4151"):
        quote = Quote("EUR", "USD", date(2008, 9, 15), "spot", Decimal(value))
        record_rates(entity.id, [quote, quote._replace(rate_date=date(2008, 9, 12))], source="ECB", actor="test")
    record_rates(
        entity.id, [Quote("GBP", "JPY", date(2008, 9, 30), "average", Decimal(190))], source="bank", actor="test"
    )
    return entity


def test_rates_by_date_and_the_filters(operator: Client, books: Entity) -> None:
    assert column(operator, RATES, "value_text", entity=books.code) == ["190", "1.4151", "1.415", "1.4151", "1.415"]
    for filters, pairs in [
        ({"pair": "GBP/JPY"}, ["GBP/JPY"]), ({"kind": "average"}, ["GBP/JPY"]), ({"from": "2008-09-16"}, ["GBP/JPY"]),
        ({"to": "2008-09-12"}, ["EUR/USD", "EUR/USD"]),
    ]:  # fmt: skip
        assert column(operator, RATES, "pair", entity=books.code, **filters) == pairs
    assert queries(operator, f"{RATES}?entity={books.code}") < 15


def test_a_rate_shows_all_its_versions(operator: Client, books: Entity) -> None:
    page = read(operator, page_of(Rate.objects.filter(entity=books, quote="USD", version=1)[0]))
    assert "EUR/USD of 2008-09-1" in page
    assert page.index("2 1.4151 ECB") < page.index("1 1.415 ECB")


def test_a_rate_is_recorded_by_hand(operator: Client, books: Entity) -> None:
    fields = {
        "base": "eur",
        "quote": "USD",
        "date": "2008-09-16",
        "kind": "spot",
        "value": "1.4267",
        "source": "manual",
    }
    assert "EUR/USD 2008-09-16, version 1, is recorded." in send(operator, f"{RATES}add/?entity={books.code}", **fields)
    assert "was recorded already" in send(operator, f"{RATES}add/?entity={books.code}", **fields)
    event = Event.objects.filter(entity=books).order_by("-sequence")[0]
    assert (event.type, event.actor) == ("rate.recorded", person_behind(operator))


def test_a_refused_rate_is_said_beside_its_field(operator: Client, books: Entity) -> None:
    fields = {"base": "EUR", "quote": "USD", "date": "2008-09-16", "kind": "spot", "value": "2", "source": "manual"}
    before = Rate.objects.filter(entity=books).count()
    for change, said in [
        ({}, "is 41.3 % away from 1.4151"), ({"value": "-1"}, "is not a rate"), ({"quote": "EUR"}, "two currencies"),
        ({"base": "USD", "quote": "EUR"}, "keep this pair as EUR/USD"), ({"base": "\x00"}, "Null characters"),
        ({"source": " "}, "This field is required"),
    ]:  # fmt: skip
        page = send(operator, f"{RATES}add/?entity={books.code}", **(fields | change))
        assert said in page
        assert "Nothing was written." in page
    assert Rate.objects.filter(entity=books).count() == before
    assert "is recorded" in confirm(operator, f"{RATES}add/?entity={books.code}", "confirm_jump", **fields)


def test_a_mistyped_rate_is_shown_beside_what_stands_and_taken_once_confirmed(operator: Client) -> None:
    entity = an_entity()
    seven_months_ago, today = date(2026, 4, 24), date(2026, 11, 25)
    record_rates(
        entity.id, [Quote("EUR", "USD", seven_months_ago, "spot", Decimal("1.1602"))], source="ECB", actor="test"
    )
    page, typed = (
        f"{RATES}add/?entity={entity.code}",
        {"base": "EUR", "quote": "USD", "kind": "spot", "source": "manual"},
    )
    mistyped = typed | {"date": str(today), "value": "11602"}
    assert "compared with" not in read(operator, page)
    refused = send(operator, page, **mistyped)
    assert "Nothing was written." in refused
    assert "What was typed 2026-11-25 11602 0.000086192 The rate before 2026-04-24 1.1602 0.86192 999900 %" in refused
    assert "The version it replaces" not in refused
    assert "version 1, is recorded." in confirm(operator, page, "confirm_jump", **mistyped)
    correction = send(operator, page, **(mistyped | {"value": "1.16"}))
    assert "The version it replaces 2026-11-25 11602 0.000086192 \u221299.99 %" in correction
    between = send(operator, page, **(mistyped | {"date": "2026-11-24", "value": "1.16"}))
    assert "The rate before 2026-04-24 1.1602 0.86192 \u22120.02 % The rate after 2026-11-25 11602" in between
    assert Rate.objects.filter(entity=entity).count() == 2


def test_what_is_confirmed_is_the_rate_that_was_shown_and_no_other(operator: Client, books: Entity) -> None:
    page = f"{RATES}add/?entity={books.code}"
    typed = {"base": "EUR", "quote": "USD", "date": "2008-09-16", "kind": "spot", "value": "2", "source": "manual"}
    assert "confirm_jump" not in operator.get(page).content.decode()
    asked = operator.post(page, typed).content.decode()
    assert '<input type="checkbox" name="confirm_jump" value="EUR USD 2008-09-16 spot 2"' in asked
    ticked = typed | {"confirm_jump": "EUR USD 2008-09-16 spot 2"}
    for change in ({"value": "20"}, {"date": "2008-09-17"}, {"quote": "GBP", "value": "9"}, {"confirm_jump": "on"}):
        again = operator.post(page, ticked | change).content.decode()
        assert "Nothing was written." in again
        assert " checked" not in again
    assert Rate.objects.filter(entity=books, value=2).count() == 0
    assert "is recorded" in send(operator, page, **ticked)


def test_the_first_rate_of_a_pair_is_compared_with_a_cross_or_shown_with_its_inverse(
    operator: Client, books: Entity
) -> None:
    page = f"{RATES}add/?entity={books.code}"
    typed = {"date": "2008-09-15", "kind": "spot", "source": "manual"}
    first = typed | {"base": "EUR", "quote": "GBP", "value": "7943"}
    refused = send(operator, page, **first)
    assert "would be the first rate of the pair, and nothing can be compared with 7943" in refused
    assert "What was typed 2008-09-15 7943 0.000125897 Nothing: these books know no other rate of the pair" in refused
    assert "is recorded" in confirm(operator, page, "confirm_jump", **(first | {"value": "0.7943"}))
    # 1.4151 dollars a euro by 0.7943 pounds a euro.
    crossed = send(operator, page, **(typed | {"base": "GBP", "quote": "USD", "value": "0.5613"}))
    assert "The cross rate over EUR 2008-09-15 1.78156867682 0.561303 \u221268.49 %" in crossed
    assert "is recorded" in send(operator, page, **(typed | {"base": "GBP", "quote": "USD", "value": "1.7816"}))
    closing = send(operator, page, **(typed | {"base": "EUR", "quote": "GBP", "kind": "closing", "value": "1.259"}))
    assert "The spot rate 2008-09-15 0.7943 1.25897 58.5 %" in closing


def uploaded(client: Client, entity: Entity, data: bytes, **fields: str) -> str:
    file = SimpleUploadedFile("rates", data)
    return send(client, f"{RATES}upload/?entity={entity.code}", file=file, **({"format": "ecb"} | fields))


def test_a_file_of_the_ecb_is_uploaded_and_what_was_refused_is_listed(operator: Client) -> None:
    entity = an_entity(name="Money changers")
    page = uploaded(operator, entity, HISTORY)
    assert "Recorded 4 Unchanged 0 Refused 1" in page
    assert "4 2008-09-11 USD much" in page
    assert set(Rate.objects.filter(entity=entity).values_list("source", flat=True)) == {"ECB"}
    assert "Recorded 0 Unchanged 4 Refused 1" in uploaded(operator, entity, HISTORY)
    assert Rate.objects.filter(entity=entity).count() == 4


def test_a_csv_file_is_uploaded(operator: Client) -> None:
    entity = an_entity()
    data = b"base,quote,date,value\nEUR,USD,2026-03-02,1.16\nEUR,USD,2026-03-03,9\n"
    assert "Recorded 1 Unchanged 0 Refused 1" in uploaded(operator, entity, data, format="csv", source="Reuters")
    assert "Recorded 1 Unchanged 1 Refused 0" in uploaded(
        operator, entity, data, format="csv", source="Reuters", confirm_jump="on"
    )
    assert set(Rate.objects.filter(entity=entity).values_list("source", flat=True)) == {"Reuters"}


def test_a_file_that_is_none_is_said(operator: Client, books: Entity, settings: Any) -> None:
    assert "This is no file of the ECB" in uploaded(operator, books, b"rubbish")
    assert "must name the columns" in uploaded(operator, books, b"rubbish", format="csv")
    assert "The submitted file is empty." in uploaded(operator, books, b"")
    assert "This field is required." in send(operator, f"{RATES}upload/?entity={books.code}", format="ecb")
    assert "Select a valid choice" in uploaded(operator, books, HISTORY, format="xls")
    settings.LEDGERFLOW_MAX_BODY_BYTES = 10
    assert "A file has at most 10 bytes." in uploaded(operator, books, HISTORY)


def test_the_policy_is_shown_and_set(operator: Client, books: Entity) -> None:
    assert "nobody yet: the defaults" in read(operator, POLICY, entity=books.code)
    form = operator.get(f"{POLICY}edit/?entity={books.code}").context["form"]
    fields = {name: str(form[name].value()) for name in form.fields}
    page = send(
        operator, f"{POLICY}edit/?entity={books.code}", **(fields | {"max_age_days": "3", "rounding": "half_up"})
    )
    assert "The FX policy of Money changers is set." in page
    assert "Oldest rate 3 days" in page
    policy, revision = policy_of(books.pk)
    assert (policy.max_age_days, policy.rounding, revision > 0) == (3, "half_up", True)
    assert "The policy has changed since it was read." in send(operator, f"{POLICY}edit/?entity={books.code}", **fields)
    fields["revision"] = str(revision)
    assert "is not a rate: write it as 1.0845" in send(
        operator, f"{POLICY}edit/?entity={books.code}", **(fields | {"max_jump_percent": "much"})
    )
    assert operator.get(f"{POLICY}{books.pk}/change/").headers["Location"] == POLICY


def test_who_may_look_and_who_may_act(books: Entity) -> None:
    set_policy(books.pk, {"max_age_days": 5}, actor="test")
    viewer = a_member_of_staff("rates.view_rate", "rates.view_fxpolicy")
    assert "Upload a file" not in read(viewer, RATES, entity=books.code)
    assert "Change" not in read(viewer, POLICY, entity=books.code).partition("In force")[2]
    for page in (f"{RATES}add/", f"{RATES}upload/", f"{POLICY}edit/"):
        assert viewer.get(f"{page}?entity={books.code}").status_code == 403
        assert viewer.post(f"{page}?entity={books.code}").status_code == 403
    clerk = a_member_of_staff("rates.view_rate", "rates.add_rate", "rates.change_fxpolicy")
    for page in (RATES, POLICY, f"{RATES}add/", f"{RATES}upload/", f"{POLICY}edit/"):
        assert clerk.get(f"{page}?entity={books.code}").status_code == 200
    nobody = a_member_of_staff()
    assert [nobody.get(page).status_code for page in (RATES, POLICY)] == [403, 403]


@pytest.mark.parametrize("page", [f"{RATES}add/", f"{RATES}upload/", POLICY, f"{POLICY}edit/"])
def test_rates_need_books(operator: Client, page: str) -> None:
    response = operator.get(f"{page}?entity=no-such-books", follow=True)
    assert "needs an entity" in response.content.decode() or "need an entity" in response.content.decode()


def test_hostile_addresses_get_an_answer(operator: Client, books: Entity) -> None:
    for query in ("pair=EUR", "pair=%00", "kind=zzz", "from=x", "to=9999-12-31", "value__gt=1", "q=x", "o=1", "p=99"):
        assert operator.get(f"{RATES}?entity={books.code}&{query}").status_code in {200, 302, 400}, query
