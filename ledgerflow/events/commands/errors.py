"""Refusals of commands."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, TryAgain


class CommandTypeUnknown(Malformed):
    template = "There is no type of command {type!r}."


class PayloadTooLarge(Malformed):
    template = "The payload of a command has at most {most} bytes of JSON."


class CommandNotFound(NotFound):
    template = "There is no such command here: one that was accepted a moment ago may still be on its way."


class CommandNotTaken(TryAgain):
    """The command may or may not be there already: sending it again with its key does no harm."""

    code = "command_not_taken"
    template = "The command could not be written down at the moment: send it again with the same key."


class CommandPoisoned(LedgerError):
    """An unexpected error, each time it was tried."""

    code = "command_poisoned"
    status = 500
    template = "This command failed {tries} times for a reason that is none of the books: {reason}"


# Of a message on the topic


class MessageKeyDiffers(Malformed):
    template = "The key of the message is not the code of its entity, {entity!r}: its commands would lose their order."


class ActorRefused(Malformed):
    template = "Whoever writes to the topic calls itself topic:<name>; {actor!r} takes a signature of this ledger."


class EntityOfCommandUnknown(Malformed):
    template = "There is no entity {entity!r}."


class CommandIdDiffers(Malformed):
    template = "The id of this command is {id}, which follows from its entity and its key."
