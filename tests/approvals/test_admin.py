"""Proposals in the admin: who waits for whom, and that nobody is offered, or gets, a decision on an own one."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client

from accounts.currencies import add_currency
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.reading import status_of
from ledgerflow.approvals.use_cases import proposal_in
from ledgerflow.books.models import Entity
from ledgerflow.core.people import labels_of
from ledgerflow.core.plugins import registry
from ledgerflow.desk import home
from tests.approving import KIND, a_person, a_proposal, an_opener, is_open, times_opened, user_of
from tests.builders import an_entity
from tests.pages import PROPOSALS, column, page_of, read, send
from tests.people import a_member_of_staff, logged_in, queries


def signed_in(person: str) -> Client:
    return logged_in(user_of(person))


@pytest.fixture
def books() -> Entity:
    return an_entity(name="Four-eyed books")


def buttons(client: Client, proposal: Proposal) -> list[str]:
    body = client.get(page_of(proposal)).content.decode()
    return [action for action in ("approve", "reject", "withdraw", "execute") if f"/{action}/" in body]


def state(proposal: Proposal) -> str:
    return status_of(proposal_in(proposal.entity_id, proposal.id))


def known_as(person: str) -> str:
    return labels_of([person])[person]


def test_the_page_says_who_wants_what_and_why(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice, subject="2026-03-02", reason="late invoice", via="key:1")
    page = read(signed_in(bob), page_of(proposal))
    for said in (
        "Open an account",
        "Status pending",
        f"Proposed by {known_as(alice)} with key:1",
        "late invoice",
        '"EUR"',
    ):
        assert said in page
    assert buttons(signed_in(bob), proposal) == ["approve", "reject"]


def test_another_person_approves(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    client = signed_in(bob)
    assert "It is carried out at once." in read(client, f"{PROPOSALS}{proposal.pk}/approve/")
    page = send(client, f"{PROPOSALS}{proposal.pk}/approve/", note="seen")
    assert "It is approved and carried out." in page
    assert f"Approved by {known_as(bob)}" in page
    assert "Note seen" in page
    assert is_open(proposal)
    assert buttons(client, proposal) == []


def test_who_proposed_is_offered_no_approval_and_refused_one(books: Entity, alice: str) -> None:
    proposal = a_proposal(books, alice, via="key:1")
    client = signed_in(alice)
    assert buttons(client, proposal) == ["withdraw"]
    for action in ("approve", "reject"):
        assert "This takes another person" in send(client, f"{PROPOSALS}{proposal.pk}/{action}/", note="me")
    assert state(proposal) == "pending"
    assert "It is withdrawn." in send(client, f"{PROPOSALS}{proposal.pk}/withdraw/")
    assert state(proposal) == "withdrawn"


def test_a_rejection_needs_no_more(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    assert "It is rejected." in send(signed_in(bob), f"{PROPOSALS}{proposal.pk}/reject/")
    assert "This proposal is rejected." in send(signed_in(bob), f"{PROPOSALS}{proposal.pk}/approve/")
    assert not is_open(proposal)


def test_a_note_too_long_is_said_beside_the_field(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    assert "at most 500 characters" in send(signed_in(bob), f"{PROPOSALS}{proposal.pk}/approve/", note="x" * 501)
    assert state(proposal) == "pending"


def test_what_could_not_be_carried_out_is_carried_out_by_a_button(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice, payload={"currency": "SHELL"})
    page = send(signed_in(bob), f"{PROPOSALS}{proposal.pk}/approve/")
    assert "It is approved, but could not be carried out" in page
    assert "Status approved, not carried out yet" in page
    assert buttons(signed_in(bob), proposal) == buttons(signed_in(alice), proposal) == ["execute"]
    assert buttons(signed_in(an_opener()), proposal) == []
    add_currency(books, code="SHELL", name="Shells", minor_units=0, actor="test")
    assert "is not done again" in read(signed_in(alice), f"{PROPOSALS}{proposal.pk}/execute/")
    for _ in range(2):
        assert "Status approved, carried out" in send(signed_in(alice), f"{PROPOSALS}{proposal.pk}/execute/", go="on")
    assert times_opened(proposal) == 1


def test_staff_without_the_permission_see_and_decide_nothing(books: Entity, alice: str) -> None:
    proposal = a_proposal(books, alice)
    stranger = a_member_of_staff("accounts.view_account")
    viewer = a_member_of_staff("approvals.view_proposal")
    for page in (PROPOSALS, page_of(proposal)):
        assert (stranger.get(page).status_code, viewer.get(page).status_code) == (403, 200)
    assert buttons(viewer, proposal) == []
    for client in (stranger, viewer):
        for action in ("approve", "reject", "withdraw", "execute"):
            for method in (client.get, client.post):
                assert method(f"{PROPOSALS}{proposal.pk}/{action}/").status_code == 403
    assert state(proposal) == "pending"


def test_a_proposal_that_is_not_there_is_no_error(books: Entity, bob: str) -> None:
    assert "There is no proposal with the id" in send(signed_in(bob), f"{PROPOSALS}{books.pk}/approve/")
    assert a_member_of_staff().post(f"{PROPOSALS}{books.pk}/approve/").status_code == 403


def test_a_kind_that_is_gone_is_shown_and_left_alone(
    books: Entity, alice: str, operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = a_proposal(books, alice)
    monkeypatch.delitem(registry.proposal_kinds, KIND)
    assert KIND in read(operator, page_of(proposal))
    assert buttons(operator, proposal) == []
    assert operator.post(f"{PROPOSALS}{proposal.pk}/approve/").status_code == 403


def test_the_list_shows_where_proposals_stand(books: Entity, alice: str, bob: str) -> None:
    first, second = a_proposal(books, alice, subject="first"), a_proposal(books, alice, subject="second")
    send(signed_in(bob), f"{PROPOSALS}{first.pk}/reject/")
    client = signed_in(bob)
    assert column(client, PROPOSALS, "subject", entity=books.code) == ["second", "first"]
    assert column(client, PROPOSALS, "status", entity=books.code) == ["pending", "rejected"]
    assert column(client, PROPOSALS, "title", entity=books.code) == ["Open an account"] * 2
    assert column(client, PROPOSALS, "subject", entity=books.code, status="pending") == ["second"]
    assert state(second) == "pending"
    few = queries(client, f"{PROPOSALS}?entity={books.code}")
    for _ in range(5):
        a_proposal(books, alice)
    assert queries(client, f"{PROPOSALS}?entity={books.code}") == few


def test_home_tells_what_waits_in_each_set_of_books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "MOST_BOOKS", 100_000)
    monkeypatch.setattr(home, "MOST_SHOWN", 100_000)
    books = [an_entity(name=name, code=f"{name.lower()}-{uuid4().hex[:8]}") for name in ("Ash", "Birch")]
    kind = f"test.{uuid4().hex[:8]}"  # no other test's proposals wait for it
    other = replace(registry.proposal_kinds[KIND], name=kind, permission="books.view_entity")
    monkeypatch.setitem(registry.proposal_kinds, kind, other)
    proposer, approver = a_person("books.view_entity"), a_person("books.view_entity")
    waiting = [a_proposal(entity, proposer, kind=kind) for entity in (books[0], *books)]
    page = read(signed_in(approver), "/admin/")
    assert f"Ash {books[0].code} 2026-03-02 Approvals waiting for you (2)" in page
    assert f"Birch {books[1].code} 2026-03-02 Approvals waiting for you (1)" in page
    assert "for you" not in read(signed_in(proposer), "/admin/")
    for proposal in waiting[:2]:
        send(signed_in(approver), f"{PROPOSALS}{proposal.pk}/reject/")
    page = read(signed_in(approver), "/admin/")
    assert page.count("Approvals waiting for you") == 1
