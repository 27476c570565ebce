"""Proposals over HTTP: a key acts for the person it was made for, and two keys of one person are one person."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.currencies import add_currency
from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity
from ledgerflow.core.clocks import as_text
from ledgerflow.core.people import person_of
from tests.approving import KIND, PERMISSION, a_person, a_proposal, is_open, times_opened, user_of
from tests.builders import an_entity
from tests.client import ApiClient

LIST = "/api/proposals"


@pytest.fixture
def books() -> Entity:
    return an_entity()


def client_of(entity: Entity, person: str, *scopes: str) -> ApiClient:
    return ApiClient(entity, *scopes, person=person)


def test_a_proposal_is_approved_and_carried_out(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice, subject="2026-03-02", reason="late invoice", via="key:1")
    api = client_of(books, bob)
    shown = {
        "id": str(proposal.id), "kind": KIND, "subject": "2026-03-02", "payload": {"currency": "EUR"},
        "reason": "late invoice", "proposed_by": alice, "proposed_by_name": user_of(alice).get_username(), "proposed_via": "key:1",
        "proposed_at": as_text(proposal.proposed_at), "expires_at": as_text(proposal.expires_at),
        "status": "pending", "decision": None,
    }  # fmt: skip
    assert api.get(LIST).json == {"results": [shown], "next": None}
    assert api.get(f"{LIST}/{proposal.id}").json == shown | {"executed": False, "failure": None}
    approved = api.post(f"{LIST}/{proposal.id}/approve", {"note": "seen"}).json
    assert (approved["status"], approved["executed"], approved["failure"]) == ("approved", True, None)
    decision = approved["decision"]
    assert decision["decided_by_name"] == user_of(bob).get_username()
    assert (decision["decided_by"], decision["decided_via"], decision["note"]) == (bob, f"key:{api.key.id}", "seen")
    assert api.get(f"{LIST}/{proposal.id}").json == approved
    assert is_open(proposal)


def test_two_keys_of_one_person_are_one_person(books: Entity, alice: str) -> None:
    first, second = client_of(books, alice), client_of(books, alice)
    proposal = a_proposal(books, alice, via=f"key:{first.key.id}")
    for action in ("approve", "reject"):
        reply = second.post(f"{LIST}/{proposal.id}/{action}")
        assert (reply.status, reply.code) == (403, "approval_needs_another_person")
    assert second.post(f"{LIST}/{proposal.id}/withdraw", {"note": "a slip"}).json["status"] == "withdrawn"


def test_a_key_of_nobody_decides_nothing(books: Entity, alice: str) -> None:
    proposal = a_proposal(books, alice)
    api = client_of(books, "")
    for action in ("approve", "reject", "withdraw", "execute"):
        reply = api.post(f"{LIST}/{proposal.id}/{action}")
        assert (reply.status, reply.code) == (403, "person_unknown")
    assert api.get(f"{LIST}/{proposal.id}").json["status"] == "pending"


def test_the_key_needs_the_scope_and_its_person_the_permission(books: Entity, alice: str, bob: str) -> None:
    path = f"{LIST}/{a_proposal(books, alice).id}/approve"
    unscoped = client_of(books, bob, "read", "post").post(path)
    assert (unscoped.status, unscoped.code, unscoped.json["data"]) == (403, "permission_missing", {"scope": "manage"})
    clerk = client_of(books, a_person("accounts.view_account")).post(path)
    assert (clerk.status, clerk.code, clerk.json["data"]["permission"]) == (403, "permission_missing", PERMISSION)
    assert client_of(books, bob, "manage").post(path).json["status"] == "approved"


def test_a_decision_is_the_last_word(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    api = client_of(books, bob)
    assert api.post(f"{LIST}/{proposal.id}/reject", {"note": "no"}).json["status"] == "rejected"
    again = api.post(f"{LIST}/{proposal.id}/approve")
    assert (again.status, again.code, again.json["data"]) == (409, "proposal_not_pending", {"status": "rejected"})
    refused = api.post(f"{LIST}/{proposal.id}/execute")
    assert (refused.status, refused.code) == (409, "proposal_not_approved")


def test_what_could_not_be_carried_out_says_why_and_is_done_later(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice, payload={"currency": "SHELL"})
    approved = client_of(books, bob).post(f"{LIST}/{proposal.id}/approve")
    assert (approved.status, approved.json["status"], approved.json["executed"]) == (200, "approved", False)
    assert approved.json["failure"]["code"] == "unknown_currency"
    api = client_of(books, alice)
    refused = api.post(f"{LIST}/{proposal.id}/execute")
    assert (refused.status, refused.code) == (422, "unknown_currency")
    add_currency(books, code="SHELL", name="Shells", minor_units=0, actor="test")
    for _ in range(2):
        done = api.post(f"{LIST}/{proposal.id}/execute").json
        assert (done["executed"], done["failure"]) == (True, None)
    assert times_opened(proposal) == 1


def test_the_list_is_filtered_and_goes_page_by_page(books: Entity, alice: str, bob: str) -> None:
    made = [str(a_proposal(books, alice).id) for _ in range(3)]
    api = client_of(books, bob)
    api.post(f"{LIST}/{made[0]}/reject")

    def ids(**query: Any) -> list[str]:
        return [found["id"] for found in api.get(LIST, query).json["results"]]

    assert ids() == made[::-1]
    assert ids(status="pending", kind=KIND) == [made[2], made[1]]
    assert ids(status="rejected") == [made[0]]
    assert ids(status="expired") == ids(status="approved") == ids(status="withdrawn") == ids(kind="other") == []
    first = api.get(LIST, {"limit": "2"}).json
    assert [found["id"] for found in first["results"]] == [made[2], made[1]]
    assert [found["id"] for found in api.get(first["next"]).json["results"]] == [made[0]]


@pytest.mark.parametrize(
    "query, pointer", [("status=open", "/status"), ("kinds=x", "/kinds"), ("cursor=x", "/cursor"), ("kind=", "/kind")]
)
def test_a_list_that_cannot_be(books: Entity, query: str, pointer: str) -> None:
    reply = ApiClient(books).get(f"{LIST}?{query}")
    assert (reply.status, reply.pointers) == (400, [pointer])


@pytest.mark.parametrize(
    "body, pointer", [({"note": 1}, "/note"), ({"why": "x"}, "/why"), ({"note": "x" * 501}, "/note")]
)
def test_a_decision_that_cannot_be(books: Entity, alice: str, bob: str, body: Any, pointer: str) -> None:
    reply = client_of(books, bob).post(f"{LIST}/{a_proposal(books, alice).id}/approve", body)
    assert (reply.status, reply.pointers) == (400, [pointer])


def test_the_command_makes_a_key_for_a_user(
    books: Entity, alice: str, bob: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = user_of(bob).username
    call_command("create_api_key", entity=books.code, name="Bob's", scopes="manage", for_user=name)
    api = ApiClient(books)
    api.secret = capsys.readouterr().out.strip()
    approved = api.post(f"{LIST}/{a_proposal(books, alice).id}/approve").json
    assert approved["decision"]["decided_by"] == person_of(user_of(bob)) == bob


def test_the_command_makes_no_key_for_who_is_not_there(books: Entity) -> None:
    with pytest.raises(CommandError, match="no active user 'nobody of that name'"):
        call_command("create_api_key", entity=books.code, name="x", scopes="read", for_user="nobody of that name")
    assert not ApiKey.objects.filter(entity=books).exists()
