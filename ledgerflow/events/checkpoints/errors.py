"""Refusals of checkpoints and of proofs by them."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class CheckpointKeyUnusable(LedgerError):
    """Not retryable: somebody has to look after the key first (`manage.py checkpoint_key`)."""

    code = "checkpoint_key_unusable"
    status = 503
    template = "The key that signs checkpoints cannot be used: {reason}."


class LogRewritten(LedgerError):
    """The log, or what is kept of it, is not what was signed: nothing more is signed or proven (`verify_ledger`)."""

    code = "log_rewritten"
    status = 409
    template = "The log is not what its checkpoint of {size} events says: {reason}."


class KeptHashMissing(LogRewritten):
    template = "The hash {offset} of level {level}, which a checkpoint has kept of the log, is missing."


class NotInCheckpoint(LedgerError):
    """The event is younger than the newest checkpoint, or than the one that was asked for."""

    code = "not_in_checkpoint"
    status = 409
    template = (
        "Event {sequence} is in no checkpoint of {size} events. The next one is made soon; POST /api/checkpoints makes "
        "one now."
    )


class CheckpointNotFound(NotFound):
    template = "There is no checkpoint of that size."


class LogEmpty(NotFound):
    template = "There is no event to make a checkpoint of."


class ConsistencyBackwards(Malformed):
    template = "A proof goes from a checkpoint to one that is not smaller."
