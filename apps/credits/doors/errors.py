"""Refusals at the literal endpoints."""

from __future__ import annotations

from apps.credits.errors import ApplicationNeeded
from ledgerflow.core.errors import LedgerError, OutcomeUnknown


class DuplicateNonce(LedgerError):
    """The nonce was used before, for the same or for something else; `data` has the entry that it was used for."""

    code = "duplicate_nonce"
    status = 409
    template = "The nonce {nonce!r} was used before, for {entry.operation} of {entry.owner_id}."


class InvalidNonce(LedgerError):
    """A nonce is visible ASCII without spaces, and not too long."""

    code = "invalid_nonce"
    template = "A nonce has 1 to {most} visible ASCII characters, and no spaces."


class UnitNotWhole(LedgerError):
    """The unit of the application has decimals, and whole numbers cannot tell them."""

    code = "unit_not_whole"
    template = (
        "{application} counts {unit} with {minor_units} decimal places, which whole numbers cannot tell: "
        "use /api/credits/operations."
    )


class BoundKeyNeeded(ApplicationNeeded):
    template = "There are {count} applications: use a key that is bound to the one that is meant."


class NonceOutcomeUnknown(OutcomeUnknown):
    """Whoever speaks to these endpoints knows 503 for whatever is wrong with the database."""

    status = 503
    template = (
        "Nobody knows whether this is in the books: send it again with the same nonce, and it is done or "
        "refused as duplicate_nonce with its entry."
    )
