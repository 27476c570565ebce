"""Operations on credits that take two people: one proposes, another approves, and the approval runs it once."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from apps.credits.asking import amount_asked, check_owner
from apps.credits.errors import CreditsNeedOnePerson
from apps.credits.registry import application_named
from apps.credits.use_cases import Request, content_of, run_operation
from apps.operations.running import Proposer, Runner
from journals.events import Answer
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.idempotency import fingerprint
from ledgerflow.books.models import IdempotencyKey
from ledgerflow.core.errors.form import ScopeMissing
from ledgerflow.core.money import plain

ISSUER = "credits"
KIND = "credits.run"
PERMISSION = "credits.run_operation"


def propose(entity_id: UUID, request: Request, who: Proposer, *, reason: str) -> Proposal:
    """Propose an operation whose definition takes two people.

    Raises `OwnerRefused`, `InvalidOperation`, `ScopeMissing`, `AmountOutOfRange`, `CreditsNeedOnePerson`, and as
    `approvals.propose`.
    """
    check_owner(request.owner_id)
    definition = request.application.operation(request.operation)
    if definition.scope not in who.scopes:
        raise ScopeMissing(scope=definition.scope)
    if not definition.four_eyes:
        raise CreditsNeedOnePerson(operation=definition.name)
    amount = plain(amount_asked(definition, request.amount))
    name = request.application.NAME
    payload = {"application": name, "operation": definition.name, "owner_id": request.owner_id, "amount": amount}
    asked = fingerprint(content_of(name, definition.name, request.owner_id, Decimal(amount)))
    subject = f"{name} {definition.name} {amount} {asked[1:7].hex()}"
    return approvals.propose(
        entity_id, kind=KIND, subject=subject, payload=payload, reason=reason, person=who.person, via=who.via
    )


def carry_out(proposal: Proposal, approved: ApprovedBy) -> Answer:
    """Run what was proposed; once, because its key is the proposal."""
    content = proposal.content
    application = application_named(proposal.entity_id, content["application"])
    request = Request(
        application, content["operation"], content["owner_id"], key_of(proposal), Decimal(content["amount"])
    )
    runner = Runner(approved.actor, frozenset({"post", "manage"}), ISSUER, has_two_people=True)
    return run_operation(proposal.entity_id, request, runner)


def is_done(proposal: Proposal) -> bool:
    return IdempotencyKey.objects.filter(entity_id=proposal.entity_id, issuer=ISSUER, key=key_of(proposal)).exists()


def key_of(proposal: Proposal) -> str:
    return f"proposal:{proposal.id}"
