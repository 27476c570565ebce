"""Business days in the admin: what is shown of a close, closing, giving up, reopening, and the policy."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.models import Account
from journals.days.closing.running import close_day
from journals.days.models import DayClose
from journals.days.policies import day_policy, set_day_policy
from ledgerflow.approvals.models import Proposal
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, an_account, posted
from tests.pages import column, page_of, read, send, text_of
from tests.people import a_member_of_staff, person_behind, queries

DAYS = "/admin/days/dayclose/"
POLICY = "/admin/days/daypolicy/"
TOMORROW = TODAY + timedelta(days=1)


def a_find(shop: Entity) -> None:
    """Something that a check finds, and that blocks."""
    an_account(shop, "LOST", role="suspense")
    set_day_policy(shop.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(shop, a_transfer("LOST", "4001-SALES", "3.00"))


def run_of(shop: Entity, day: date = TODAY) -> DayClose:
    return DayClose.objects.filter(entity=shop, day=day).latest("number")


def press_close(client: Client, shop: Entity, **fields: str) -> str:
    return send(client, f"{DAYS}close/?entity={shop.code}", **({"day": str(TODAY)} | fields))


def test_a_day_is_closed_by_a_button(operator: Client, shop: Entity) -> None:
    page = read(operator, f"{DAYS}close/", entity=shop.code)
    assert "Day in turn 2026-03-02" in page
    assert "Nothing: " in page
    page = press_close(operator, shop)
    assert "2026-03-02 is closed." in page
    assert "EUR 1,254.50 1,254.50" in page
    for step in ("cut off done", "checks done", "snapshot done", "proof done", "close done"):
        assert step in page
    assert run_of(shop).actor == person_behind(operator)


def test_the_list_shows_each_close(operator: Client, shop: Entity) -> None:
    record = close_day(shop.id, actor="t")
    close_day(shop.id, actor="t")
    assert column(operator, DAYS, "day", entity=shop.code) == ["2026-03-03", "2026-03-02"]
    assert column(operator, DAYS, "status", entity=shop.code) == ["closed", "closed"]
    assert column(operator, DAYS, "sha256", entity=shop.code)[1] == (record.sha256 or "")[:12]
    few = queries(operator, f"{DAYS}?entity={shop.code}")
    close_day(shop.id, actor="t")
    assert queries(operator, f"{DAYS}?entity={shop.code}") == few


def test_what_blocks_is_said_and_passed_with_a_reason(operator: Client, shop: Entity) -> None:
    a_find(shop)
    page = read(operator, f"{DAYS}close/", entity=shop.code)
    assert "suspense blocks LOST stands at 3.00 EUR, not at zero." in page
    page = press_close(operator, shop)
    assert "2026-03-02 does not close: suspense." in page
    assert "Status blocked" in page
    assert "2026-03-02 does not close: it is blocked" in read(operator, "/admin/", entity=shop.code)
    page = press_close(operator, shop, accept="written off tomorrow")
    assert "2026-03-02 is closed." in page
    assert "Accepted: written off tomorrow" in page


def test_each_finding_leads_to_where_it_is_put_right(operator: Client, shop: Entity) -> None:
    """Two accounts of opening equity that make up for one another block too: the cut-off looks at each."""
    a_find(shop)
    for code, amount in (("OPEN-1", "7.00"), ("OPEN-2", "-7.00")):
        an_account(shop, code, "equity", role="opening_equity")
        pair = ("4001-SALES", code) if amount == "7.00" else (code, "4001-SALES")
        posted(shop, a_transfer(*pair, "7.00"))
    response = operator.get(f"{DAYS}close/", {"entity": shop.code})
    page, body = text_of(response), response.content.decode()
    assert "opening equity not zero blocks Opening balances in EUR do not add up: 7.00 is left on OPEN-1." in page
    assert "Opening balances in EUR do not add up: \u22127.00 is left on OPEN-2." in page
    for code in ("LOST", "OPEN-1", "OPEN-2"):
        account = Account.objects.get(entity=shop, code=code)
        assert f'{code}. <a href="{page_of(account)}">' in body or f'zero. <a href="{page_of(account)}">' in body
        assert operator.get(page_of(account)).status_code == 200


def test_a_close_that_is_stuck_is_given_up(operator: Client, shop: Entity) -> None:
    a_find(shop)
    press_close(operator, shop)
    cancel = f"{DAYS}{run_of(shop).pk}/cancel/"
    assert "This field is required." in send(operator, cancel, reason="")
    page = send(operator, cancel, reason="to clear suspense")
    assert "The close is given up." in page
    assert "Status cancelled" in page
    assert "is not closing" in send(operator, cancel, reason="again")


def test_a_page_left_open_closes_no_other_day(operator: Client, shop: Entity) -> None:
    close_day(shop.id, actor="t")
    page = press_close(operator, shop)  # the day is closed already: its record, and nothing else
    assert "Day 2026-03-02" in page
    assert DayClose.objects.filter(entity=shop).count() == 1
    page = press_close(operator, shop, day="2026-03-05")
    assert "The day to close next is 2026-03-03, not 2026-03-05." in page


def test_a_day_that_has_not_begun_has_no_button(operator: Client, shop: Entity) -> None:
    close_day(shop.id, actor="t")
    set_day_policy(shop.id, {"holidays": {str(TOMORROW): "A feast"}}, actor="t")
    page = read(operator, f"{DAYS}close/", entity=shop.code)
    assert "Day in turn 2026-03-03" in page


def test_reopening_is_proposed_with_a_reason(operator: Client, shop: Entity) -> None:
    close_day(shop.id, actor="t")
    run = run_of(shop)
    page = send(operator, f"{DAYS}{run.pk}/reopen/", reason="a late invoice")
    assert "It waits for another person." in page
    proposal = Proposal.objects.get(entity=shop)
    assert (proposal.kind, proposal.subject, proposal.reason) == ("day.reopen", "2026-03-02", "a late invoice")
    assert "a late invoice" in read(operator, page_of(run))


def test_the_frozen_trial_balance_is_shown_with_its_hash(operator: Client, shop: Entity) -> None:
    record = close_day(shop.id, actor="t")
    address = f"{DAYS}{record.id}/trial-balance/"
    page = read(operator, address)
    assert f"is the one that the close recorded: {record.sha256}" in page
    assert "1001-CASH EUR 0.00 1,254.50 0.00 1,254.50 2" in page
    assert "Total EUR 0.00 1,254.50 1,254.50 0.00" in page
    assert b"1001-CASH\tEUR\t0\t1254.5\t0\t1254.5\t2\t2\n" in operator.get(address, {"format": "text"}).content
    assert (record.sha256 or "").encode() in operator.get(address, {"format": "json"}).content
    csv = operator.get(address, {"format": "csv"})
    assert b"1001-CASH,EUR" in b"".join(csv.streaming_content)  # type: ignore[attr-defined]
    assert "The format is one of" in text_of(operator.get(address, {"format": "doc"}, follow=True))


def test_a_close_without_a_frozen_balance_says_so(operator: Client, shop: Entity) -> None:
    a_find(shop)
    press_close(operator, shop)
    page = text_of(operator.get(f"{DAYS}{run_of(shop).pk}/trial-balance/", follow=True))
    assert "2026-03-02, version 1, is not closed." in page


def test_the_policy_is_shown_and_set(operator: Client, shop: Entity) -> None:
    page = read(operator, POLICY, entity=shop.code)
    assert "none: days are closed by hand" in page
    fields = {
        "cut_off_minutes": "25:30", "weekend": ["6", "7"], "holiday_policy": "following", "check_suspense": "block",
        "holidays": "2026-12-25 Christmas\n\n 2026-01-01 New Year ", "revision": "0",
    }  # fmt: skip
    page = send(operator, f"{POLICY}edit/?entity={shop.code}", **fields)
    assert "25:30 hours after the midnight that begins the day" in page
    assert "Saturday, Sunday" in page
    assert "suspense blocks the close" in page
    assert "2026-12-25 Christmas" in page
    policy, _ = day_policy(shop.id)
    assert (policy.cut_off_minutes, policy.weekend, policy.checks) == (1530, [6, 7], {"suspense": "block"})
    assert policy.holidays == {date(2026, 1, 1): "New Year", date(2026, 12, 25): "Christmas"}
    assert "has changed since it was read" in send(operator, f"{POLICY}edit/?entity={shop.code}", **fields)
    form = operator.get(f"{POLICY}edit/", {"entity": shop.code}).content.decode()
    assert 'value="25:30"' in form
    assert "2026-01-01 New Year\n2026-12-25 Christmas" in form


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("cut_off_minutes", "6pm", "A cut-off is HH:MM"),
        ("cut_off_minutes", "48:01", "from 1 to 2880 minutes"),
        ("holidays", "Christmas", "Line 1: a holiday is a date and its name"),
        ("weekend", ["1", "2", "3", "4", "5", "6", "7"], "A weekend is up to six different weekdays"),
    ],
)
def test_a_policy_that_makes_no_sense_is_marked(
    operator: Client, shop: Entity, field: str, value: str | list[str], said: str
) -> None:
    fields = {"holiday_policy": "allow", "revision": "0", field: value}
    assert said in send(operator, f"{POLICY}edit/?entity={shop.code}", **fields)
    assert day_policy(shop.id)[1] == 0


def test_home_shows_the_day_that_is_over_in_books_that_close_days(operator: Client, shop: Entity) -> None:
    close_day(shop.id, actor="t")
    page = read(operator, "/admin/", entity=shop.code)
    assert "Business date 2026-03-03" in page
    assert "2026-03-03 is over, and is not closed." in page


def test_who_may_look_neither_closes_nor_reopens(shop: Entity) -> None:
    close_day(shop.id, actor="t")
    run = run_of(shop)
    viewer = a_member_of_staff("days.view_dayclose", "days.view_daypolicy")
    for page in (DAYS, page_of(run), f"{DAYS}{run.pk}/trial-balance/", POLICY):
        assert viewer.get(page, {"entity": shop.code}).status_code == 200, page
    before = shop.events.count()
    for page in (f"{DAYS}close/", f"{DAYS}{run.pk}/cancel/", f"{DAYS}{run.pk}/reopen/", f"{POLICY}edit/"):
        assert viewer.post(page, {"entity": shop.code, "reason": "x", "day": str(TODAY)}).status_code == 403, page
    assert shop.events.count() == before
    closer = a_member_of_staff("days.close_day")
    assert closer.get(f"{DAYS}close/", {"entity": shop.code}).status_code == 200
    assert closer.get(f"{DAYS}{run.pk}/reopen/").status_code == 403
    reopener = a_member_of_staff("days.reopen_day")
    assert reopener.get(f"{DAYS}{run.pk}/reopen/").status_code == 200
    assert reopener.get(f"{DAYS}close/").status_code == 403
    assert a_member_of_staff().get(page_of(run)).status_code == 404  # nothing in these books is open to him
