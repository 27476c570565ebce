"""Who sees and does what, and what hostile addresses get: an answer, never a server error."""

from uuid import uuid4

import pytest
from django.test import Client

from journals.models import Journal
from ledgerflow.access.keys import create_key
from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity
from tests.pages import ACCOUNTS, CURRENCIES, ENTITIES, JOURNALS, KEYS, PROPOSALS, page_of, read
from tests.people import a_member_of_staff

LISTS = [ENTITIES, CURRENCIES, ACCOUNTS, JOURNALS, KEYS, PROPOSALS]
VIEWS = [
    "books.view_entity",
    "accounts.view_account",
    "journals.view_journal",
    "access.view_apikey",
    "approvals.view_proposal",
]


def pages_of(shop: Entity) -> list[str]:
    key, _ = create_key(shop, "key", ["read"])
    journal = Journal.objects.get(entity=shop, number=1)
    return [page_of(row) for row in (shop, shop.accounts.all()[0], shop.currencies.all()[0], journal, key)]


def actions_of(shop: Entity) -> list[str]:
    key, _ = create_key(shop, "key", ["read"])
    account = shop.accounts.get(code="1001-CASH").pk
    return [
        f"{ENTITIES}add/", f"{ENTITIES}{shop.pk}/base-currency/", f"{CURRENCIES}add/", f"{ACCOUNTS}add/", f"{KEYS}add/", f"{KEYS}{key.pk}/revoke/",
        f"{ACCOUNTS}{account}/edit/", *(f"{ACCOUNTS}{action}/?id={account}" for action in ("freeze", "unfreeze", "close")),
    ]  # fmt: skip


def test_strangers_are_asked_to_log_in(client: Client, shop: Entity) -> None:
    for page in ["/admin/", *LISTS, *pages_of(shop), *actions_of(shop)]:
        response = client.get(page)
        books = f"/admin/e/{shop.code}/" if page.startswith("/admin/e/") else "/admin/"
        assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, f"{books}login/"), page


def test_staff_without_permissions_see_nothing(shop: Entity) -> None:
    nobody = a_member_of_staff()
    index = read(nobody, "/admin/")
    assert "Corner shop" not in index
    assert "have permission to view or edit anything." in index
    for page in [*LISTS, *pages_of(shop), *actions_of(shop)]:
        answer = nobody.get(page)
        assert (answer.status_code in {403, 404}, b"Corner shop" in answer.content) == (True, False), page


def test_staff_who_may_look_cannot_act(shop: Entity) -> None:
    viewer = a_member_of_staff(*VIEWS, "accounts.view_currency")
    for page in [*LISTS, *pages_of(shop)]:
        assert viewer.get(page).status_code == 200, page
    actions = actions_of(shop)
    before = shop.events.count()
    for page in actions:
        assert viewer.post(page, {"reason": "x", "outflow": "on"}).status_code == 403, page
    assert shop.events.count() == before
    assert not ApiKey.objects.filter(entity=shop).exclude(revoked_at=None).exists()
    body = viewer.get(page_of(shop.accounts.get(code="1001-CASH"))).content.decode()
    assert "/freeze/" not in body


def test_home_hides_journals_from_who_may_not_see_them(quiet_shop: Entity) -> None:
    page = read(a_member_of_staff("books.view_entity"), "/admin/", entity=quiet_shop.code)
    assert "Corner shop" in page
    assert "Monday" not in page


def test_who_may_change_accounts_may_freeze_them(shop: Entity) -> None:
    clerk = a_member_of_staff("accounts.view_account", "accounts.change_account")
    account = shop.accounts.get(code="1001-CASH")
    clerk.post(f"{ACCOUNTS}freeze/?id={account.pk}", {"reason": "x", "outflow": "on"})
    account.refresh_from_db()
    assert account.outflow_frozen


HOSTILE = [
    "entity=%00", "entity=no-such-books", "entity=%ff", "q=%00", "q=" + "x" * 3000, "p=0", "p=-1", "p=x",
    "p=99999999999999999999", "o=1.-2.99", "o=x", "all=", "e=1", "_facets=True", "_popup=1", "_to_field=id",
    "_to_field=name", "description__regex=(a%2B)%2B", "name__contains=x", "id=1", "entity__name=x", "type=%00",
    "type=zzz", "kind=zzz", "kind=%00", "currency=%27", "role=x%00", "status=x", "from=x", "to=2026-13-01",
    "from=0000-00-00", "from=9999-12-31", "to=%00", "recorded_at__year=x", "metadata__a=1", "entity=a&entity=b",
]  # fmt: skip


@pytest.mark.parametrize("page", LISTS)
def test_hostile_addresses_get_an_answer(operator: Client, quiet_shop: Entity, page: str) -> None:
    for query in HOSTILE:
        response = operator.get(f"{page}?{query}")  # a server error would be raised here
        assert response.status_code in {200, 302, 400}, query
    assert operator.get(page + "?e=1").status_code == 200  # where 302 leads, with all that was to be said


def test_a_value_that_cannot_be_is_named(operator: Client, quiet_shop: Entity) -> None:
    for query, said in {
        "kind=zzz": "'zzz' is not one of the choices of kind.",
        "from=x": "'x' is no time: write a date as 20",
        "entity=no-such-books": "There is no entity 'no-such-books'.",
    }.items():
        assert said in read_after_redirect(operator, f"{JOURNALS}?{query}")


def read_after_redirect(client: Client, url: str) -> str:
    return client.get(url, follow=True).content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("page", LISTS)
def test_rows_that_are_not_there_get_an_answer(operator: Client, page: str) -> None:
    for row in (str(uuid4()), "1", "x", "%00", "_5F", "a" * 500, "..%2F..%2F"):
        response = operator.get(f"{page}{row}/change/")
        assert response.status_code == 404 or response.headers["Location"] == "/admin/", row
    assert operator.get("/admin/").status_code == 200  # with all that was to be said


@pytest.mark.parametrize("page", [f"{ACCOUNTS}add/", f"{ENTITIES}add/", f"{KEYS}add/", f"{CURRENCIES}add/"])
def test_forms_full_of_rubbish_get_an_answer(operator: Client, quiet_shop: Entity, page: str) -> None:
    names = [
        "code", "name", "type", "currency", "normal_side", "parent", "is_header", "monetary", "owner_id", "role", "cash_flow", "term",
        "min_balance", "max_balance", "metadata", "scopes", "expires_at", "base_currency", "business_date",
        "time_zone", "dimensions", "minor_units",
    ]  # fmt: skip
    for rubbish in ("\x00", "x" * 100_000, "-1", "NaN", "💥" * 50, "\\ud800", "9999-99-99", "{{1}}"):
        response = operator.post(f"{page}?entity={quiet_shop.code}", dict.fromkeys(names, rubbish))
        assert response.status_code == 200
        assert "Nothing was written." in response.content.decode()


def test_a_form_without_its_token_is_refused(quiet_shop: Entity) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = a_member_of_staff("access.add_apikey").cookies
    assert client.post(f"{KEYS}add/?entity={quiet_shop.code}", {"name": "x", "scopes": "read"}).status_code == 403
