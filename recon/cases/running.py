"""Reconciling a bank account: match, then bring its exceptions in line with what is left over.

Safe to run twice, to be killed at any moment, and to be started by two at once: matching and exceptions are written in
transactions of a bounded size, and each looks again, under the lock, at what it is about to change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import ZERO
from recon.cases import rows
from recon.cases.errors import ReconciledAccountNotFound
from recon.cases.events import ExceptionChangedFact, ExceptionOpenedFact, ExceptionResolvedFact
from recon.cases.findings import AccountOfBank, cases_found, fetch, reversed_matches, settled_before
from recon.cases.models import CaseKind, CaseStatus, Resolution
from recon.cases.planning import CaseChange, CaseState, FoundCase, Key, Plan, Subject, planned, without_settled
from recon.cases.recording import CaseWriter, count_opened, resolved_as, states_from
from recon.matching.running import run_matching

AT_ONCE = 500
WATCHER = "system:recon"
Item = TypeVar("Item")


class Reconciled(NamedTuple):
    """What a run did, or with `dry_run` would do; `opened` counts by kind. `unchanged` had an exception before."""

    confirmed: int
    suggested: int
    rules_version: int | None
    opened: dict[str, int]
    changed: int
    resolved: int
    unchanged: int
    dry_run: bool


def reconcile(entity_id: UUID, bank_account_id: UUID, *, actor: str, dry_run: bool = False) -> Reconciled:
    """Match what has no match, and open, change and resolve exceptions accordingly.

    Of a mirror, the postings of the other account that are new come in first; a dry run says nothing of them.
    Running it again without anything new changes nothing. What a person has resolved is not opened again as long as it
    is of the same kind. Raises `NotFound`, and `TryAgain` while another run of this bank account is at it.
    """
    bank_account = account_of_bank(entity_id, bank_account_id)
    with one_at_a_time(f"reconcile:{bank_account_id}"):
        ran = run_matching(entity_id, bank_account_id, actor=actor, dry_run=dry_run)
        found = cases_found(bank_account, entity_id, ran.outcome.exceptions)
        plan = _plan(bank_account, found)
        done = _counted(plan) if dry_run else _carried_out(entity_id, bank_account, plan, actor)
    confirmed = len(ran.outcome.matches) if dry_run else ran.confirmed
    return Reconciled(
        confirmed, len(ran.outcome.suggestions), ran.version, dict(done.opened), done.changed, done.resolved,
        plan.unchanged, dry_run,
    )  # fmt: skip


def open_reversed(entity_id: UUID, *, actor: str = WATCHER) -> int:
    """Open an exception for each matched posting whose journal was reversed since; gives how many.

    It may run at any time and again: what has its exception already is not found.
    """
    found: dict[UUID, list[FoundCase]] = {}
    for owner, case in reversed_matches(rows.REVERSED_SINCE, entity_id, None):
        found.setdefault(owner, []).append(case)
    opened = 0
    for bank_account_id, cases in found.items():
        bank_account = account_of_bank(entity_id, bank_account_id)
        for batch in _batches(cases):
            opened += _open(entity_id, bank_account, batch, actor).total()
    return opened


def account_of_bank(entity_id: UUID, bank_account_id: UUID) -> AccountOfBank:
    """The bank account and its account. Raises `NotFound`."""
    found = fetch(rows.BANK_ACCOUNT, (entity_id, bank_account_id))
    if not found:
        raise ReconciledAccountNotFound
    return AccountOfBank(*found[0])


class _Done(NamedTuple):
    opened: Counter[str]
    changed: int
    resolved: int


def _plan(bank_account: AccountOfBank, found: Sequence[FoundCase]) -> Plan:
    states = [CaseState(*row) for row in fetch(rows.OPEN, (bank_account.id,))]
    plan = planned(states, found)
    return plan._replace(opened=without_settled(plan.opened, settled_before(bank_account, plan.opened)))


def _counted(plan: Plan) -> _Done:
    return _Done(Counter(one.kind for one in plan.opened), len(plan.changed), len(plan.gone))


def _carried_out(entity_id: UUID, bank_account: AccountOfBank, plan: Plan, actor: str) -> _Done:
    resolved = sum(_resolve(entity_id, bank_account, batch, actor) for batch in _batches(plan.gone))
    changed = sum(_change(entity_id, bank_account, batch, actor) for batch in _batches(plan.changed))
    opened: Counter[str] = Counter()
    for batch in _batches(plan.opened):
        opened += _open(entity_id, bank_account, batch, actor)
    return _Done(opened, changed, resolved)


def _resolve(entity_id: UUID, bank_account: AccountOfBank, states: Sequence[CaseState], actor: str) -> int:
    """Resolve what has no finding any more, unless it has changed meanwhile."""

    def work(tx: Transaction, _: None) -> int:
        current = _unchanged(tx, states)
        matched = _taken(tx, bank_account, [state.subject for state in current.values()], only_matched=True)
        writer = CaseWriter(tx, actor)
        for state in current.values():
            is_matched = state.kind != CaseKind.REVERSED.value and not matched.isdisjoint(state.subject.keys)
            resolution = Resolution.MATCHED if is_matched else Resolution.GONE
            writer.record(resolved_as(state, resolution), ExceptionResolvedFact, "resolved")
        writer.write()
        return len(current)

    return _write(entity_id, work)


def _change(entity_id: UUID, bank_account: AccountOfBank, changes: Sequence[CaseChange], actor: str) -> int:
    """Write what exceptions have turned out to be, unless they have changed meanwhile."""

    def work(tx: Transaction, _: None) -> int:
        current = _unchanged(tx, [change.state for change in changes])
        writer = CaseWriter(tx, actor)
        for change in changes:
            if change.state.id in current:
                changed = _as_found(current[change.state.id], change.found, bank_account)
                writer.record(changed, ExceptionChangedFact, "found")
        writer.write()
        return len(current)

    return _write(entity_id, work)


def _open(entity_id: UUID, bank_account: AccountOfBank, found: Sequence[FoundCase], actor: str) -> Counter[str]:
    """Open an exception for each finding that needs one, unless it has its match or its exception meanwhile."""

    def work(tx: Transaction, _: None) -> list[str]:
        taken = _taken(tx, bank_account, [one.subject for one in found])
        held = _held(tx, bank_account, [one.subject for one in found])
        ((number,),) = tx.query(rows.NEXT_NUMBER, (bank_account.id,)).fetchall()
        writer = CaseWriter(tx, actor)
        for one in found:
            matched = set() if one.kind == CaseKind.REVERSED.value else taken
            if held.isdisjoint(one.subject.keys) and matched.isdisjoint(one.subject.keys):
                writer.record(_as_found(_new(bank_account, number), one, bank_account), ExceptionOpenedFact, "opened")
                held.update(one.subject.keys)
                number += 1
        writer.write()
        return writer.kinds_opened

    kinds = _write(entity_id, work)
    count_opened(kinds)
    return Counter(kinds)


def _new(bank_account: AccountOfBank, number: int) -> CaseState:
    """An exception before its first entry; what it is about comes with the finding."""
    return CaseState(
        id=uuid7(), bank_account=bank_account.id, number=number, entries=0, kind="", status=CaseStatus.OPEN.value,
        line=None, account_id=None, account=None, account_version=None, statement=None, day=date.min, amount=ZERO,
        related=[], explanation="", owner="", reason="", resolution="", note="", event_sequence=0, changed_sequence=0,
        opened_at=None,
    )  # fmt: skip


def _as_found(state: CaseState, found: FoundCase, bank_account: AccountOfBank) -> CaseState:
    line, version, statement = found.subject
    is_posting = version is not None
    return msgspec.structs.replace(
        state,
        kind=found.kind,
        line=line,
        account_id=bank_account.account_id if is_posting else None,
        account=bank_account.code if is_posting else None,
        account_version=version,
        statement=statement,
        day=found.day,
        amount=found.amount,
        related=list(found.related),
        explanation=found.explanation,
    )


def _unchanged(tx: Transaction, states: Sequence[CaseState]) -> dict[UUID, CaseState]:
    """Those that nobody has touched since they were read."""
    expected = {state.id: state.changed_sequence for state in states}
    found = states_from(tx, rows.BY_IDS, (tx.entity_id, list(expected)))
    return {state.id: state for state in found if state.changed_sequence == expected[state.id]}


def _taken(
    tx: Transaction, bank_account: AccountOfBank, subjects: Sequence[Subject], *, only_matched: bool = False
) -> set[Key]:
    """Which of these lines and postings have a match that stands or, unless only that is wanted, count no more."""
    lines = [one.line for one in subjects if one.line is not None]
    versions = [one.version for one in subjects if one.version is not None]
    given: Any = {"lines": lines, "versions": versions, "account": bank_account.account_id}
    return {
        ("line", line) if line is not None else ("posting", version)
        for line, version, is_matched in tx.connection.execute(rows.TAKEN, given).fetchall()
        if is_matched or not only_matched
    }


def _held(tx: Transaction, bank_account: AccountOfBank, subjects: Sequence[Subject]) -> set[Key]:
    """Which of these lines, postings and statements have an exception that is not resolved."""
    given: Any = {
        "lines": [one.line for one in subjects if one.line is not None],
        "versions": [one.version for one in subjects if one.version is not None],
        "statements": [one.statement for one in subjects if one.statement is not None],
        "account": bank_account.account_id,
    }
    return {
        (name, int(key) if name == "posting" else UUID(key))
        for name, key in tx.connection.execute(rows.HELD, given).fetchall()
    }


def _write(entity_id: UUID, work: Callable[[Transaction, None], Item]) -> Item:
    # Repeatable: each piece of work looks at what it would write again.
    try:
        return write(entity_id, work, repeatable=True)
    except psycopg.IntegrityError as error:
        raise refusal_for(error) from error


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
