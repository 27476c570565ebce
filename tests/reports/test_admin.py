"""The pages of the reports."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.desk.models import Preference
from reports.kinds import KINDS
from tests.pages import JOURNALS, in_books, read, text_of
from tests.people import a_member_of_staff, a_user, logged_in

ASKED = {
    "statement": {"account": "1001-CASH"},
    "cash-movement": {"accounts": "1001-CASH , 2001-ALICE"},
    "cash-flow": {"accounts": "1001-CASH , 2001-ALICE"},
}
# Of open items, taxes, budgets and credits the shop has none: see their own tests.
NOT_IN_THE_SHOP = {
    "tax", "budget-variance", "open-items", "aged-balances", "party-statement", "allocations", "credits-liability",
}  # fmt: skip
every = pytest.mark.parametrize("name", [name for name in KINDS if name not in NOT_IN_THE_SHOP])


def page(name: str) -> str:
    return f"/admin/reports/{name}/"


@every
def test_every_report_has_a_page_with_its_data_cut(operator: Client, quiet_shop: Entity, name: str) -> None:
    text = read(operator, page(name), entity=quiet_shop.code, **ASKED.get(name, {}))
    assert f"{KINDS[name].title} of Corner shop" in text
    assert "Data up to event" in text
    assert "1,254.50" in text or "1,234.50" in text


@every
def test_every_page_leads_to_files(operator: Client, quiet_shop: Entity, name: str) -> None:
    asked = {"entity": quiet_shop.code, **ASKED.get(name, {})}
    for wanted in ("csv", "json"):
        response = operator.get(page(name), asked | {"format": wanted})
        assert response.status_code == 200
        content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        response.close()
        assert b"234.50" in content or b"1254.50" in content
    body = operator.get(page(name), asked).content.decode()
    assert f"entity={quiet_shop.code}" in body
    assert "format=xlsx" in body


def test_a_code_leads_to_its_statement_over_the_same_dates(operator: Client, quiet_shop: Entity) -> None:
    asked = {"entity": quiet_shop.code, "as_of": "2026-03-02"}
    body = operator.get(page("trial-balance"), asked).content.decode()
    assert f"/admin/e/{quiet_shop.code}/reports/statement/?account=1001-CASH&amp;to=2026-03-02" in body
    asked = {"entity": quiet_shop.code, "from": "2026-02-01", "known_at": "2100-01-01T00:00:00Z"}
    body = operator.get(page("general-ledger"), asked).content.decode()
    assert "account=1001-CASH&amp;from=2026-02-01&amp;to=2026-03-02&amp;known_at=2100-01-01" in body


def test_a_number_leads_to_its_journal(operator: Client, quiet_shop: Entity) -> None:
    body = operator.get(page("statement"), {"entity": quiet_shop.code, "account": "1001-CASH"}).content.decode()
    assert f"/admin/e/{quiet_shop.code}/journals/journal/?q=1" in body
    assert "Monday" in read(operator, "/admin/journals/journal/", q="1")


def test_a_refusal_is_said_above_the_form(operator: Client, quiet_shop: Entity) -> None:
    text = read(operator, page("trial-balance"), entity=quiet_shop.code, as_of="2026-03-03")
    assert "2026-03-03 is after the business date, 2026-03-02." in text
    assert "Data up to event" not in text


def test_days_are_typed_as_everywhere_and_stand_in_the_address_in_full(quiet_shop: Entity) -> None:
    user = a_user(is_superuser=True)
    Preference.objects.create(user=user, days="dmy-slash")
    client = logged_in(user)
    for name, asked, full in [
        ("trial-balance", "as_of=-1", "as_of=2026-03-01"), ("trial-balance", "as_of=2/3&zeros=true", "as_of=2026-03-02&zeros=true"),
        ("general-ledger", "from=month-1", "from=2026-02-01&to=2026-02-28"),
        ("general-ledger", "from=15.1.&to=2026-02", "from=2026-01-15&to=2026-02-28"),
        ("income-statement", "from=1&compare_from=2025-Q4", "from=2026-03-01&compare_from=2025-10-01&compare_to=2025-12-31"),
    ]:  # fmt: skip
        assert client.get(f"{in_books(quiet_shop, page(name))}?{asked}").headers["Location"] == f"?{full}"
    body = client.get(in_books(quiet_shop, page("trial-balance")), {"as_of": "2026-03-02"}).content.decode()
    assert re.search(r'<input type="text" class="lf-day"[^>]* name="as_of" value="02/03/2026"', body)
    wrong = client.get(in_books(quiet_shop, page("trial-balance")), {"as_of": "31.2."}).content.decode()
    assert "There is no day 31.2." in wrong
    assert 'name="as_of" value="31.2."' in wrong
    # In lists a day with slashes, which another person reads otherwise; what moves on with the business date stays.
    journals = in_books(quiet_shop, JOURNALS)
    assert client.get(f"{journals}?from=10/11/2025&q=x").headers["Location"] == "?from=2025-11-10&q=x"
    assert client.get(f"{journals}?from=month-1").status_code == 200
    assert "There is no day 31/2" in text_of(client.get(f"{journals}?from=31/2", follow=True))


def test_a_statement_first_asks_for_an_account(operator: Client, quiet_shop: Entity) -> None:
    assert "give its code" in read(operator, page("statement"), entity=quiet_shop.code, account=" ")


def test_books_that_are_not_there(operator: Client) -> None:
    assert "There are no books to report on." in read(operator, page("trial-balance"), entity="nowhere")


def test_empty_books_say_so(operator: Client) -> None:
    from tests.builders import an_entity

    text = read(operator, page("trial-balance"), entity=an_entity().code)
    assert "Nothing stands on any account." in text


def test_a_long_report_is_cut_and_says_so(
    operator: Client, quiet_shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.admin.MOST_ROWS", 2)
    assert "The first 2 rows, and the totals of all." in read(operator, page("trial-balance"), entity=quiet_shop.code)


def test_reports_stand_in_the_navigation_of_those_who_may_read_journals(operator: Client, quiet_shop: Entity) -> None:
    reader, other = a_member_of_staff("journals.view_journal"), a_member_of_staff("accounts.view_account")
    shown = reader.get(page("trial-balance"), {"entity": quiet_shop.code})
    assert in_books(quiet_shop, page("cash-movement")) in shown.content.decode()
    assert "/reports/" not in other.get("/admin/").content.decode()
    assert other.get(page("trial-balance")).status_code == 403


def test_the_reports_begin_with_the_trial_balance(operator: Client, quiet_shop: Entity) -> None:
    response = operator.get("/admin/reports/", follow=True)
    assert response.redirect_chain == [(page("trial-balance"), 302)]
    assert "Trial balance" in text_of(response)
