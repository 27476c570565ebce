"""Proposals under load: of two who decide at once one wins, and what was approved is carried out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.errors import ProposalNotPending, ProposalPending
from ledgerflow.approvals.models import Proposal, ProposalDecision
from ledgerflow.approvals.use_cases import ProposalOutcome, decide
from ledgerflow.books import writing
from ledgerflow.books.models import Entity
from tests.approving import a_proposal, an_opener, is_open, times_opened
from tests.builders import an_entity
from tests.concurrency.races import Race, without_rows

pytestmark = pytest.mark.every_server


def stopping_at(name: str, run: Race, patch: pytest.MonkeyPatch) -> None:
    """The held racers stop before this function of the use cases, with what they read in their hands."""
    original: Callable[..., Any] = getattr(approvals, name)

    def stop_and_go_on(*args: Any, **kwargs: Any) -> Any:
        run.stop_here()
        return original(*args, **kwargs)

    patch.setattr(approvals, name, stop_and_go_on)


def raced(monkeypatch: pytest.MonkeyPatch, name: str, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """`first` stands still in the middle of its transaction while `second` comes as far as it can."""
    run = Race(first)
    with monkeypatch.context() as patch:
        stopping_at(name, run, patch)
        run.start()
        run.start(second)
        return run.finish()


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entity is read, not locked, and no event is there to be told twice: the twin that must show the fault."""
    monkeypatch.setattr(writing, "LOCK", writing.LOCK.replace("FOR NO KEY UPDATE", ""))
    without_rows(monkeypatch)


def deciding(proposal: Proposal, decision: str, person: str) -> Callable[[], ProposalOutcome]:
    return lambda: decide(proposal.entity_id, proposal.id, decision, person=person, via=person)


def proposing(entity: Entity, person: str) -> Callable[[], Proposal]:
    return lambda: a_proposal(entity, person, subject="the same")


def test_two_who_approve_at_once_carry_it_out_once(monkeypatch: pytest.MonkeyPatch, isolation: str) -> None:
    proposal = a_proposal(an_entity(), an_opener())
    first, second = (deciding(proposal, "approved", an_opener()) for _ in range(2))
    won, lost = raced(monkeypatch, "_save_decision", first, second)
    assert (won.failure, type(lost)) == (None, ProposalNotPending)
    assert times_opened(proposal) == 1


@pytest.mark.parametrize("first, second", [("approved", "rejected"), ("rejected", "approved")])
def test_of_approving_and_rejecting_at_once_one_wins(
    monkeypatch: pytest.MonkeyPatch, isolation: str, first: str, second: str
) -> None:
    proposal = a_proposal(an_entity(), an_opener())
    works = [deciding(proposal, decision, an_opener()) for decision in (first, second)]
    won, lost = raced(monkeypatch, "_save_decision", *works)
    assert won.proposal.decision.decision == first
    assert isinstance(lost, ProposalNotPending)
    assert lost.data == {"status": first}
    assert is_open(proposal) == (first == "approved")


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_the_loser_is_stopped_by_the_table_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = a_proposal(an_entity(), an_opener())
    works = [deciding(proposal, "rejected", an_opener()) for _ in range(2)]
    unlocked(monkeypatch)
    outcomes = raced(monkeypatch, "_save_decision", *works)
    assert sum(isinstance(outcome, psycopg.errors.UniqueViolation) for outcome in outcomes) == 1
    assert ProposalDecision.objects.filter(proposal=proposal).count() == 1


def test_the_same_proposed_twice_at_once_is_pending_once(monkeypatch: pytest.MonkeyPatch, isolation: str) -> None:
    entity = an_entity()
    won, lost = raced(monkeypatch, "_save_proposal", *(proposing(entity, an_opener()) for _ in range(2)))
    assert isinstance(lost, ProposalPending)
    assert lost.data.items() >= {"proposal": str(won.id)}.items()


@pytest.mark.usefixtures("guards_down")
def test_without_the_lock_the_same_is_pending_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = an_entity()
    works = [proposing(entity, an_opener()) for _ in range(2)]
    unlocked(monkeypatch)
    outcomes = raced(monkeypatch, "_save_proposal", *works)
    assert {type(outcome) for outcome in outcomes} == {Proposal}
