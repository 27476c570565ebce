"""Running operations: a template and parameters become a journal, once, however often it is asked for.

The fingerprint of a request is of what was asked: the template's code, the version that was pinned or none, and the
parameters as they were sent. So a retry gives the first answer, whatever version is active by then and whatever it
would say of the parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from apps.operations import accounts
from apps.operations.errors import FourEyesNeeded, ParametersRefused, TemplateNotActive, TwoPeopleNotNeeded
from apps.operations.evaluating import Filled, come_out, fill
from apps.operations.parameters import check_values
from apps.operations.versions import Usable, usable_versions
from journals.drafts import Draft, FromTemplate, check
from journals.events import Answer
from journals.posting import post_many
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.idempotency import CLIENT, check_key, fingerprint
from ledgerflow.books.models import IdempotencyKey
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.errors.form import ScopeMissing

ISSUER = "operations"
KIND = "operation.run"
PERMISSION = "operations.propose_operation"


class Operation(NamedTuple):
    """What is asked for: a template, the parameters as decoded JSON, and the version if it must be a certain one."""

    code: str
    parameters: Mapping[str, Any]
    key: str
    version: int | None = None


class Runner(NamedTuple):
    """Who runs operations, and what he may do. The room that posts by itself has all scopes, and is its own issuer."""

    actor: str
    scopes: frozenset[str]
    issuer: str = CLIENT
    has_two_people: bool = False


class Proposer(NamedTuple):
    """Who proposes an operation: the person, what he used, and what he may do by it."""

    person: str
    via: str
    scopes: frozenset[str]


def run(entity_id: UUID, operation: Operation, runner: Runner, *, dry_run: bool = False) -> Answer:
    """Run one operation; raises its refusal."""
    (answer,) = run_many(entity_id, [operation], runner, dry_run=dry_run)
    if answer.refusal is not None:
        raise answer.refusal
    return answer


def run_many(
    entity_id: UUID, operations: Sequence[Operation], runner: Runner, *, atomic: bool = False, dry_run: bool = False
) -> list[Answer]:
    """Run operations in order, each for itself or (`atomic`) all or nothing; one answer each.

    Raises as `posting.post_many`; atomic, also the first refusal that an operation has before it is posted, with the
    pointer `/items/{number}` in front.
    """
    answers = _run(entity_id, operations, runner, atomic=atomic, dry_run=dry_run)
    late = [place for place, answer in enumerate(answers) if _came_late(answer)]
    if not late:
        return answers
    # Another version became active between making the drafts and posting them: it is what they are made with now.
    again = _run(entity_id, [operations[place] for place in late], runner, atomic=atomic)
    for place, answer in zip(late, again, strict=True):
        answers[place] = answer
    return answers


def _came_late(answer: Answer) -> bool:
    """Whether it was the database that found another version active, and not this module before it posted."""
    return isinstance(answer.refusal, TemplateNotActive) and "constraint" in answer.refusal.data


def _run(
    entity_id: UUID, operations: Sequence[Operation], runner: Runner, *, atomic: bool, dry_run: bool = False
) -> list[Answer]:
    made = drafts_of(entity_id, operations, runner, drafts=dry_run)
    refused = {place: one for place, one in enumerate(made) if isinstance(one, LedgerError)}
    if atomic and refused:
        place, refusal = next(iter(refused.items()))
        refusal.pointer = f"/items/{place}{refusal.pointer}"
        raise refusal
    drafts = [one for one in made if isinstance(one, Draft)]
    answers = iter(post_many(entity_id, drafts, atomic=atomic, dry_run=dry_run, checked=True))
    return [
        Answer("refused", refusal=refused[place]) if place in refused else next(answers) for place in range(len(made))
    ]


def drafts_of(
    entity_id: UUID, operations: Sequence[Operation], runner: Runner, *, drafts: bool = False
) -> list[Draft | LedgerError]:
    """The draft of each operation, checked for form, or what it is refused for.

    One whose key was used before is never refused here: its draft has no lines, and posting replays the first answer,
    or says that the key was used for another request. With `drafts` versions that were never active will do.
    """
    asked: list[Draft | LedgerError] = [_asked(operation, runner) for operation in operations]
    pairs = {(one.code, one.version) for one in operations}
    usable = usable_versions(entity_id, pairs, drafts=drafts)
    read = [
        one if isinstance(one, LedgerError) else _read(operation, usable[operation.code, operation.version], runner)
        for operation, one in zip(operations, asked, strict=True)
    ]
    found, minor_units = accounts.find(entity_id, _references(read))
    made: list[Draft | LedgerError] = []
    for one, draft in zip(read, asked, strict=True):
        if isinstance(one, LedgerError) or isinstance(draft, LedgerError):
            made.append(one if isinstance(one, LedgerError) else draft)
            continue
        try:
            made.append(_made(draft, one, found, minor_units))
        except LedgerError as refusal:
            made.append(refusal)
    return _known_before(entity_id, asked, made)


def propose(entity_id: UUID, operation: Operation, who: Proposer, *, reason: str) -> Proposal:
    """Propose an operation whose template takes two people; its approval runs it with the version of now.

    Raises what the operation is refused for today, `TwoPeopleNotNeeded`, and as `approvals.propose`.
    """
    usable = usable_versions(entity_id, [(operation.code, operation.version)])[operation.code, operation.version]
    if isinstance(usable, LedgerError):
        raise usable
    if not usable.definition.four_eyes:
        raise TwoPeopleNotNeeded(template_code=operation.code)
    pinned = operation._replace(version=usable.number, key="proposed")
    run(entity_id, pinned, Runner(who.via, who.scopes, ISSUER, has_two_people=True), dry_run=True)
    payload = {"code": operation.code, "version": usable.number, "parameters": dict(operation.parameters)}
    subject = f"{operation.code} {_fingerprint(pinned)[1:7].hex()}"
    return approvals.propose(
        entity_id, kind=KIND, subject=subject, payload=payload, reason=reason, person=who.person, via=who.via
    )


def carry_out(proposal: Proposal, approved: ApprovedBy) -> Answer:
    """Run what was proposed; once, because its key is the proposal."""
    content = proposal.content
    operation = Operation(content["code"], content["parameters"], key_of(proposal), content["version"])
    scopes = frozenset({"post", "manage"})
    return run(proposal.entity_id, operation, Runner(approved.actor, scopes, ISSUER, has_two_people=True))


def is_done(proposal: Proposal) -> bool:
    return IdempotencyKey.objects.filter(entity_id=proposal.entity_id, issuer=ISSUER, key=key_of(proposal)).exists()


def key_of(proposal: Proposal) -> str:
    return f"proposal:{proposal.id}"


class _Read(NamedTuple):
    """An operation with its version, and the values of its parameters filled in."""

    usable: Usable
    filled: Filled


def _asked(operation: Operation, runner: Runner) -> Draft | LedgerError:
    """The draft without lines, which is enough to find the answer that was given before."""
    try:
        check_key(operation.key)
        request = _fingerprint(operation)
    except LedgerError as refusal:
        return refusal
    return Draft(operation.key, (), actor=runner.actor, issuer=runner.issuer, request=request)


def _fingerprint(operation: Operation) -> bytes:
    try:
        return fingerprint(["operation", operation.code, operation.version, operation.parameters])
    except (ValueError, TypeError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise ParametersRefused(pointer="/parameters") from error


def _read(operation: Operation, usable: Usable | LedgerError, runner: Runner) -> _Read | LedgerError:
    if isinstance(usable, LedgerError):
        return usable
    definition = usable.definition
    if definition.scope not in runner.scopes:
        return ScopeMissing(scope=definition.scope)
    if definition.four_eyes and not runner.has_two_people:
        return FourEyesNeeded(template_code=usable.code)
    try:
        return _Read(usable, fill(definition, check_values(definition.parameters, operation.parameters)))
    except LedgerError as refusal:
        return refusal


def _references(read: Iterable[_Read | LedgerError]) -> list[Any]:
    return [reference for one in read if isinstance(one, _Read) for reference in one.filled.references]


def _made(draft: Draft, one: _Read, found: Any, minor_units: Mapping[str, int]) -> Draft:
    """The draft with its lines. Raises what the operation is refused for."""
    usable, filled = one
    came = come_out(filled, found, minor_units)
    whole = msgspec.structs.replace(
        draft,
        lines=came.lines,
        kind=usable.definition.kind,
        effective_date=came.effective_date,
        description=came.description,
        external_reference=came.external_reference,
        template=FromTemplate(usable.code, usable.number, filled.texts),
        opens=came.opens,
    )
    return check(whole)


def _known_before(
    entity_id: UUID, asked: Sequence[Draft | LedgerError], made: Sequence[Draft | LedgerError]
) -> list[Draft | LedgerError]:
    """For each refusal whose key was used before, the draft without lines: posting knows what to answer."""
    refused = {
        place: draft
        for place, draft in enumerate(asked)
        if isinstance(draft, Draft) and isinstance(made[place], LedgerError)
    }
    if not refused:
        return list(made)
    keys = {draft.key for draft in refused.values()}
    issuers = {draft.issuer for draft in refused.values()}
    rows = IdempotencyKey.objects.filter(entity_id=entity_id, key__in=keys, issuer__in=issuers)
    known = set(rows.values_list("issuer", "key"))
    return [
        refused[place] if place in refused and (refused[place].issuer, refused[place].key) in known else one
        for place, one in enumerate(made)
    ]
