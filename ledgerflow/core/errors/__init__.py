"""Every refusal has a class: a stable code, an HTTP status, whether trying again can help, and its data.

Clients read `code` and `data`; the message is for people. A use case either raises one of these or, where many
items are decided together, returns it as the item's outcome.
"""

from ledgerflow.core.errors.base import LedgerError
from ledgerflow.core.errors.requests import (
    BodyTooLarge,
    BodyTooSlow,
    DateOutOfRange,
    FieldErrors,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    LengthRequired,
    Malformed,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    OutcomeUnknown,
    OutOfBounds,
    PermissionMissing,
    PersonUnknown,
    PrecisionExceeded,
    PreconditionFailed,
    PreconditionRequired,
    ReadTimedOut,
    ServerBusy,
    TooManyBodies,
    TryAgain,
    Unauthenticated,
)

__all__ = [
    "BodyTooLarge",
    "BodyTooSlow",
    "DateOutOfRange",
    "FieldErrors",
    "IdempotencyKeyMissing",
    "IdempotencyKeyReused",
    "LedgerError",
    "LengthRequired",
    "Malformed",
    "MethodNotAllowed",
    "NotAcceptable",
    "NotFound",
    "OutOfBounds",
    "OutcomeUnknown",
    "PermissionMissing",
    "PersonUnknown",
    "PrecisionExceeded",
    "PreconditionFailed",
    "PreconditionRequired",
    "ReadTimedOut",
    "ServerBusy",
    "TooManyBodies",
    "TryAgain",
    "Unauthenticated",
]
