"""Admin pages of matching: lists, suggestions, matching by hand with the difference shown."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ledgerflow.books.models import Entity
from recon.matching.models import Match, MatchRejection
from recon.matching.rows import Bank
from recon.matching.rule_sets import rules_of
from tests.builders import an_entity
from tests.matches.banking import a_bank, a_line, a_posting, by_hand, ran, suggested, tied


class Desk:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.entity: Entity = an_entity()
        self.bank: Bank = a_bank(self.entity)

    def at(self, path: str) -> str:
        joint = "&" if "?" in path else "?"
        return f"/admin/matching/{path}{joint}entity={self.entity.code}"

    def page(self, path: str) -> str:
        reply = self.client.get(self.at(path))
        assert reply.status_code == 200, reply
        return reply.content.decode()

    def send(self, path: str, **given: Any) -> str:
        """Fill in a form as a browser does: what it holds, and what was typed."""
        key = re.search(r'name="key" value="([^"]+)"', self.page(path))
        typed = ({"key": key[1]} if key else {}) | given
        return self.client.post(self.at(path), typed, follow=True).content.decode()


@pytest.fixture
def desk(admin_client: Client) -> Desk:
    return Desk(admin_client)


def test_the_lists_show_what_is_there(desk: Desk) -> None:
    a_line(desk.bank, "12.30", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    ran(desk.bank)
    page = desk.page("match/?account=BANK")
    assert "the reference is the same" in page
    assert "Match by hand" in page
    match = Match.objects.get(bank_account_id=desk.bank.id)
    page = desk.page(f"match/{match.pk}/change/")
    assert "Unmatch" in page
    assert "Post the residual" not in page
    for name in ("matchsuggestion", "matchrules", "matchrejection"):
        desk.page(f"{name}/?account=BANK")


def test_a_run_from_the_list(desk: Desk) -> None:
    a_line(desk.bank, "12.30", "INV-7701")
    a_posting(desk.bank, "12.30", "INV-7701")
    assert "Matched: 1. Suggested: 0." in desk.send("match/run/?account=BANK")
    assert "Choose a bank account first." in desk.client.get(desk.at("match/run/"), follow=True).content.decode()


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


def test_the_difference_is_shown_until_it_is_zero(desk: Desk) -> None:
    lines = [a_line(desk.bank, "10.00"), a_line(desk.bank, "5.00")]
    version = a_posting(desk.bank, "15.00")
    path = "match/by-hand/?account=BANK"
    page = desk.send(path, lines=[str(lines[0])], postings=[version], compare="x")
    assert '<dd id="difference">-5.00' in page
    assert tied(desk.bank) == set()
    refused = desk.send(path, lines=[str(lines[0])], postings=[version], match="x")
    assert "the difference is -5" in refused
    page = desk.send(path, lines=[str(one) for one in lines], postings=[version], match="x", explanation="instalments")
    assert "is made" in page
    assert Match.objects.get(bank_account_id=desk.bank.id).explanation == "instalments"


def test_what_is_left_is_posted_with_the_match(desk: Desk) -> None:
    line, version = a_line(desk.bank, "95.00"), a_posting(desk.bank, "100.00")
    page = desk.send(
        "match/by-hand/?account=BANK", lines=[str(line)], postings=[version], match="x", template="fee",
        counter_account="SALES",
    )  # fmt: skip
    assert "is made" in page
    match = Match.objects.get(bank_account_id=desk.bank.id)
    assert (match.rule, match.residual) == ("posted", 0)
    assert "posted with it" in desk.page(f"match/{match.pk}/change/")


def test_a_match_is_taken_back(desk: Desk) -> None:
    match = by_hand(desk.bank, [a_line(desk.bank, "10.00")], [a_posting(desk.bank, "10.00")]).match.match
    assert "is taken back" in desk.send(f"match/{match.pk}/unmatch/", reason="not theirs")
    assert "was taken back already" in desk.send(f"match/{match.pk}/unmatch/", reason="not theirs")


def test_a_residual_is_posted(desk: Desk) -> None:
    assert "at version 1" in desk.send("matchrules/add/", profile="reference_then_cent", account="BANK")
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
    with django_assert_max_num_queries(14):
        desk.page("match/?account=BANK")
    for number in range(12):
        a_line(desk.bank, f"{number + 1}.00")
        a_posting(desk.bank, f"{number + 1}.00")
    with django_assert_max_num_queries(14):
        desk.page("match/by-hand/?account=BANK")


def a_clerk(*permissions: str) -> Client:
    user = User.objects.create_user(f"clerk-{UUID(int=len(permissions))}-{'-'.join(permissions)}"[:150], is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_who_may_match_posts_nothing_unless_he_may_post(desk: Desk) -> None:
    line = a_line(desk.bank, "-3.50")
    for permissions, status in ((("view_match",), 403), (("change_match",), 200)):
        desk.client = a_clerk(*permissions)
        assert desk.client.get(desk.at("match/by-hand/?account=BANK")).status_code == status
    typed = {"lines": [str(line)], "match": "x", "template": "fee", "counter_account": "SALES", "key": "k"}
    assert desk.client.post(desk.at("match/by-hand/?account=BANK"), typed).status_code == 403
    desk.client = a_clerk("change_match", "add_journal")
    assert desk.client.post(desk.at("match/by-hand/?account=BANK"), typed).status_code == 302
