"""Versions of definitions: drafting one, activating it with two people, retiring it, and finding the active one.

What templates and applications do alike. A room makes a `Versions` of its tables, facts and errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.operations.definitions import digest_of
from apps.operations.differences import differences, shortened
from apps.operations.versioning.events import ActivatedFact, DraftedFact, RetiredFact
from apps.operations.versioning.rows import ACTIVE, DRAFT, RETIRED, StepRow, VersionRow
from ledgerflow.approvals import use_cases as approvals
from ledgerflow.approvals.models import Proposal
from ledgerflow.approvals.use_cases import ApprovedBy
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7

Row = TypeVar("Row", bound=VersionRow)
Outcome = Literal["new", "changed", "same"]
NEW: Outcome = "new"
CHANGED: Outcome = "changed"
SAME: Outcome = "same"
NEWEST = "SELECT number::int, digest FROM {table} WHERE entity_id = %s AND code = %s ORDER BY number DESC LIMIT 1"
LAST_STEP = """
    SELECT number::int, status FROM {table} WHERE entity_id = %s AND code = %s ORDER BY event_sequence DESC LIMIT 1
"""
INSERT_VERSION = """
    INSERT INTO {table} (id, entity_id, code, number, definition, digest, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_STEP = """
    INSERT INTO {table} (entity_id, code, event_sequence, number, status, proposal_id, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
DONE = "SELECT 1 FROM {table} WHERE entity_id = %s AND proposal_id = %s"


class Drafted(NamedTuple, Generic[Row]):
    """A version, and whether it is the first of its code ("new"), another one ("changed") or there ("same")."""

    version: Row
    status: Outcome


class Comparison(NamedTuple, Generic[Row]):
    """What a version was compared with, None where there is no other of its code, and where the two differ."""

    other: Row | None
    differences: list[dict[str, str]]


class Refusals(NamedTuple):
    """What a sort raises; each gets the code by the name `of`, and all but the first the `version`."""

    of: str
    not_found: type[LedgerError]
    version_not_found: type[LedgerError]
    version_active: type[LedgerError]
    version_not_active: type[LedgerError]


@dataclass(frozen=True)
class Versions(Generic[Row]):
    """A sort of things that are kept in versions.

    `check` says whether a definition makes sense at all, `check_in_books` whether it does in these books now, before it
    is proposed and again before it is carried out: the books may have changed meanwhile.
    """

    rows: type[Row]
    steps: type[StepRow]
    drafted: type[DraftedFact]
    activated: type[ActivatedFact]
    retired: type[RetiredFact]
    kind: str  # of the proposal that activates
    refusals: Refusals
    check: Callable[[str, Any], None]
    check_in_books: Callable[[UUID, str, Any], None]

    def draft(self, entity_id: UUID, code: str, definition: msgspec.Struct, *, actor: str) -> Drafted[Row]:
        """Draft a version, unless the newest one of that code is the same. Nothing is made by it before it is active.

        Raises what `check` does.
        """
        self.check(code, definition)
        text, digest = canonical.encode(definition).decode(), digest_of(definition)

        def work(tx: Transaction, _: None) -> tuple[int, Outcome]:
            found = tx.query(self._on_versions(NEWEST), (entity_id, code)).fetchone()
            last, last_digest = found or (0, "")
            if last_digest == digest:
                return last, SAME
            version_id = uuid7()
            fact = self.drafted(version_id, code, last + 1, digest, canonical.decode(text))
            sequence = tx.record(fact, code, actor)
            row = (version_id, entity_id, code, last + 1, text, digest, sequence, tx.recorded_at, actor)
            tx.query(self._on_versions(INSERT_VERSION), row)
            return last + 1, CHANGED if last else NEW

        number, status = write(entity_id, work)
        return Drafted(self.version_in(entity_id, code, number), status)

    def propose(self, entity_id: UUID, code: str, number: int, *, reason: str, person: str, via: str) -> Proposal:
        """Propose that a version becomes the active one; the proposal shows how it differs from the one that is.

        Raises that there is none, that it is active, what `check_in_books` does, and as `approvals.propose`.
        """
        version, before = self.version_in(entity_id, code, number), self.active_one(entity_id, code)
        if before is not None and before.number == number:
            raise self._refusal(self.refusals.version_active, code, version=number)
        self.check_in_books(entity_id, code, version.read())
        return approvals.propose(
            entity_id, kind=self.kind, subject=f"{code} {number}", payload=_change(before, version), reason=reason,
            person=person, via=via,
        )  # fmt: skip

    def carry_out(self, proposal: Proposal, approved: ApprovedBy) -> None:
        """Make the version active and retire the one before it, once.

        Where another version was activated since it was proposed, this one replaces that.
        """
        code, number = proposal.content["code"], proposal.content["version"]
        entity_id = proposal.entity_id
        self.check_in_books(entity_id, code, self.version_in(entity_id, code, number).read())

        def work(tx: Transaction, _: None) -> None:
            if tx.query(self._on_steps(DONE), (entity_id, proposal.id)).fetchone() is not None:
                return
            last, status = self._last_step(tx, code)
            if status == ACTIVE and last != number:
                self._step(tx, self.retired(code, last, number), RETIRED, None, approved.actor)
            fact = self.activated(code, number, proposal.id, proposal.proposed_by, approved.person)
            self._step(tx, fact, ACTIVE, proposal.id, approved.actor)

        write(entity_id, work)

    def is_done(self, proposal: Proposal) -> bool:
        """Whether a proposal is carried out."""
        rows = self.steps._default_manager.filter(entity_id=proposal.entity_id, proposal_id=proposal.id)  # noqa: SLF001 - Django documents it
        return rows.exists()

    def retire(self, entity_id: UUID, code: str, number: int, *, actor: str) -> Row:
        """Have the active version active no more, without another in its place. Raises that it is not active."""
        self.version_in(entity_id, code, number)

        def work(tx: Transaction, _: None) -> None:
            if self._last_step(tx, code) != (number, ACTIVE):
                raise self._refusal(self.refusals.version_not_active, code, version=number)
            self._step(tx, self.retired(code, number), RETIRED, None, actor)

        write(entity_id, work)
        return self.version_in(entity_id, code, number)

    def of_books(self, entity_id: UUID) -> QuerySet[Row]:
        """All versions of these books, each with its `status`."""
        return self.with_status(self._all().filter(entity_id=entity_id))

    def with_status(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """The same versions, each with its `status`."""
        own = self._steps_of_outer().filter(number=OuterRef("number"))
        status = Coalesce(Subquery(own.values("status")[:1]), Value(DRAFT))
        return rows.annotate(status=status)  # type: ignore[return-value]  # the stubs lose the row of a generic class

    def active(self, entity_id: UUID) -> QuerySet[Row]:
        """The active versions of these books."""
        steps = self._steps_of_outer()
        last, status = Subquery(steps.values("number")[:1]), Subquery(steps.values("status")[:1])
        rows = self._all().filter(entity_id=entity_id).annotate(last=last, status=status)
        return rows.filter(last=F("number"), status=ACTIVE)  # type: ignore[return-value]  # as above

    def active_one(self, entity_id: UUID, code: str) -> Row | None:
        """The active version of a code, None where there is none."""
        return self.active(entity_id).filter(code=code).first()

    def version_in(self, entity_id: UUID, code: str, number: int) -> Row:
        """One version. Raises that there is none."""
        rows = self.of_books(entity_id).filter(code=code)
        found = rows.filter(number=number).first() if 0 < number < 2**31 else None
        if found is not None:
            return found
        if rows.exists():
            raise self._refusal(self.refusals.version_not_found, code, version=number)
        raise self._refusal(self.refusals.not_found, code)

    def compare(self, version: Row, number: int | None = None) -> Comparison[Row]:
        """Compare with version `number`; without one with the active version, and the active one with the one before.

        Raises that there is no such version.
        """
        other = self._before(version) if number is None else self.version_in(version.entity_id, version.code, number)
        return Comparison(other, differences(None if other is None else other.read(), version.read()))

    def _before(self, version: Row) -> Row | None:
        active = self.active_one(version.entity_id, version.code)
        if active is not None and active.number != version.number:
            return active
        rows = self.of_books(version.entity_id).filter(code=version.code, number__lt=version.number)
        return rows.order_by("-number").first()

    def _refusal(self, kind: type[LedgerError], code: str, **data: Any) -> LedgerError:
        return kind(**{self.refusals.of: code}, **data)

    def _all(self) -> QuerySet[Row]:
        return self.rows._default_manager.all()  # noqa: SLF001 - Django documents it

    def _steps_of_outer(self) -> QuerySet[StepRow]:
        """The steps of the code of each version, the last one first."""
        rows = self.steps._default_manager.filter(entity=OuterRef("entity_id"), code=OuterRef("code"))  # noqa: SLF001 - Django documents it
        return rows.order_by("-event_sequence")

    def _on_versions(self, statement: str) -> str:
        return statement.format(table=self.rows._meta.db_table)  # noqa: SLF001 - Django documents it

    def _on_steps(self, statement: str) -> str:
        return statement.format(table=self.steps._meta.db_table)  # noqa: SLF001 - Django documents it

    def _last_step(self, tx: Transaction, code: str) -> tuple[int, str]:
        found: tuple[int, str] | None = tx.query(self._on_steps(LAST_STEP), (tx.entity_id, code)).fetchone()
        return found or (0, "")

    def _step(
        self, tx: Transaction, fact: ActivatedFact | RetiredFact, status: str, proposal: UUID | None, actor: str
    ) -> None:
        sequence = tx.record(fact, fact.code, actor)
        row = (tx.entity_id, fact.code, sequence, fact.number, status, proposal, tx.recorded_at, actor)
        tx.query(self._on_steps(INSERT_STEP), row)


def _change(before: VersionRow | None, version: VersionRow) -> dict[str, Any]:
    """What a proposal says: which version takes the place of which, and how they differ."""
    found = differences(None if before is None else before.read(), version.read())
    shown = shortened(found)
    return {
        "code": version.code, "version": version.number, "replaces": None if before is None else before.number,
        "digest": version.digest, "differences": shown, "more_differences": len(found) - len(shown),
    }  # fmt: skip
