"""What people do with exceptions, one or many at once: assign, mark for checking, comment, explain, resolve, reopen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import msgspec
import psycopg

from ledgerflow.books import once
from ledgerflow.books.idempotency import CLIENT, claim_of
from ledgerflow.books.refusals import refusal_for
from ledgerflow.books.writing import Transaction, write
from ledgerflow.core.texts import MAX_ACTOR, check_text
from recon.cases import rows
from recon.cases.errors import (
    CommentMissing,
    ReconExceptionNotFound,
    ReconExceptionNotResolved,
    ReconExceptionResolved,
    ReconExceptionsCount,
    ResolutionRefused,
)
from recon.cases.events import ExceptionChangedFact, ExceptionResolvedFact
from recon.cases.models import BY_THE_MACHINE, MAX_NOTE, MAX_REASON, CaseStatus, Resolution
from recon.cases.planning import CaseState
from recon.cases.recording import CaseWriter, states_from

Action = Literal["assign", "check", "comment", "reason", "resolve", "reopen"]
ACTIONS: tuple[Action, ...] = get_args(Action)
MOST_AT_ONCE = 500
MAX_COMMENT = 1000
BY_PEOPLE = tuple(one.value for one in Resolution if one not in BY_THE_MACHINE)
OPEN, CHECKING, RESOLVED = (one.value for one in CaseStatus)


class CaseAction(NamedTuple):
    """What is to be done with an exception. `value` is the owner ("" for nobody), the reason or the resolution.

    `note` says more of a resolution, such as which line it is a duplicate of; `comment` may come with everything.
    """

    action: Action
    value: str = ""
    note: str = ""
    comment: str = ""


class CasesChanged(NamedTuple):
    """How many were changed. `is_replayed`: by an earlier request with the same key.

    `sequence` is the event of the last one, which the key is bound to; None where nothing was to be changed.
    """

    changed: int
    is_replayed: bool
    sequence: int | None


def change_exceptions(
    entity_id: UUID, exceptions: Sequence[UUID], wanted: CaseAction, *, key: str, issuer: str = CLIENT, actor: str
) -> CasesChanged:
    """Do the same with each of up to 500 exceptions, with all or with none; an event for each that it changes.

    What an exception is already changes nothing, unless a comment comes with it.
    Raises `NotFound`, `Malformed`, `IdempotencyKeyReused`, `ReconExceptionResolved`, `ReconExceptionNotResolved`, and
    `ReconExceptionOpenAlready` where what it is about has another one that is open.
    """
    _check(exceptions, wanted)
    claim = claim_of(key, ["recon.exceptions", sorted(exceptions), *wanted], issuer)

    def work(tx: Transaction, keys: psycopg.Cursor[Any]) -> CasesChanged:
        earlier = once.loaded(claim, keys)
        if earlier is not None:
            ((changed,),) = tx.query(rows.CHANGED_WITH, (entity_id, earlier)).fetchall()
            return CasesChanged(changed, is_replayed=True, sequence=earlier)
        found = states_from(tx, rows.BY_IDS, (entity_id, list(exceptions)))
        if len(found) < len(exceptions):
            raise ReconExceptionNotFound
        changes = [(state, changed) for state in found if (changed := _changed(state, wanted)) is not None]
        writer, sequence = CaseWriter(tx, actor), None
        for place, (_, state) in enumerate(changes, 1):
            fact = ExceptionResolvedFact if wanted.action == "resolve" else ExceptionChangedFact
            own = claim if place == len(changes) else None
            after = writer.record(state, fact, DONE[wanted.action], comment=wanted.comment, claim=own)
            sequence = after.changed_sequence
        writer.write()
        return CasesChanged(len(changes), is_replayed=False, sequence=sequence)

    try:
        return write(entity_id, work, load=lambda tx: once.load(tx, claim), repeatable=True)
    except psycopg.IntegrityError as error:
        raise refusal_for(error) from error


DONE: dict[Action, str] = {
    "assign": "assigned",
    "check": "checking",
    "comment": "commented",
    "reason": "explained",
    "resolve": "resolved",
    "reopen": "reopened",
}


def _check(exceptions: Sequence[UUID], wanted: CaseAction) -> None:
    if not 1 <= len(exceptions) <= MOST_AT_ONCE or len(set(exceptions)) < len(exceptions):
        raise ReconExceptionsCount(pointer="/exceptions", most=MOST_AT_ONCE)
    for text, most, pointer in (
        (wanted.value, MAX_ACTOR if wanted.action == "assign" else MAX_REASON, f"/{NAMES.get(wanted.action, 'value')}"),
        (wanted.note, MAX_NOTE, "/note"),
        (wanted.comment, MAX_COMMENT, "/comment"),
    ):
        check_text(text, most, pointer)
    if wanted.action == "resolve" and wanted.value not in BY_PEOPLE:
        raise ResolutionRefused(pointer="/resolution", choices=", ".join(BY_PEOPLE))
    if wanted.action == "comment" and not wanted.comment.strip():
        raise CommentMissing(pointer="/comment", most=MAX_COMMENT)


# The member of a request that is the value of an action.
NAMES: dict[str, str] = {"assign": "owner", "reason": "reason", "resolve": "resolution"}


def _changed(state: CaseState, wanted: CaseAction) -> CaseState | None:
    """The exception as it is to be; None where nothing happens. Comments may be added to a resolved one."""
    if wanted.action == "reopen" and state.status != RESOLVED:
        raise ReconExceptionNotResolved(number=state.number)
    if state.status == RESOLVED and wanted.action not in {"reopen", "comment"}:
        if wanted.action == "resolve" and (state.resolution, state.note) == (wanted.value, wanted.note):
            return None
        raise ReconExceptionResolved(number=state.number)
    changed = TO_BE[wanted.action](state, wanted)
    return changed if changed != state or wanted.comment else None


TO_BE: dict[Action, Callable[[CaseState, CaseAction], CaseState]] = {
    "assign": lambda state, wanted: msgspec.structs.replace(state, owner=wanted.value),
    "check": lambda state, _: msgspec.structs.replace(state, status=CHECKING),
    "comment": lambda state, _: state,
    "reason": lambda state, wanted: msgspec.structs.replace(state, reason=wanted.value),
    "resolve": lambda state, wanted: msgspec.structs.replace(
        state, status=RESOLVED, resolution=wanted.value, note=wanted.note
    ),
    "reopen": lambda state, _: msgspec.structs.replace(state, status=OPEN, resolution="", note=""),
}
