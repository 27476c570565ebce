"""Journals that are asked for as commands: many of them are one call of posting, and end in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from journals.api.bodies import JournalFields, ReverseRequest, TransferFields, overrides
from journals.drafts import Draft, check, content_of
from journals.events import Answer
from journals.posting import post_with_hook
from journals.reversal import reversal_content, reverse_journal
from ledgerflow.access.scopes import MANAGE, POST
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.plugins import CommandKind
from ledgerflow.events.commands.ending import CommandEnding, CommandOutcome, PendingCommand, one_by_one

ANY_KEY = "k"  # the form of a draft is looked at before its key


class ReverseCommand(ReverseRequest, kw_only=True):
    """Which journal to reverse, and how."""

    journal: UUID


class InPartsError(Exception):
    """The database refused the batch as a whole."""


def content_of_draft(body: TransferFields | JournalFields) -> list[Any]:
    """What a posting asks for: the same as the endpoint, so that both post it once."""
    return content_of(check(body.draft(ANY_KEY, "")))


def content_of_reversal(body: ReverseCommand) -> list[Any]:
    """The same of a reversal."""
    return reversal_content(body.journal, **_how(body))


def scopes_of_overrides(body: Any) -> tuple[str, ...]:
    """What passes limits or a lock is the work of a manager."""
    return (MANAGE,) if overrides(body) else ()


def post_commands(entity_id: UUID, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """Post what commands ask for, each for itself, and end them in the same transaction."""
    drafts: list[tuple[PendingCommand, Draft]] = []
    malformed: list[CommandOutcome] = []
    for command in commands:
        try:
            drafts.append((command, check(command.body.draft(command.key, command.actor))))
        except LedgerError as refusal:  # a rule that came after it was accepted
            malformed.append(CommandOutcome(command, refusal=refusal))
    ending.alone(malformed)
    if drafts:
        _post(entity_id, drafts, ending)


def reverse_commands(entity_id: UUID, commands: Sequence[PendingCommand], ending: CommandEnding) -> None:
    """Reverse journals, one after the other."""

    def reverse(command: PendingCommand) -> int | None:
        body: ReverseCommand = command.body
        answer = reverse_journal(entity_id, body.journal, key=command.key, actor=command.actor, **_how(body))
        return answer.event_sequence

    one_by_one(ending, commands, reverse)


def _post(entity_id: UUID, drafts: Sequence[tuple[PendingCommand, Draft]], ending: CommandEnding) -> None:
    """Post drafts in one transaction. When the database refuses it they are halved until the culprit stands alone."""
    ended: list[Sequence[Answer]] = []

    def hook(tx: Transaction, answers: Sequence[Answer]) -> None:
        if len(answers) != len(drafts):
            raise InPartsError  # posting halves too, but only here is it known which commands a part is made of
        ending.within(tx, _outcomes(drafts, answers))
        ended[:] = [answers]

    answers: Sequence[Answer] = []
    with suppress(InPartsError):
        answers = post_with_hook(entity_id, [draft for _, draft in drafts], hook, checked=True)
    if ended == [answers]:
        return
    if len(drafts) == 1:
        ending.alone(_outcomes(drafts, answers))
        return
    middle = len(drafts) // 2
    _post(entity_id, drafts[:middle], ending)
    _post(entity_id, drafts[middle:], ending)


def _outcomes(drafts: Sequence[tuple[PendingCommand, Draft]], answers: Sequence[Answer]) -> list[CommandOutcome]:
    return [
        CommandOutcome(command, answer.event_sequence, answer.refusal)
        for (command, _), answer in zip(drafts, answers, strict=True)
    ]


def _how(body: ReverseCommand) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__ if name != "journal"}


KINDS = (
    CommandKind("TRANSFER_MONEY", TransferFields, POST, content_of_draft, post_commands, scopes_of_overrides),
    CommandKind("POST_JOURNAL", JournalFields, POST, content_of_draft, post_commands, scopes_of_overrides),
    CommandKind("REVERSE_JOURNAL", ReverseCommand, POST, content_of_reversal, reverse_commands, scopes_of_overrides),
)
