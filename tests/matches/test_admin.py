"""Admin pages of matching: lists, suggestions, matching by hand with the difference shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from recon.matching.models import Match, MatchRejection
from recon.matching.rule_sets import rules_of
from tests.matches.banking import a_line, a_posting, by_hand, ran, suggested
from tests.matches.desk import Desk
from tests.pages import text_of, without_label
from tests.people import logged_in


@pytest.fixture
def desk(operator: Client) -> Desk:
    return Desk(operator)


def test_the_lists_show_what_is_there(desk: Desk) -> None:
    a_line(desk.bank, "12.30", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    ran(desk.bank)
    page = desk.page("match/?account=BANK")
    assert "the reference is the same" in page
    assert "Match by hand" in page
    assert "Choose a bank account first." in desk.client.get(desk.at("match/by-hand/"), follow=True).content.decode()
    match = Match.objects.get(bank_account_id=desk.bank.id)
    page = desk.page(f"match/{match.pk}/change/")
    assert "Unmatch" in page
    assert "Post the residual" not in page
    for name in ("matchsuggestion", "matchrules", "matchrejection"):
        desk.page(f"{name}/?account=BANK")


def test_suggestions_are_confirmed_and_rejected(desk: Desk) -> None:
    for reference in ("INV-7701", "INV-7702"):
        a_line(desk.bank, "12.30", reference)
        for _ in range(2):
            a_posting(desk.bank, "12.30", reference)
    ran(desk.bank)
    first = suggested(desk.bank)[0]
    assert "It is a tie" in desk.page(f"matchsuggestion/{first.pk}/change/")
    assert "is made" in desk.send(f"matchsuggestion/{first.pk}/confirm/")
    rest = suggested(desk.bank)[0]
    assert "No run suggests it again." in desk.send(f"matchsuggestion/{rest.pk}/reject/", reason="another one")
    rejection = MatchRejection.objects.get(bank_account_id=desk.bank.id)
    assert rejection.reason == "another one"
    assert "another one" in desk.page(f"matchrejection/{rejection.pk}/change/")


def test_candidates_are_told_apart_and_decided_in_the_list(desk: Desk) -> None:
    for reference in ("INV-7701", "INV-7702"):
        a_line(desk.bank, "1012.30", reference)
        for _ in range(2):
            a_posting(desk.bank, "1012.30", reference)
    ran(desk.bank)
    first, *_ = suggested(desk.bank)
    page = desk.client.get(desk.at("matchsuggestion/?account=BANK"))
    assert "1,012.30" in text_of(page)
    assert "Reference 50 of 50: the reference is the same; amount 30 of 30: the same" in text_of(page)
    button = f'formaction="/admin/e/{desk.entity.code}/matching/matchsuggestion/{first.pk}/confirm/" name="key" value="admin:confirm:'
    assert button in page.content.decode()
    address, sent = desk.at(f"matchsuggestion/{first.pk}/confirm/"), {"key": f"admin:confirm:{first.pk}"}
    assert "Match 1 is made." in desk.client.post(address, sent, follow=True).content.decode()
    desk.client.post(address, sent, follow=True)
    assert Match.objects.filter(bank_account_id=desk.bank.id).count() == 1
    rest, *_ = suggested(desk.bank)
    sent = {"key": f"admin:reject:{rest.pk}"}
    page = desk.client.post(desk.at(f"matchsuggestion/{rest.pk}/reject/"), sent, follow=True)
    assert "No run suggests it again." in page.content.decode()
    desk.client = a_clerk("view_matchsuggestion")
    assert "formaction" not in desk.page("matchsuggestion/?account=BANK")


def test_every_field_has_a_label(desk: Desk) -> None:
    line, version = a_line(desk.bank, "10.00"), a_posting(desk.bank, "11.00")
    for path in (
        f"match/by-hand/?account=BANK&lines={line}&postings={version}",
        f"match/line/{line}/split/",
        "matchrules/edit/?account=BANK",
    ):
        assert without_label(desk.page(path)) == [], path


def test_a_match_is_taken_back(desk: Desk) -> None:
    match = by_hand(desk.bank, [a_line(desk.bank, "10.00")], [a_posting(desk.bank, "10.00")]).match.match
    assert "is taken back" in desk.send(f"match/{match.pk}/unmatch/", reason="not theirs")
    assert "was taken back already" in desk.send(f"match/{match.pk}/unmatch/", reason="not theirs")


def test_a_residual_is_posted(desk: Desk) -> None:
    assert "at version 1" in desk.send("matchrules/edit/?account=BANK", profile="reference_then_cent")
    assert rules_of(desk.entity.id, desk.bank.id).version == 1
    a_line(desk.bank, "12.31", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    ran(desk.bank)
    match = Match.objects.get(bank_account_id=desk.bank.id)
    assert "Post the residual" in desk.page(f"match/{match.pk}/change/")
    done = desk.send(f"match/{match.pk}/residual/", template="rounding", counter_account="SALES")
    assert "the items are in match 2" in done


def test_lists_ask_no_more_for_more_rows(desk: Desk, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        by_hand(desk.bank, [a_line(desk.bank, f"{number + 1}.00")], [a_posting(desk.bank, f"{number + 1}.00")])
    with django_assert_max_num_queries(21):
        desk.page("match/?account=BANK")
    for number in range(12):
        a_line(desk.bank, f"{number + 1}.00")
        a_posting(desk.bank, f"{number + 1}.00")
    with django_assert_max_num_queries(21):
        desk.page("match/by-hand/?account=BANK")
    for number in range(2):
        a_line(desk.bank, "70.00", f"INV-770{number}")
        a_posting(desk.bank, "70.00", f"INV-770{number}")
        a_posting(desk.bank, "70.00", f"INV-770{number}")
    ran(desk.bank)
    with django_assert_max_num_queries(20):
        desk.page("matchsuggestion/?account=BANK")


def a_clerk(*permissions: str) -> Client:
    user = User.objects.create_user(f"clerk-{UUID(int=len(permissions))}-{'-'.join(permissions)}"[:150], is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return logged_in(user)


def test_who_may_match_posts_nothing_unless_he_may_post(desk: Desk) -> None:
    line = a_line(desk.bank, "-3.50")
    for permissions, status in ((("view_match",), 403), (("change_match",), 200)):
        desk.client = a_clerk(*permissions)
        assert desk.client.get(desk.at("match/by-hand/?account=BANK")).status_code == status
    typed = {
        "lines": [str(line)],
        "post": "x",
        "seen": "-3.5",
        "template": "fee",
        "counter_account": "SALES",
        "key": "k",
    }
    assert desk.client.post(desk.at("match/by-hand/?account=BANK"), typed).status_code == 403
    desk.client = a_clerk("change_match", "add_journal")
    assert desk.client.post(desk.at("match/by-hand/?account=BANK"), typed).status_code == 302
