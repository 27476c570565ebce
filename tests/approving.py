"""Persons for tests of what takes two of them, and a kind of proposal whose effect is a real one: an account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission, User

from accounts.leaps import PERMISSION as LEAP
from accounts.leaps import propose_leap
from accounts.models import Account
from accounts.opening import open_account
from accounts.specs import AccountSpec
from journals.days.reopening import propose_reopening
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.proof import check_proposals
from ledgerflow.approvals.use_cases import ApprovedBy, decide, propose
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.errors import BusinessDateLeap
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.snapshots import snapshot
from ledgerflow.core.people import person_of
from ledgerflow.core.plugins import Plugin, ProposalKind, registry
from tests.people import a_user

KIND = "test.open_account"
PERMISSION = "days.reopen_day"  # one that no scope of a key takes
REOPEN_DAY = "days.reopen_day"
SOON = timedelta(microseconds=1)  # over by the next event: their moments rise


def a_person(*permissions: str) -> str:
    """An active user with these permissions ("app.codename") and no others, as "user:<id>"."""
    return person_of(a_user(*permissions))


def an_opener() -> str:
    """Somebody who may propose and approve the tests' kind."""
    return a_person(PERMISSION)


def allow(person: str, scopes: Iterable[str]) -> None:
    """Give a person what an API key of his with these scopes takes."""
    wanted = {name for scope in scopes for name in registry.permissions_of_scope(scope)}
    names = [permission.split(".") for permission in wanted]
    found = [Permission.objects.get(content_type__app_label=app, codename=codename) for app, codename in names]
    user_of(person).user_permissions.add(*found)


def user_of(person: str) -> User:
    return User.objects.get(pk=person.removeprefix("user:"))


def code_of(proposal: Proposal) -> str:
    return f"P-{proposal.id.hex}"


def is_open(proposal: Proposal) -> bool:
    return Account.objects.filter(entity_id=proposal.entity_id, code=code_of(proposal)).exists()


def times_opened(proposal: Proposal) -> int:
    events = proposal.entity.events.filter(type="account.opened", data__contains=code_of(proposal))
    return events.count()


def open_it(proposal: Proposal, by: ApprovedBy) -> str:
    """Opens an account in the currency of the payload; an unknown one is refused."""
    currency = proposal.content["currency"]
    open_account(
        proposal.entity_id, AccountSpec(code=code_of(proposal), name="Proposed", currency=currency), actor=by.actor
    )
    return f"opened for {by.person}"


registry.add(Plugin("tests", proposal_kinds=(ProposalKind(KIND, "Open an account", PERMISSION, open_it, is_open),)))


def reopened(entity: Entity, day: date, reason: str = "a late invoice") -> Proposal:
    """Reopen a closed day as two people do: one proposes, the other approves."""
    ann, bob = a_person(REOPEN_DAY), a_person(REOPEN_DAY)
    proposal = propose_reopening(entity.id, day, reason=reason, person=ann, via=ann)
    outcome = decide(entity.id, proposal.id, "approved", person=bob, via=bob)
    assert outcome.failure is None, outcome.failure
    return outcome.proposal


def a_proposal(entity: Entity, person: str, **given: Any) -> Proposal:
    """A pending proposal to open an account in euro."""
    values: dict[str, Any] = {
        "kind": KIND, "subject": uuid4().hex, "payload": {"currency": "EUR"}, "reason": "needed", "via": person,
    } | given  # fmt: skip
    return propose(entity.id, person=person, **values)


def leap(entity: Entity, day: date) -> Proposal:
    """Move the business date as far as it takes two people."""
    ann, bob = a_person(LEAP), a_person(LEAP)
    proposal = propose_leap(entity.id, day, reason="the books were at rest", person=ann, via=ann)
    outcome = decide(entity.id, proposal.id, "approved", person=bob, via=bob)
    assert outcome.failure is None, outcome.failure
    entity.business_date = day
    return outcome.proposal


def go_on_to(entity: Entity, day: date) -> None:
    """Move the business date, by as many people as it takes."""
    try:
        advance_business_date(entity, day, actor="test")
    except BusinessDateLeap:
        leap(entity, day)


def by(person: str) -> dict[str, Any]:
    """Who decides, and by what."""
    return {"person": person, "via": "key:1"}


def last_event(entity: Entity) -> Event:
    return Event.objects.filter(entity=entity).order_by("-sequence")[0]


def faults(entity: Entity) -> list[Any]:
    """What the proof of proposals finds."""
    with snapshot() as connection:
        return list(check_proposals(connection, entity.id))
