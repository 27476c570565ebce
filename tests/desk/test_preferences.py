from __future__ import annotations

from django.test import Client

from ledgerflow.books.models import Entity
from ledgerflow.core.locales.current import USUAL, conventions
from ledgerflow.desk.models import Preference
from tests.pages import JOURNALS, without_label
from tests.people import a_user, logged_in

PAGE = "/admin/preferences/"
GERMAN = {"language": "de", "numbers": "de", "days": "dmy", "time_zone": "Europe/Berlin", "density": "comfortable"}


def test_each_person_says_his_own_and_all_pages_follow(shop: Entity) -> None:
    user, other = a_user(is_superuser=True), a_user(is_superuser=True)
    client, beside = logged_in(user), logged_in(other)
    before = client.get(PAGE)
    assert without_label(before.content.decode()) == []
    assert b"lf-compact" in before.content
    assert b"lf-without-keys" not in before.content

    answer = client.post(PAGE, GERMAN, follow=True)
    kept = Preference.objects.get(user=user)
    assert {name: getattr(kept, name) for name in GERMAN} == GERMAN
    assert not kept.has_single_keys
    assert b'<html lang="de"' in answer.content
    assert b"lf-comfortable lf-without-keys" in answer.content
    assert b"Abmelden" in answer.content  # Django's own texts follow

    assert b'<html lang="de"' in client.get(JOURNALS, {"entity": shop.code}).content
    assert b'<html lang="en"' in beside.get(JOURNALS, {"entity": shop.code}).content
    assert conventions() is USUAL  # nothing is left of it for what the thread does next

    refused = client.post(PAGE, GERMAN | {"numbers": "roman"})
    assert refused.status_code == 200
    assert b"errornote" in refused.content
    assert Preference.objects.get(user=user).numbers == "de"
    assert Client().get(PAGE).status_code == 302
