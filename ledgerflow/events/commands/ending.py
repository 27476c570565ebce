"""How commands end: the row says so and one event tells it, in the transaction of what was done where that is possible.

A kind's `carry_out(entity_id, commands, ending)` gets `PendingCommand`s and a `CommandEnding`. Work that is one
transaction for many commands calls `ending.within` in it. Other work is done by `one_by_one`: a command that was
carried out and not ended yet, because the process died between, is carried out again and answered by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import InterfaceError, OperationalError

from ledgerflow.books.writing import LOST, Transaction, write
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.commands.checking import PAYLOAD
from ledgerflow.events.commands.events import (
    MAX_DATA_BYTES,
    MAX_MESSAGE,
    CommandCompletedFact,
    CommandFailedFact,
)
from ledgerflow.events.commands.models import CommandStatus
from ledgerflow.events.commands.rows import END_COMMANDS

FAULT = 500
AT_ONCE = 50  # commands whose ends are written in one transaction, where each was done in one of its own
UNREACHABLE = (*LOST, OperationalError, InterfaceError)


class PendingCommand(NamedTuple):
    """A command to carry out; `body` is its payload as the struct of its kind."""

    id: UUID
    type: str
    key: str
    fingerprint: bytes
    actor: str
    body: Any


class CommandOutcome(NamedTuple):
    """What became of a command: `result` is the event that answers it, or `refusal` says why there is none."""

    command: PendingCommand
    result: int | None = None
    refusal: LedgerError | None = None


class EndedElsewhereError(Exception):
    """Another processor has ended one of these commands meanwhile, so nothing of this is written."""


class CommandEnding:
    """Ends commands of one entity."""

    def __init__(self, entity_id: UUID) -> None:
        self.entity_id = entity_id

    def within(self, tx: Transaction, outcomes: Sequence[CommandOutcome]) -> None:
        """End commands in a transaction that is under way. Raises `EndedElsewhereError`."""
        if not outcomes:
            return
        rows = [_recorded(tx, one) for one in outcomes]
        changed = tx.query(END_COMMANDS, (tx.recorded_at, *map(list, zip(*rows, strict=True)))).rowcount
        if changed != len(rows):
            raise EndedElsewhereError

    def alone(self, outcomes: Sequence[CommandOutcome]) -> None:
        """End commands in a transaction of their own. Raises `EndedElsewhereError`, and as `write`."""
        if outcomes:
            # Running again is safe: what was ended the first time is found ended.
            write(self.entity_id, lambda tx, _: self.within(tx, outcomes), repeatable=True)


def one_by_one(
    ending: CommandEnding, commands: Iterable[PendingCommand], use_case: Callable[[PendingCommand], int | None]
) -> None:
    """Carry out commands by a use case each, which gives the sequence of the event that is its answer.

    The use case must look the command's key up: it may be called again for what it has done already.
    """
    outcomes: list[CommandOutcome] = []
    for command in commands:
        outcomes.append(attempted(command, use_case))
        if len(outcomes) == AT_ONCE:
            ending.alone(outcomes)
            outcomes = []
    ending.alone(outcomes)


def attempted(command: PendingCommand, use_case: Callable[[PendingCommand], int | None]) -> CommandOutcome:
    """The outcome of one command; a refusal is one, unless the same may succeed in a moment."""
    try:
        return CommandOutcome(command, use_case(command))
    except LedgerError as refusal:
        if is_for_later(refusal):
            raise
        return CommandOutcome(command, refusal=refusal)


def is_for_later(error: BaseException) -> bool:
    """Whether an error says nothing about the command, but that its books cannot be written to just now."""
    if isinstance(error, LedgerError):
        return error.retryable or error.status >= FAULT
    return isinstance(error, UNREACHABLE)


def _recorded(tx: Transaction, outcome: CommandOutcome) -> tuple[UUID, str, int | None, str, int]:
    """Record the event of an end; gives the columns of its row."""
    command, result, refusal = outcome
    subject, type_, fingerprint = str(command.id), command.type, command.fingerprint.hex()
    if refusal is not None:
        failed = failed_fact(command, refusal)
        sequence = tx.record(failed, subject, command.actor)
        return command.id, CommandStatus.FAILED.value, None, error_of(failed), sequence
    if result is None:
        message = f"The command {subject} was neither refused nor is there an event that answers it."
        raise ValueError(message)
    sequence = tx.record(CommandCompletedFact(command.id, type_, fingerprint, result), subject, command.actor)
    return command.id, CommandStatus.COMPLETED.value, result, "", sequence


def failed_fact(command: PendingCommand, refusal: LedgerError) -> CommandFailedFact:
    """The fact of a refusal, of bounded size."""
    data = canonical.decode(canonical.encode(refusal.data))
    if len(canonical.encode(data)) > MAX_DATA_BYTES:
        data = {}
    pointer = f"{PAYLOAD}{refusal.pointer}"[:MAX_MESSAGE] if refusal.pointer else ""
    message = refusal.message[:MAX_MESSAGE]
    return CommandFailedFact(command.id, command.type, command.fingerprint.hex(), refusal.code, message, pointer, data)


def error_of(fact: CommandFailedFact) -> str:
    """What the row of a failed command keeps of why it failed, as canonical JSON."""
    members = {"code": fact.code, "message": fact.message, "pointer": fact.pointer, "data": fact.data}
    return canonical.encode(members).decode()
