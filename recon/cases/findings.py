"""What a run has found, with days, amounts and what was said of it before. Nothing is locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from recon.cases import rows
from recon.cases.models import BY_THE_MACHINE, MAX_EXPLANATION, CaseKind
from recon.cases.planning import FoundCase, Key, Subject
from recon.matching.passes.shapes import MatchFinding
from recon.statements.continuity import breaks_in
from recon.statements.models import Statement
from recon.statements.rows import fetch_default, spans_of

# How each break of continuity reads.
WORDS = {
    "gap": "a statement between them is missing, or a balance is wrong",
    "overlap": "they have days in common, and their lines differ there",
}


class AccountOfBank(NamedTuple):
    """A bank account, and the account of the books that it is."""

    id: UUID
    account_id: UUID
    code: str


class DayAndAmount(NamedTuple):
    day: date
    amount: Decimal


def cases_found(bank_account: AccountOfBank, entity_id: UUID, outcome: Iterable[MatchFinding]) -> list[FoundCase]:
    """Everything that deserves an exception now: what matching left over, broken continuity, and reversals."""
    return [
        *_of_matching(bank_account, list(outcome)),
        *broken_continuity(bank_account.id),
        *(found for _, found in reversed_matches(rows.REVERSED, entity_id, bank_account.id)),
    ]


def subject_of(finding: MatchFinding) -> Subject:
    """The line and the posting of a finding: the engine calls a line by its id, and a posting by its version."""
    lines = [UUID(one) for one in finding.items if not one.isdigit()]
    versions = [int(one) for one in finding.items if one.isdigit()]
    return Subject(lines[0] if lines else None, versions[0] if versions else None)


def _of_matching(bank_account: AccountOfBank, outcome: list[MatchFinding]) -> Iterator[FoundCase]:
    subjects = [subject_of(finding) for finding in outcome]
    lines = _days(rows.LINES, [[one.line for one in subjects if one.line is not None]])
    versions = [one.version for one in subjects if one.version is not None]
    postings = _days(rows.POSTINGS, [bank_account.account_id, versions])
    for finding, subject in zip(outcome, subjects, strict=True):
        known = lines.get(subject.line) if subject.line is not None else postings.get(subject.version)
        if known is not None:
            sentence = finding.explanation[:MAX_EXPLANATION]
            yield FoundCase(finding.kind, subject, known.day, known.amount, finding.related, sentence)


def broken_continuity(bank_account: UUID) -> Iterator[FoundCase]:
    """Statements that begin with another balance than the one before has ended with."""
    broken = breaks_in(spans_of(fetch_default, bank_account))
    if not broken:
        return
    numbers = [span.number for span, _ in broken]
    known = dict(Statement.objects.filter(bank_account=bank_account, number__in=numbers).values_list("number", "id"))
    for span, found in broken:
        sentence = (
            f"Statement {span.number} begins at {found.found}, and statement {found.statement} has ended at"
            f" {found.expected}: {WORDS[found.kind]}."
        )
        subject = Subject(statement=known[span.number])
        yield FoundCase(CaseKind.CONTINUITY.value, subject, span.day, Decimal(found.difference), (), sentence)


def reversed_matches(sql: str, entity_id: UUID, bank_account: UUID | None) -> Iterator[tuple[UUID, FoundCase]]:
    """Matched postings whose journal was reversed, each with its bank account."""
    found = fetch(sql, {"entity": entity_id, "bank_account": bank_account})
    for owner, version, day, amount, match, journal, journal_id in found:
        sentence = (
            f"This posting is in match {match}, and journal {journal} has reversed it: undo the match, or match the"
            " reversal too."
        )
        yield (
            owner,
            FoundCase(CaseKind.REVERSED.value, Subject(version=version), day, amount, (str(journal_id),), sentence),
        )


def settled_before(bank_account: AccountOfBank, opened: Iterable[FoundCase]) -> dict[Key, str]:
    """The kind of the last exception of each line, posting or statement, where a person has resolved it."""
    keys = [one.subject.keys[0] for one in opened]
    settled: dict[Key, str] = {}
    for name, sql, given in (
        ("line", rows.SETTLED_LINES, [[key for name, key in keys if name == "line"]]),
        ("posting", rows.SETTLED_POSTINGS, [bank_account.account_id, [key for name, key in keys if name == "posting"]]),
        ("statement", rows.SETTLED_STATEMENTS, [bank_account.id]),
    ):
        for key, kind, resolution in fetch(sql, given):
            if resolution and resolution not in BY_THE_MACHINE:
                settled[name, key] = kind
    return settled


def _days(sql: str, given: list[Any]) -> dict[Any, DayAndAmount]:
    return {key: DayAndAmount(day, amount) for key, day, amount in fetch(sql, given)}


def fetch(sql: str, given: Any) -> list[Any]:
    """All rows of a query, without a lock."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows_found: list[Any] = cursor.fetchall()
    return rows_found
