"""Home: a queue of what somebody should look at, of figures that were made beforehand, and a table of several books."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.locales.current import Conventions, written_as
from ledgerflow.core.locales.numbers import FORMATS
from ledgerflow.core.plugins import HOME_MOST, Cure, Figures, HomeEntry, HomeLook, registry
from ledgerflow.desk import home, preparing
from ledgerflow.desk.figures import packed_look, unpacked_look
from ledgerflow.desk.home_charts import charts_of
from ledgerflow.desk.models import PreparedFigures
from ledgerflow.desk.preparing import entities_due, kept_for_page, prepare
from ledgerflow.desk.trends import cash_by_day, events_by_hour
from tests.approving import PERMISSION, a_person, a_proposal, user_of
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted
from tests.jobs import tick_for
from tests.pages import in_books, page_of, read, send
from tests.people import a_member_of_staff, a_shop, logged_in, queries


def home_page(entity: Entity) -> str:
    return in_books(entity, "/admin/")


def made_at(entity: Entity) -> set[object]:
    return set(PreparedFigures.objects.filter(entity=entity).values_list("made_at", flat=True))


def test_what_is_wrong_is_a_sentence_with_a_link_and_what_is_well_one_line(operator: Client) -> None:
    shop = a_shop()
    lost = an_account(shop, "LOST", role="suspense", name="<b>Unknown\\u0000x")
    posted(shop, a_transfer("LOST", "4001-SALES", "1234.50"))
    response = operator.get(home_page(shop))
    body = response.content.decode()
    page = read(operator, home_page(shop))
    assert "Suspense and transit (1) LOST <b>Unknown\\u0000x stands at 1,234.50 EUR since 2026-03-02." in page
    assert f'<a href="{page_of(lost)}">' in body
    assert "?entity=" not in body
    assert "Trial balance: 0 in EUR" in page
    assert "looked at less than a minute ago" in page
    assert " style=" not in body.partition('id="content"')[2]
    posted(shop, a_transfer("4001-SALES", "LOST", "1234.50"))
    prepare(shop.pk)
    page = read(operator, home_page(shop))
    assert "Nothing waits for anybody." in page
    assert "Suspense and transit ·" in page


def test_figures_are_made_when_something_has_happened_or_by_and_by(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = a_shop()
    assert shop.pk in entities_due()
    tick_for("prepare_home", shop.pk)
    assert shop.pk not in entities_due()
    assert PreparedFigures.objects.filter(entity=shop).count() == len(preparing.names())
    posted(shop, a_transfer("1001-CASH", "4001-SALES", "1.00"))
    assert shop.pk in entities_due()
    prepare(shop.pk)
    prepare(shop.pk)
    assert shop.pk not in entities_due()
    later = clocks.now() + timedelta(minutes=6)
    monkeypatch.setattr(clocks, "now", lambda: later)
    assert shop.pk in entities_due()


def test_a_page_makes_figures_where_that_is_soon_done(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = a_shop()
    kept_for_page(shop.pk)
    first = made_at(shop)
    kept_for_page(shop.pk)
    assert made_at(shop) == first
    now = clocks.now()
    monkeypatch.setattr(clocks, "now", lambda: now + timedelta(minutes=3))
    PreparedFigures.objects.filter(entity=shop, name="uncleared").update(took_ms=preparing.CHEAP_MS + 1)
    assert kept_for_page(shop.pk).made_at in first  # shown with its age
    PreparedFigures.objects.filter(entity=shop).update(took_ms=1)
    kept_for_page(shop.pk)
    assert made_at(shop) == {now + timedelta(minutes=3)}
    prepare(UUID(int=1))  # books that are gone


def test_a_check_that_fails_is_told_and_hides_no_other(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: UUID) -> HomeLook:
        raise ZeroDivisionError

    shop = a_shop()
    monkeypatch.setitem(registry.home_checks, "rates", replace(registry.home_checks["rates"], find=fail))
    monkeypatch.setitem(preparing.TRENDS, "events_by_hour", fail)
    news = replace(
        registry.home_checks["decided_of_mine"], find_for=lambda _user, found: {one: fail(one) for one in found}
    )
    monkeypatch.setitem(registry.home_checks, "decided_of_mine", news)
    page = read(operator, home_page(shop))
    assert "Rates (1) This could not be looked at: " in page
    assert page.count("This could not be looked at: ") == 2
    assert "Trial balance: 0 in EUR" in page


def test_numbers_of_events_are_written_as_the_person_writes() -> None:
    with written_as(Conventions(FORMATS["de"])):
        assert home.said(HomeEntry("{lag} events behind", {"lag": 12345})) == "12.345 events behind"
        (chart,) = charts_of({"events_by_hour": {"hours": [["2026-03-02 10:00", 1234], ["2026-03-02 11:00", 2]]}})
    assert (chart.text, chart.rows[-1][1]) == ("1.236 in all, 2 in the hour that is running.", "1.234")


def test_a_look_is_kept_as_it_is_but_for_what_is_too_much() -> None:
    figures: Figures = {"n": Decimal("-1.50"), "d": TODAY, "m": clocks.now(), "i": 3, "t": "x", "z": None}
    look = HomeLook([HomeEntry("{n}", figures, (Cure("A", "b", UUID(int=1)),))], HomeEntry("calm"))
    kept = unpacked_look(packed_look(look))
    assert kept.entries[0].figures == figures
    assert kept.entries[0].cures == (Cure("A", "b", str(UUID(int=1))),)  # type: ignore[arg-type]
    assert kept.calm == look.calm
    many = packed_look(HomeLook([HomeEntry("x")] * (HOME_MOST + 1)))
    assert (len(many["entries"]), many["more"]) == (HOME_MOST, True)


def test_each_sees_what_his_permissions_allow() -> None:
    shop = a_shop()
    an_account(shop, "LOST", role="suspense")
    posted(shop, a_transfer("LOST", "4001-SALES", "5.00"))
    page = read(a_member_of_staff("books.view_entity", "holds.view_hold"), home_page(shop))
    assert "Holds that expire today" in page
    assert "LOST" not in page
    assert "Suspense" not in page
    assert "Latest journals" not in page
    assert "Events an hour" not in page


def test_several_books_are_a_table_with_the_worst_first(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet, rates, lost = a_shop(), a_shop(), a_shop()
    an_account(rates, "1100-USD", currency="USD")
    an_account(lost, "LOST", role="suspense")
    posted(lost, a_transfer("LOST", "4001-SALES", "5.00"))
    for shop in (quiet, rates, lost):
        prepare(shop.pk)
    monkeypatch.setattr(home, "MOST_BOOKS", 100_000)
    monkeypatch.setattr(home, "MOST_SHOWN", 100_000)
    page = read(operator, "/admin/")
    first, second, third = (page.index(f" {shop.code} ") for shop in (rates, lost, quiet))
    assert first < second < third
    assert f"{rates.code} 2026-03-02 Rates (1)" in page
    assert f"{quiet.code} 2026-03-02 ✓ all is well" in page
    assert f'<a href="/admin/e/{lost.code}/">' in operator.get("/admin/").content.decode()
    few = queries(operator, "/admin/")
    prepare(a_shop().pk)
    assert queries(operator, "/admin/") == few


def test_a_queue_takes_as_many_queries_however_much_is_in_it(operator: Client) -> None:
    shop = a_shop()
    read(operator, home_page(shop))
    few = queries(operator, home_page(shop))
    for number in range(HOME_MOST + 2):
        an_account(shop, f"LOST{number}", role="suspense")
        posted(shop, a_transfer(f"LOST{number}", "4001-SALES", "5.00"))
    prepare(shop.pk)
    assert queries(operator, home_page(shop)) == few
    assert f"Suspense and transit ({HOME_MOST}+)" in read(operator, home_page(shop))


def test_decisions_are_news_until_they_were_seen() -> None:
    books = an_entity()
    proposer, approver = (user_of(a_person(PERMISSION, "books.view_entity")) for _ in range(2))
    proposal = a_proposal(books, f"user:{proposer.pk}", subject="Hall rent")
    page = read(logged_in(approver), home_page(books))
    assert f"Approvals waiting for you (1) Open an account: Hall rent, by {proposer.username}," in page
    assert "All is well: Approvals waiting for you" in read(logged_in(proposer), home_page(books))
    decide(books.id, proposal.id, "rejected", person=f"user:{approver.pk}", via="test")
    others = an_entity()
    second = a_proposal(others, f"user:{proposer.pk}", subject="Another rent")
    decide(others.id, second.id, "rejected", person=f"user:{approver.pk}", via="test")
    client = logged_in(proposer)
    body = client.get(home_page(books)).content.decode()
    (until,) = re.findall(r'name="until" value="([^"]*)"', body)
    before = clocks.as_text(clocks.now() - timedelta(hours=1))  # what came since the page was made is not seen
    assert "Hall rent was rejected by" in send(client, f"{home_page(books)}home/seen/", until=before)
    assert "Hall rent" not in send(client, f"{home_page(books)}home/seen/", until=until)
    for nonsense in ("0001-01-01T00:00:00+14:00", "2026-03-02T00:00:00", "\x00"):
        assert "Hall rent" not in send(client, f"{home_page(books)}home/seen/", until=nonsense)
    assert "Hall rent" not in read(client, home_page(books))
    assert "Another rent was rejected by" in read(client, home_page(others))
    assert client.get(f"{home_page(books)}home/seen/").status_code == 302


def test_cash_is_followed_back_from_what_stands_there(operator: Client) -> None:
    books = an_entity()
    an_account(books, "1000", is_header=True, cash_flow="cash")
    an_account(books, "1001", parent="1000")
    an_account(books, "1002", role="cash")
    an_account(books, "SALES", "income")
    for code, currency in (("1003", "USD"), ("1004", "GBP"), ("1005", "GBP")):
        an_account(books, code, parent="1000", currency=currency)
    an_account(books, "SALES-USD", "income", currency="USD")
    posted(books, a_transfer("1003", "SALES-USD", "1204.00"))
    assert len(cash_by_day(books.pk)["days"]) == 91
    assert cash_by_day(an_entity().pk) == {}
    for account, day, amount in (
        ("1001", date(2026, 2, 27), "10.00"),
        ("1002", TODAY, "5.00"),
        ("1001", TODAY, "-2.00"),
    ):
        posted(books, a_journal((account, amount), ("SALES", str(-Decimal(amount))), effective_date=day))
    found = cash_by_day(books.pk)
    assert (found["currency"], found["days"][-5:]) == (
        "EUR",
        [
            ["2026-02-26", "0.00"],
            ["2026-02-27", "10.00"],
            ["2026-02-28", "10.00"],
            ["2026-03-01", "10.00"],
            ["2026-03-02", "13.00"],
        ],
    )
    assert found["weeks"][-1] == ["2026-02-24", "15.00", "2.00"]
    hours = events_by_hour(books.pk)["hours"]
    assert (len(hours), sum(count for _, count in hours)) == (24, books.events.count())
    page = read(operator, home_page(books))
    assert "Cash in EUR, 13 weeks" in page
    assert "0.00 on 2025-12-02, 13.00 on 2026-03-02. Not in it: 1,204.00 USD." in page
