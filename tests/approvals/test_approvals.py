"""Four eyes: who may propose and decide, what an approval carries out, and that it does so once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.currencies import add_currency
from ledgerflow.approvals.errors import (
    ApprovalNeedsAnotherPerson,
    ProposalExpired,
    ProposalNotApproved,
    ProposalNotPending,
    ProposalPending,
)
from ledgerflow.approvals.reading import is_executed, status_of, title_of, waiting_for
from ledgerflow.approvals.use_cases import decide, execute, proposal_in
from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import canonical
from ledgerflow.core.clocks import as_text
from ledgerflow.core.errors import LedgerError, Malformed, PermissionMissing, PersonUnknown, TryAgain
from ledgerflow.core.people import person_of
from tests.approving import (
    KIND,
    PERMISSION,
    SOON,
    a_person,
    a_proposal,
    an_opener,
    by,
    is_open,
    last_event,
    times_opened,
    user_of,
)
from tests.builders import an_entity


def test_a_proposal_says_who_wants_what_and_why(books: Entity, alice: str) -> None:
    proposal = a_proposal(books, alice, subject="x", reason="we need it", via="key:7")
    assert (proposal.proposed_by, proposal.proposed_via, proposal.reason) == (alice, "key:7", "we need it")
    assert proposal.expires_at - proposal.proposed_at == timedelta(days=7)
    assert (status_of(proposal), title_of(proposal), is_executed(proposal)) == ("pending", "Open an account", False)
    event = last_event(books)
    assert (event.type, event.subject, event.actor) == ("proposal.made", str(proposal.id), "key:7")
    assert (event.sequence, event.recorded_at) == (proposal.event_sequence, proposal.proposed_at)
    assert canonical.decode(event.data) == {
        "id": str(proposal.id), "kind": KIND, "subject": "x", "payload": {"currency": "EUR"}, "reason": "we need it",
        "proposed_by": alice, "proposed_by_name": user_of(alice).username,
        "expires_at": as_text(proposal.expires_at),
    }  # fmt: skip


def named(person: str) -> dict[str, str]:
    return {"decided_by_name": user_of(person).username}


def test_another_persons_approval_carries_it_out(alice: str, bob: str) -> None:
    books = an_entity()
    proposal = a_proposal(books, alice)
    outcome = decide(books.id, proposal.id, "approved", person=bob, via="key:2", note="fine")
    assert (outcome.result, outcome.failure) == (f"opened for {bob}", None)
    assert is_executed(outcome.proposal)
    decision = outcome.proposal.decision
    assert (decision.decision, decision.decided_by, decision.decided_via, decision.note) == (
        "approved", bob, "key:2", "fine",
    )  # fmt: skip
    event = Event.objects.get(entity=books, sequence=decision.event_sequence)
    assert (event.type, event.actor) == ("proposal.approved", "key:2")
    assert canonical.decode(event.data) == {"id": str(proposal.id), "decided_by": bob, "note": "fine"} | named(bob)
    assert last_event(books).type == "account.opened"
    assert last_event(books).actor == "key:2"


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_nobody_decides_on_an_own_proposal_whichever_key_is_used(books: Entity, alice: str, decision: str) -> None:
    proposal = a_proposal(books, alice, via="key:1")
    with pytest.raises(ApprovalNeedsAnotherPerson):
        decide(books.id, proposal.id, decision, person=alice, via="key:2")
    assert status_of(proposal_in(books.id, proposal.id)) == "pending"


def test_a_rejection_opens_nothing(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    outcome = decide(books.id, proposal.id, "rejected", **by(bob))
    assert (status_of(outcome.proposal), is_open(proposal)) == ("rejected", False)
    assert canonical.decode(last_event(books).data) == {"id": str(proposal.id), "decided_by": bob} | named(bob)


def test_who_proposed_may_withdraw_and_nobody_else(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice)
    with pytest.raises(PermissionMissing, match="who made it"):
        decide(books.id, proposal.id, "withdrawn", **by(bob))
    assert status_of(decide(books.id, proposal.id, "withdrawn", **by(alice)).proposal) == "withdrawn"


def test_withdrawing_needs_no_permission_any_more(books: Entity) -> None:
    carol = an_opener()
    proposal = a_proposal(books, carol)
    user_of(carol).user_permissions.clear()
    assert status_of(decide(books.id, proposal.id, "withdrawn", **by(carol)).proposal) == "withdrawn"


def no_one() -> str:
    return ""


def a_stranger() -> str:
    return "user:999999999"


def a_key() -> str:
    return "key:0190a000-0000-7000-8000-000000000000"


def a_program() -> str:
    return "command:create_api_key"


def a_name_that_cannot_be() -> str:
    return "user:\x00"


def one_written_otherwise() -> str:
    return an_opener().replace("user:", "user:0")


def one_who_left() -> str:
    person = an_opener()
    user = user_of(person)
    user.is_active = False
    user.save()
    return person


def one_deleted() -> str:
    person = an_opener()
    user_of(person).delete()
    return person


NOBODY = pytest.mark.parametrize(
    "person",
    [no_one, a_stranger, a_key, a_program, a_name_that_cannot_be, one_written_otherwise, one_who_left, one_deleted],
)


@NOBODY
def test_who_is_no_person_neither_proposes_nor_decides(books: Entity, alice: str, person: Any) -> None:
    who = person()
    proposal = a_proposal(books, alice)
    with pytest.raises(PersonUnknown):
        a_proposal(books, who, via="key:1")
    for decision in ("approved", "rejected", "withdrawn"):
        with pytest.raises(PersonUnknown):
            decide(books.id, proposal.id, decision, **by(who))


def test_who_was_renamed_is_the_same_person(books: Entity) -> None:
    carol = an_opener()
    proposal = a_proposal(books, carol)
    user = user_of(carol)
    user.username = f"renamed-{user.pk}"
    user.save()
    with pytest.raises(ApprovalNeedsAnotherPerson):
        decide(books.id, proposal.id, "approved", **by(person_of(user)))
    assert not waiting_for(user, [proposal.entity_id]).filter(pk=proposal.pk).exists()


def test_who_takes_a_name_over_is_another_person(books: Entity) -> None:
    carol, dave = an_opener(), an_opener()
    proposal = a_proposal(books, carol)
    former, heir = user_of(carol), user_of(dave)
    name, former.username = former.username, f"former-{former.pk}"
    former.save()
    heir.username = name
    heir.save()
    with pytest.raises(PermissionMissing):
        decide(books.id, proposal.id, "withdrawn", **by(person_of(heir)))
    assert name in books.events.get(type="proposal.made", subject=str(proposal.pk)).data


def test_who_proposed_and_left_withdraws_nothing(books: Entity) -> None:
    carol = an_opener()
    proposal = a_proposal(books, carol)
    user_of(carol).delete()
    with pytest.raises(PersonUnknown):
        decide(books.id, proposal.id, "withdrawn", **by(carol))


def test_it_takes_the_permission_of_its_kind(books: Entity, alice: str) -> None:
    clerk = a_person("accounts.view_account")
    proposal = a_proposal(books, alice)
    with pytest.raises(PermissionMissing) as caught:
        a_proposal(books, clerk)
    assert caught.value.data.items() >= {"permission": PERMISSION}.items()
    for decision in ("approved", "rejected"):
        with pytest.raises(PermissionMissing):
            decide(books.id, proposal.id, decision, **by(clerk))
    assert status_of(proposal_in(books.id, proposal.id)) == "pending"


def test_a_superuser_has_every_permission(books: Entity, alice: str) -> None:
    root = a_person()
    user = user_of(root)
    user.is_superuser = True
    user.save()
    assert decide(books.id, a_proposal(books, alice).id, "approved", **by(root)).failure is None


def test_the_same_is_pending_once(books: Entity, alice: str, bob: str) -> None:
    first = a_proposal(books, alice, subject="twice")
    with pytest.raises(ProposalPending) as caught:
        a_proposal(books, bob, subject="twice")
    assert caught.value.data.items() >= {"proposal": str(first.id)}.items()
    a_proposal(books, bob, subject="another")
    a_proposal(an_entity(), bob, subject="twice")


@pytest.mark.parametrize("decision, decider", [("rejected", "bob"), ("withdrawn", "alice"), ("approved", "bob")])
def test_what_was_decided_can_be_proposed_again(
    request: pytest.FixtureRequest, books: Entity, alice: str, decision: str, decider: str
) -> None:
    subject = f"again {decision}"
    first = a_proposal(books, alice, subject=subject)
    decide(books.id, first.id, decision, **by(request.getfixturevalue(decider)))
    assert a_proposal(books, alice, subject=subject).id != first.id


def test_an_expired_proposal_is_decided_by_nobody_and_can_be_made_again(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice, subject="late", expires_in=SOON)
    assert status_of(proposal, now=proposal.expires_at) == "expired"
    assert status_of(proposal, now=proposal.proposed_at) == "pending"
    for decision, person in (("approved", bob), ("rejected", bob), ("withdrawn", alice)):
        with pytest.raises(ProposalExpired):
            decide(books.id, proposal.id, decision, **by(person))
    assert a_proposal(books, alice, subject="late").id != proposal.id


@pytest.mark.parametrize("first, person", [("approved", "bob"), ("rejected", "bob"), ("withdrawn", "alice")])
def test_a_decision_is_the_last_word(
    request: pytest.FixtureRequest, books: Entity, alice: str, bob: str, first: str, person: str
) -> None:
    proposal = a_proposal(books, alice)
    decide(books.id, proposal.id, first, **by(request.getfixturevalue(person)))
    for again, who in (("approved", bob), ("rejected", bob), ("withdrawn", alice)):
        with pytest.raises(ProposalNotPending) as caught:
            decide(books.id, proposal.id, again, **by(who))
        assert caught.value.data == {"status": first}


def test_what_fails_stays_approved_and_is_carried_out_later(alice: str, bob: str) -> None:
    books = an_entity()
    proposal = a_proposal(books, alice, payload={"currency": "SHELL"})
    outcome = decide(books.id, proposal.id, "approved", **by(bob))
    assert outcome.failure is not None
    assert outcome.failure.code == "unknown_currency"
    assert (status_of(outcome.proposal), is_executed(outcome.proposal)) == ("approved", False)
    with pytest.raises(LedgerError, match="SHELL"):
        execute(books.id, proposal.id, **by(alice))
    add_currency(books, code="SHELL", name="Shells", minor_units=0, actor="test")
    with pytest.raises(PermissionMissing, match="who proposed or who approved"):
        execute(books.id, proposal.id, **by(an_opener()))
    assert execute(books.id, proposal.id, person=alice, via="key:9").result == f"opened for {bob}"
    assert last_event(books).actor == "key:9"
    assert execute(books.id, proposal.id, **by(bob)).result is None
    assert times_opened(proposal) == 1


@pytest.mark.parametrize("status", ["pending", "rejected", "withdrawn"])
def test_only_what_is_approved_is_carried_out(books: Entity, alice: str, bob: str, status: str) -> None:
    proposal = a_proposal(books, alice)
    if status != "pending":
        decide(books.id, proposal.id, status, **by(bob if status == "rejected" else alice))
    with pytest.raises(ProposalNotApproved):
        execute(books.id, proposal.id, **by(alice))
    assert not is_open(proposal)


def test_who_lost_the_permission_carries_nothing_out(books: Entity, bob: str) -> None:
    carol = an_opener()
    proposal = a_proposal(books, carol, payload={"currency": "SHELL"})
    decide(books.id, proposal.id, "approved", **by(bob))
    user_of(carol).user_permissions.clear()
    with pytest.raises(PermissionMissing):
        execute(books.id, proposal.id, **by(carol))


DYING = """
import dataclasses, os, signal, sys, uuid
import django
django.setup()
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.core.plugins import registry
from tests import approving
def die(proposal, by):
    os.kill(os.getpid(), signal.SIGKILL)
known = registry.proposal_kinds[approving.KIND]
registry.proposal_kinds[approving.KIND] = dataclasses.replace(known, carry_out=die)
approvals.decide(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]), "approved", person=sys.argv[3], via=sys.argv[3])
"""


def test_killed_between_decision_and_execution_it_is_finished_later(
    books: Entity, alice: str, bob: str, database_url: str
) -> None:
    proposal = a_proposal(books, alice)
    killed = subprocess.run(
        [sys.executable, "-c", DYING, str(books.id), str(proposal.id), bob],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"DATABASE_URL": database_url},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    found = proposal_in(books.id, proposal.id)
    assert (status_of(found), is_executed(found)) == ("approved", False)
    execute(books.id, proposal.id, **by(alice))
    assert times_opened(proposal) == 1


def test_two_carry_it_out_one_after_another(books: Entity, alice: str, bob: str) -> None:
    proposal = a_proposal(books, alice, payload={"currency": "SHELL"})
    decide(books.id, proposal.id, "approved", **by(bob))
    with one_at_a_time(f"proposal {proposal.id}"), pytest.raises(TryAgain, match="at the moment"):
        execute(books.id, proposal.id, **by(alice))


def test_a_turn_ends_with_what_is_done_in_it() -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), one_at_a_time("a"), one_at_a_time("b"):
            raise ZeroDivisionError


@pytest.mark.parametrize(
    "given, pointer",
    [
        ({"kind": "no.such"}, "/kind"),
        ({"subject": " "}, "/subject"),
        ({"subject": "x" * 201}, "/subject"),
        ({"reason": ""}, "/reason"),
        ({"reason": "\x00"}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"payload": {"x": "x" * 20_000}}, "/metadata"),
    ],
    ids=["kind", "no subject", "long subject", "no reason", "NUL", "long reason", "large payload"],
)
def test_a_proposal_that_cannot_be(books: Entity, alice: str, given: dict[str, Any], pointer: str) -> None:
    before = last_event(books).sequence
    with pytest.raises(Malformed) as caught:
        a_proposal(books, alice, **given)
    assert (caught.value.pointer, last_event(books).sequence) == (pointer, before)
