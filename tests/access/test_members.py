"""Roles in books: what a person may do in one set of books and not in another, in the admin and by a key."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from ledgerflow.access.errors import ScopesExceedPerson
from ledgerflow.access.keys import create_key, scopes_now
from ledgerflow.access.members.errors import MembershipUnchanged, OwnMembership, RoleBeyondGiver
from ledgerflow.access.members.models import MembershipStep
from ledgerflow.access.members.reading import people_of
from ledgerflow.access.members.roles import (
    ADMINISTRATOR,
    APPROVER,
    AUDITOR,
    CONTROLLER,
    OPERATOR,
    PREFIX,
    ROLES,
    VIEWER,
    Role,
)
from ledgerflow.access.members.seeding import seed_roles
from ledgerflow.access.members.use_cases import add_person, give_role, take_role
from ledgerflow.core.errors import PersonLacksPermission
from ledgerflow.core.people import may, person_of
from tests.builders import an_entity
from tests.concurrency.test_many_writers import at_once
from tests.pages import in_books, page_of, read, send, text_of
from tests.people import a_shop, a_user, logged_in


def group_of(role: Role) -> Group:
    return Group.objects.get(name=f"{PREFIX}{role.name}")


def root() -> Any:
    return a_user(is_superuser=True)


def a_member(role: Role, *entities: Any, **given: Any) -> Any:
    user = a_user(**given)
    for entity in entities:
        give_role(root(), user, group_of(role), entity)
    return type(user).objects.get(pk=user.pk)  # as the next request loads him


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_each_role_has_permissions_and_no_more_than_it_says(role: Role) -> None:
    held = {f"{one.content_type.app_label}.{one.codename}" for one in group_of(role).permissions.all()}
    writes = {one for one in held if not one.partition(".")[2].startswith("view_")}
    assert "accounts.view_account" in held
    assert bool(writes) == (role not in {VIEWER, AUDITOR})
    assert ("journals.add_journal" in held) == (role in {OPERATOR, CONTROLLER})
    assert ("ledger_roles.change_membership" in held) == (role is ADMINISTRATOR)
    assert not {one for one in held if one.startswith(("auth.", "admin."))}
    assert ("days.reopen_day" in held) == (role.name in {"approver", "controller"})


def test_migrating_again_gives_a_role_what_it_lost_and_writes_nothing_else() -> None:
    group = group_of(VIEWER)
    before = set(group.permissions.values_list("pk", flat=True))
    group.permissions.remove(Permission.objects.get(codename="view_account"))
    group.permissions.add(Permission.objects.get(codename="add_journal"))
    seed_roles(using="default")
    assert set(group.permissions.values_list("pk", flat=True)) == before


def test_a_role_counts_in_its_books_alone() -> None:
    shop, bank = a_shop(), an_entity()
    olga = a_member(OPERATOR, shop)
    assert [may(olga, "journals.add_journal", one.pk) for one in (shop, bank)] == [True, False]
    assert not may(olga, "journals.add_journal")
    manager = a_member(CONTROLLER, None)
    assert [may(manager, "periods.lock_period", one.pk) for one in (shop, bank)] == [True, True]


def test_pages_of_other_books_are_not_there() -> None:
    shop, bank = a_shop(), an_entity(name="Secret bank")
    client = logged_in(a_member(VIEWER, shop))
    account = shop.accounts.get(code="1001-CASH")
    assert "Cash in the till" in read(client, page_of(account))
    listed = reverse("admin:journals_journal_changelist")
    assert client.get(in_books(shop, listed)).status_code == 200
    for address in ("/admin/", listed, reverse("admin:report_trial-balance")):
        answer = client.get(in_books(bank, address))
        assert answer.status_code == 404, address
        assert "Secret bank" not in answer.content.decode()
    assert client.get(listed, {"entity": bank.code}, follow=True).status_code in {403, 404}
    assert "Secret bank" not in client.get("/admin/", follow=True).content.decode()
    assert "Secret bank" not in client.get(reverse("admin:books_entity_changelist"), follow=True).content.decode()
    there = client.get(reverse("admin:books_entity_change", args=[bank.pk]), follow=True)
    assert "Secret bank" not in there.content.decode()


def test_home_of_two_books_shows_both_and_no_third() -> None:
    shop, cafe = a_shop(), an_entity(name="Corner café")
    an_entity(name="Secret bank")
    page = read(logged_in(a_member(VIEWER, shop, cafe)), "/admin/")
    assert "Corner shop" in page
    assert "Corner café" in page
    assert "Secret bank" not in page


def test_a_viewer_is_offered_nothing_that_changes_the_books() -> None:
    shop = a_shop()
    client = logged_in(a_member(VIEWER, shop))
    add = in_books(shop, reverse("admin:journals_journal_add"))
    assert client.get(add).status_code == 403
    assert add not in client.get(in_books(shop, "/admin/")).content.decode()
    assert logged_in(a_member(OPERATOR, shop)).get(add).status_code == 200


def test_a_key_does_in_each_books_what_its_person_may_there() -> None:
    shop, bank = an_entity(), an_entity()
    olga = a_member(OPERATOR, shop)
    give_role(root(), olga, group_of(VIEWER), bank)
    person = person_of(olga)
    key = create_key(shop, "till", ["read", "post"], person=person)[0]
    with pytest.raises(ScopesExceedPerson):
        create_key(bank, "bank", ["post"], person=person)
    assert scopes_now(key) == ["read", "post"]
    take_role(root(), olga, group_of(OPERATOR), shop)
    assert scopes_now(key) == []


def test_an_administrator_gives_roles_in_his_books_and_never_to_himself() -> None:
    shop, bank = an_entity(), an_entity()
    ada = a_member(ADMINISTRATOR, shop)
    user = add_person(ada, f"new-{shop.code}", "new@example.org", group_of(VIEWER), shop)
    assert (user.is_staff, user.has_usable_password()) == (True, False)
    with pytest.raises(MembershipUnchanged):
        give_role(ada, user, group_of(VIEWER), shop)
    with pytest.raises(OwnMembership):
        give_role(ada, ada, group_of(CONTROLLER), shop)
    with pytest.raises(PersonLacksPermission):
        give_role(ada, user, group_of(VIEWER), bank)
    with pytest.raises(PersonLacksPermission):
        give_role(ada, user, group_of(VIEWER), None)
    take_role(ada, user, group_of(VIEWER), shop, reason="left the team")
    assert user.username not in {one.name for one in people_of(shop)}
    steps = MembershipStep.objects.filter(user=user).order_by("id")
    assert [(one.is_given, one.made_by, one.reason) for one in steps] == [
        (True, person_of(ada), ""),
        (False, person_of(ada), "left the team"),
    ]


def test_who_sees_one_set_of_books_is_beyond_those_who_give_roles_in_all() -> None:
    shop = an_entity()
    ada = a_member(ADMINISTRATOR, shop)
    ada.ledgerflow_books = shop.pk  # on a page of the shop
    with pytest.raises(RoleBeyondGiver):
        give_role(ada, a_user(), group_of(VIEWER), None)


def test_a_person_is_added_invited_and_signs_in() -> None:
    shop = a_shop()
    ada = logged_in(a_member(ADMINISTRATOR, shop))
    address = in_books(shop, reverse("admin:ledger_roles_membershipstep_add"))
    name = f"olga-{shop.code}"
    given = {"name": name, "email": "olga@example.org", "role": str(group_of(OPERATOR).pk), "books": "here"}
    answer = ada.post(address, given)
    invitation = re.findall(r'<code id="secret">([^<]+)</code>', answer.content.decode())[0]
    assert "no-store" in answer["Cache-Control"]
    assert "already" in text_of(ada.post(address, given))
    there = in_books(cafe := an_entity(), reverse("admin:ledger_roles_membershipstep_add"))
    assert "Operator from now on" in send(logged_in(a_member(ADMINISTRATOR, cafe)), there, **given)
    browser = Client()
    form = browser.get(invitation.removeprefix("http://testserver"), follow=True)
    assert "Choose your password" in text_of(form)
    where = form.redirect_chain[-1][0]
    secret = "correct horse battery staple"
    browser.post(where, {"new_password1": secret, "new_password2": secret})
    assert "used already" in text_of(Client().get(invitation.removeprefix("http://testserver"), follow=True))
    assert browser.login(username=name, password=secret)
    assert "Corner shop" in text_of(browser.get(in_books(shop, "/admin/")))
    people = read(ada, in_books(shop, reverse("admin:ledger_roles_membershipstep_changelist")))
    assert f"{name} olga@example.org Operator" in people


def test_roles_are_given_and_taken_on_the_page_of_a_person() -> None:
    shop = an_entity()
    ada, olga = logged_in(a_member(ADMINISTRATOR, shop)), a_member(VIEWER, shop)
    page = in_books(shop, reverse("admin:ledger_roles_person", args=[olga.pk]))
    assert send(ada, f"{page}give/", role=str(group_of(APPROVER).pk), books="here").count("Approver") > 1
    assert "has this role there already" in send(ada, f"{page}give/", role=str(group_of(APPROVER).pk), books="here")
    assert ada.post(f"{page}give/", {"role": str(group_of(APPROVER).pk), "books": "everywhere"}).status_code == 200
    (step,) = (one.step for one in people_of(shop, str(olga.pk))[0].roles if one.label == "Viewer")
    take = in_books(shop, reverse("admin:ledger_roles_membershipstep_take", args=[step]))
    taken = send(ada, take, reason="left the team")
    assert "does not have this role there" in send(ada, take, reason="twice")
    assert "left the team" in taken
    assert [one.label for one in people_of(shop, str(olga.pk))[0].roles] == ["Approver"]
    viewer = logged_in(a_member(AUDITOR, shop))
    assert viewer.get(page).status_code == 200
    assert viewer.get(f"{page}give/").status_code == 403
    assert ada.get(in_books(shop, reverse("admin:ledger_roles_person", args=[a_user().pk]))).status_code == 404


def test_two_who_give_the_same_role_at_once_give_it_once() -> None:
    shop, olga = an_entity(), a_user()
    givers = [root(), root()]
    outcomes = at_once(*(partial(give_role, giver, olga, group_of(VIEWER), shop) for giver in givers))
    assert sorted(type(one).__name__ for one in outcomes) == ["MembershipStep", "MembershipUnchanged"]


def test_an_invitation_takes_who_could_give_all_that_the_person_may() -> None:
    shop, bank = an_entity(), an_entity()
    ada, olga = a_member(ADMINISTRATOR, shop), a_member(VIEWER, shop)
    page = in_books(shop, reverse("admin:ledger_roles_person_invitation", args=[olga.pk]))
    assert 'id="secret"' in logged_in(ada).post(page).content.decode()
    give_role(root(), olga, group_of(CONTROLLER), bank)
    assert "may give" in send(logged_in(ada), page)
    assert 'id="secret"' in logged_in(root()).post(page).content.decode()
    boss = a_member(VIEWER, shop, is_superuser=True)
    assert "may give" in send(
        logged_in(ada), in_books(shop, reverse("admin:ledger_roles_person_invitation", args=[boss.pk]))
    )
