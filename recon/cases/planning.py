"""What a run does with exceptions: which are opened, which change, and which are there no more. Pure.

A run never asks whether it has run before: the same findings over the same exceptions change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

Key = tuple[str, UUID | int]  # what an exception is about: ("line", id), ("posting", version) or ("statement", id)


class Subject(NamedTuple):
    """What an exception is about: a line, a posting (by its version), both of them, or a statement."""

    line: UUID | None = None
    version: int | None = None
    statement: UUID | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """One exception that is not resolved may have each of them. The line stands before the posting."""
        named = (("line", self.line), ("posting", self.version), ("statement", self.statement))
        return tuple((name, value) for name, value in named if value is not None)


class FoundCase(NamedTuple):
    """A difference that a run has found. `day` and `amount` are of the line, else of the posting or the statement."""

    kind: str
    subject: Subject
    day: date
    amount: Decimal
    related: tuple[str, ...]
    explanation: str


class CaseState(msgspec.Struct, frozen=True):
    """An exception as it stands; `account` is the code of the account whose posting it is about, None for none."""

    id: UUID
    bank_account: UUID
    number: int
    entries: int
    kind: str
    status: str
    line: UUID | None
    account_id: UUID | None
    account: str | None
    account_version: int | None
    statement: UUID | None
    day: date
    amount: Decimal
    related: list[str]
    explanation: str
    owner: str
    reason: str
    resolution: str
    note: str
    event_sequence: int
    changed_sequence: int
    opened_at: datetime | None

    @property
    def subject(self) -> Subject:
        return Subject(self.line, self.account_version, self.statement)


class CaseChange(NamedTuple):
    """An exception, and what a run has found it to be now."""

    state: CaseState
    found: FoundCase


class Plan(NamedTuple):
    """To be written in this order: an exception gives its line free before another one takes it."""

    gone: tuple[CaseState, ...]
    changed: tuple[CaseChange, ...]
    opened: tuple[FoundCase, ...]
    unchanged: int


def planned(open_states: Iterable[CaseState], found: Iterable[FoundCase]) -> Plan:
    """Bring the exceptions that are not resolved in line with what was found.

    An exception stays the same one as long as its line has a finding, else as long as its posting has. Where it would
    have to take what another one keeps, it is gone and a new one is opened.
    """
    states = {state.id: state for state in open_states}
    holders = {key: state.id for state in states.values() for key in state.subject.keys}
    kept: dict[UUID, FoundCase] = {}
    opened: list[FoundCase] = []
    for finding in found:
        holder = next((holders[key] for key in finding.subject.keys if key in holders), None)
        if holder is None or holder in kept:
            opened.append(finding)
        else:
            kept[holder] = finding
    unchanged = {one for one, finding in kept.items() if _is_same(states[one], finding)}
    changed: list[CaseChange] = []
    for one, finding in kept.items():
        if one in unchanged:
            continue
        if any(holders.get(key, one) != one and holders[key] in kept for key in finding.subject.keys):
            opened.append(finding)
        else:
            changed.append(CaseChange(states[one], finding))
    staying = unchanged.union(change.state.id for change in changed)
    gone = tuple(state for state in states.values() if state.id not in staying)
    return Plan(gone, tuple(changed), tuple(sorted(opened, key=_place)), len(unchanged))


def without_settled(opened: Iterable[FoundCase], settled: Mapping[Key, str]) -> tuple[FoundCase, ...]:
    """What is to be opened, less what a person has explained before: `settled` has the kind by what it was about."""
    return tuple(one for one in opened if settled.get(one.subject.keys[0]) != one.kind)


def _place(finding: FoundCase) -> tuple[date, str, int]:
    """By day, then in the order the lines came in: numbers of exceptions then go with the statements."""
    line, version, statement = finding.subject
    return finding.day, str(line or statement or ""), version or 0


def _is_same(state: CaseState, finding: FoundCase) -> bool:
    return (state.kind, state.subject) == (finding.kind, finding.subject)
