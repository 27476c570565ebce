"""Versions of templates: drafting one, activating it with two people, retiring it, and finding the active one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.operations import accounts
from apps.operations.definitions import (
    CODE_FORM,
    Definition,
    check_definition,
    check_template_code,
    decode,
    digest_of,
    encode,
)
from apps.operations.differences import differences, shortened
from apps.operations.errors import (
    ExampleFailed,
    TemplateNotActive,
    TemplateNotFound,
    VersionActive,
    VersionNotActive,
    VersionNotFound,
)
from apps.operations.evaluating import check_example
from apps.operations.events import TemplateActivatedFact, TemplateDraftedFact, TemplateRetiredFact
from apps.operations.models import ACTIVE, DRAFT, RETIRED, TemplateStep, TemplateVersion
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7

KIND = "template.activate"
PERMISSION = "operations.activate_template"
STATUSES = (DRAFT, ACTIVE, RETIRED)
Outcome = Literal["new", "changed", "same"]
NEW: Outcome = "new"
CHANGED: Outcome = "changed"
SAME: Outcome = "same"
NEWEST = """
    SELECT number::int, digest FROM operations_templateversion WHERE entity_id = %s AND code = %s
    ORDER BY number DESC LIMIT 1
"""
LAST_STEP = """
    SELECT number::int, status FROM operations_templatestep WHERE entity_id = %s AND code = %s
    ORDER BY event_sequence DESC LIMIT 1
"""
ACTIVE_ONES = """
    SELECT found.* FROM unnest(%s::text[]) AS wanted (code) CROSS JOIN LATERAL (
        SELECT s.code, s.number, s.status FROM operations_templatestep s
        WHERE s.entity_id = %s AND s.code = wanted.code ORDER BY s.event_sequence DESC LIMIT 1
    ) found
"""
INSERT_VERSION = """
    INSERT INTO operations_templateversion (id, entity_id, code, number, definition, digest, event_sequence,
        recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_STEP = """
    INSERT INTO operations_templatestep (entity_id, code, event_sequence, number, status, proposal_id, recorded_at,
        actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
DONE = "SELECT 1 FROM operations_templatestep WHERE entity_id = %s AND proposal_id = %s"


class Drafted(NamedTuple):
    """A version, and whether it is the first of its template ("new"), another one ("changed") or there ("same")."""

    version: TemplateVersion
    status: Outcome


class Usable(NamedTuple):
    """A version that an operation is made with."""

    code: str
    number: int
    definition: Definition


def draft_version(entity_id: UUID, code: str, definition: Definition, *, actor: str) -> Drafted:
    """Draft a version, unless the newest one of that code is the same; event `template.drafted`.

    Nothing is made by it before it is active. Raises `DefinitionRefused`.
    """
    check_template_code(code)
    check_definition(definition)
    text, digest = encode(definition), digest_of(definition)

    def work(tx: Transaction, _: None) -> tuple[int, Outcome]:
        last, last_digest = tx.query(NEWEST, (entity_id, code)).fetchone() or (0, "")
        if last_digest == digest:
            return last, SAME
        version_id = uuid7()
        fact = TemplateDraftedFact(version_id, code, last + 1, digest, canonical.decode(text))
        sequence = tx.record(fact, code, actor)
        row = (version_id, entity_id, code, last + 1, text, digest, sequence, tx.recorded_at, actor)
        tx.query(INSERT_VERSION, row)
        return last + 1, CHANGED if last else NEW

    number, status = write(entity_id, work)
    return Drafted(version_in(entity_id, code, number), status)


def propose_activation(entity_id: UUID, code: str, number: int, *, reason: str, person: str, via: str) -> Proposal:
    """Propose that a version becomes the active one; the proposal shows how it differs from the one that is.

    Raises `TemplateNotFound`, `VersionNotFound`, `VersionActive`, `ExampleFailed` where an example does not come out in
    these books, and as `approvals.propose`.
    """
    version = version_in(entity_id, code, number)
    before = active_version(entity_id, code)
    if before is not None and before.number == number:
        raise VersionActive(template_code=code, version=number)
    check_examples(entity_id, version.read())
    found = differences(None if before is None else before.read(), version.read())
    shown = shortened(found)
    payload = {
        "code": code, "version": number, "replaces": before and before.number, "digest": version.digest,
        "differences": shown, "more_differences": len(found) - len(shown),
    }  # fmt: skip
    subject = f"{code} {number}"
    return approvals.propose(
        entity_id, kind=KIND, subject=subject, payload=payload, reason=reason, person=person, via=via
    )


def carry_out(proposal: Proposal, approved: ApprovedBy) -> None:
    """Make the version active and retire the one before it; events `template.activated`, `template.retired`.

    Its examples are looked at again: the books may have changed since it was proposed. Where another version was
    activated meanwhile, this one replaces that.
    """
    code, number = proposal.content["code"], proposal.content["version"]
    entity_id = proposal.entity_id
    check_examples(entity_id, version_in(entity_id, code, number).read())

    def work(tx: Transaction, _: None) -> None:
        if tx.query(DONE, (entity_id, proposal.id)).fetchone() is not None:
            return
        last, status = tx.query(LAST_STEP, (entity_id, code)).fetchone() or (0, "")
        if status == ACTIVE and last != number:
            retired = TemplateRetiredFact(code, last, number)
            _step(tx, retired, RETIRED, None, approved.actor)
        fact = TemplateActivatedFact(code, number, proposal.id, proposal.proposed_by, approved.person)
        _step(tx, fact, ACTIVE, proposal.id, approved.actor)

    write(entity_id, work)


def is_done(proposal: Proposal) -> bool:
    return TemplateStep.objects.filter(entity_id=proposal.entity_id, proposal_id=proposal.id).exists()


def retire(entity_id: UUID, code: str, number: int, *, actor: str) -> TemplateVersion:
    """Have the active version active no more, without another in its place; event `template.retired`.

    Raises `TemplateNotFound`, `VersionNotFound`, `VersionNotActive`.
    """
    version_in(entity_id, code, number)

    def work(tx: Transaction, _: None) -> None:
        if tx.query(LAST_STEP, (entity_id, code)).fetchone() != (number, ACTIVE):
            raise VersionNotActive(template_code=code, version=number)
        _step(tx, TemplateRetiredFact(code, number), RETIRED, None, actor)

    write(entity_id, work)
    return version_in(entity_id, code, number)


def check_examples(entity_id: UUID, definition: Definition) -> None:
    """Raise `ExampleFailed` unless each example comes out as it says, with accounts of these books, and balances."""
    for place, example in enumerate(definition.examples, 1):
        found, minor_units = accounts.for_example(entity_id, definition, example)
        try:
            check_example(definition, example, found, minor_units)
        except ExampleFailed as failed:
            reason = f"example {place}: {failed.data['reason']}"
            raise ExampleFailed(reason=reason, cause=failed.data["cause"], example=place) from failed


def versions_of(entity_id: UUID) -> QuerySet[TemplateVersion]:
    """All versions of these books, each with its `status`."""
    return with_status(TemplateVersion.objects.filter(entity_id=entity_id))


def with_status(rows: QuerySet[TemplateVersion]) -> QuerySet[TemplateVersion]:
    """The same versions, each with its `status`."""
    own = TemplateStep.objects.filter(entity=OuterRef("entity_id"), code=OuterRef("code"), number=OuterRef("number"))
    last = Subquery(own.order_by("-event_sequence").values("status")[:1])
    return rows.annotate(status=Coalesce(last, Value(DRAFT)))


def active_versions(entity_id: UUID) -> QuerySet[TemplateVersion]:
    """The active versions of these books."""
    steps = TemplateStep.objects.filter(entity=OuterRef("entity_id"), code=OuterRef("code")).order_by("-event_sequence")
    rows = TemplateVersion.objects.filter(entity_id=entity_id)
    rows = rows.annotate(last=Subquery(steps.values("number")[:1]), status=Subquery(steps.values("status")[:1]))
    return rows.filter(last=F("number"), status=ACTIVE)


def active_version(entity_id: UUID, code: str) -> TemplateVersion | None:
    """The active version of a template, None where there is none."""
    return active_versions(entity_id).filter(code=code).first()


def version_in(entity_id: UUID, code: str, number: int) -> TemplateVersion:
    """One version. Raises `TemplateNotFound`, `VersionNotFound`."""
    rows = versions_of(entity_id).filter(code=code)
    found = rows.filter(number=number).first() if 0 < number < 2**31 else None
    if found is not None:
        return found
    if rows.exists():
        raise VersionNotFound(template_code=code, version=number)
    raise TemplateNotFound(template_code=code)


def usable_versions(
    entity_id: UUID, wanted: Iterable[tuple[str, int | None]], *, drafts: bool = False
) -> Mapping[tuple[str, int | None], Usable | LedgerError]:
    """Of each template, by its code and the number that was pinned: the version to use, or why there is none.

    A pinned version must be the active one, because a retired recipe makes no more journals; with `drafts`, which
    is for trying out, it may be one that was never active.
    """
    wanted = set(wanted)
    pairs = {pair for pair in wanted if CODE_FORM.fullmatch(pair[0])}
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE_ONES, (sorted({code for code, _ in pairs}), entity_id))
        active = {code: number for code, number, status in cursor.fetchall() if status == ACTIVE}
    return {
        pair: _usable(entity_id, *pair, active.get(pair[0]), drafts=drafts)
        if pair in pairs
        else TemplateNotFound(template_code=pair[0])
        for pair in wanted
    }


def _usable(
    entity_id: UUID, code: str, pinned: int | None, active: int | None, *, drafts: bool
) -> Usable | LedgerError:
    number = active if pinned is None else pinned
    if number is not None and (number == active or drafts):
        try:
            return Usable(code, number, _definition(entity_id, code, number))
        except (TemplateNotFound, VersionNotFound) as refusal:
            return refusal
    rows = TemplateVersion.objects.filter(entity_id=entity_id, code=code)
    if not rows.exists():
        return TemplateNotFound(template_code=code)
    if pinned is not None and not (0 < pinned < 2**31 and rows.filter(number=pinned).exists()):
        return VersionNotFound(template_code=code, version=pinned)
    return TemplateNotActive(template_code=code, active=active, version=pinned)


@lru_cache(maxsize=2048)
def _definition(entity_id: UUID, code: str, number: int) -> Definition:
    """It never changes, so that one look is enough for as long as the process lives."""
    return decode(version_in(entity_id, code, number).definition)


def _step(
    tx: Transaction,
    fact: TemplateActivatedFact | TemplateRetiredFact,
    status: str,
    proposal: UUID | None,
    actor: str,
) -> None:
    sequence = tx.record(fact, fact.code, actor)
    row: tuple[Any, ...] = (tx.entity_id, fact.code, sequence, fact.number, status, proposal, tx.recorded_at, actor)
    tx.query(INSERT_STEP, row)
