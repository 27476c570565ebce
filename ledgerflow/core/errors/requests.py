"""Refusals of the request itself, and of a machine that is busy."""

from __future__ import annotations

from ledgerflow.core.errors.base import LedgerError

# The request itself


class Malformed(LedgerError):
    code = "malformed"
    status = 400
    template = "The request cannot be understood."


class OutOfBounds(LedgerError):
    """Stands for every CHECK that `ledgerflow.core.bounds` makes, whatever its table."""

    code = "out_of_bounds"
    status = 400
    template = "A date, moment, number or amount in this is beyond what the books take."


class FieldErrors(Malformed):
    """Several fields are wrong at once: `errors` maps a JSON pointer to what is wrong there."""

    def __init__(self, errors: dict[str, str]) -> None:
        pointer, message = next(iter(errors.items()))
        super().__init__(message, pointer=pointer)
        self.errors = errors


class DateOutOfRange(Malformed):
    code = "date_out_of_range"
    template = "The date {date} does not lie between {earliest} and {latest}."


class BodyTooLarge(LedgerError):
    code = "body_too_large"
    status = 413
    template = "A body has at most {limit} bytes."


class LengthRequired(LedgerError):
    """The end of a chunked body cannot be told from a broken connection (RFC 9110 section 15.5.12)."""

    code = "length_required"
    status = 411
    template = "A body needs Content-Length: chunked ones are not taken, because half of one would look whole."


class BodyTooSlow(LedgerError):
    code = "body_too_slow"
    status = 408
    retryable = True
    template = "The body did not come in time; nothing was written."


class IdempotencyKeyMissing(LedgerError):
    code = "idempotency_key_missing"
    status = 400
    template = "Every write that moves or reserves money needs an idempotency key."


class IdempotencyKeyReused(LedgerError):
    code = "idempotency_key_reused"
    template = "This idempotency key was used for another request."


class NotFound(LedgerError):
    code = "not_found"
    status = 404
    template = "There is no such thing here."


class MethodNotAllowed(LedgerError):
    code = "method_not_allowed"
    status = 405
    template = "There is no {method} here."


class NotAcceptable(LedgerError):
    code = "not_acceptable"
    status = 406
    template = "The answer is {accepted}, and the header Accept wants something else."


class Unauthenticated(LedgerError):
    code = "unauthenticated"
    status = 401
    template = "Nobody is known by this request."


class PermissionMissing(LedgerError):
    code = "permission_missing"
    status = 403
    template = "This is not permitted."


class ApplicationOfKey(LedgerError):
    """The key is bound to an application, and this is no operation of that one."""

    code = "application_of_key"
    status = 403
    template = "This key is bound to the application {application!r}: it runs the operations of that one only."


class PreconditionFailed(LedgerError):
    """The resource changed since the client read it (`If-Match`, RFC 9110 section 13.1.1)."""

    code = "precondition_failed"
    status = 412
    template = "It has changed since it was read."


class PreconditionRequired(LedgerError):
    code = "precondition_required"
    status = 428
    template = "Send If-Match with the ETag you last read, so that nobody's change is lost."


# The machine


class TryAgain(LedgerError):
    """Nothing was written; the same request may succeed in a moment."""

    code = "try_again"
    status = 503
    retryable = True
    template = "This could not be done at the moment; nothing was written."


class TooManyBodies(TryAgain):
    code = "too_many_bodies"
    template = "{limit} bodies from this address are on their way and not yet here: send this one again in a moment."


class ServerBusy(TryAgain):
    code = "server_busy"
    template = "Everything that can do this work here is at work: try again in a moment."


class ReadTimedOut(TryAgain):
    code = "read_timed_out"
    template = (
        "Reading this took more than {seconds} seconds, so it was stopped: ask for less, or try again in a moment."
    )


class OutcomeUnknown(LedgerError):
    """It may or may not have been written: the same key tells, by replaying or posting.

    No kind of `TryAgain`, which promises that nothing was written: whoever repeats a request without a key on that
    promise would do it twice.
    """

    code = "outcome_unknown"
    status = 504
    retryable = True
    template = "Nobody knows whether this is in the books: repeat it with the same key."


class PersonUnknown(LedgerError):
    """Nobody stands behind the request: a key made for no user, or a user who left."""

    code = "person_unknown"
    status = 403
    template = "This takes a person: an API key made for an active user, or somebody signed in."


class PrecisionExceeded(LedgerError):
    code = "precision_exceeded"
    template = "{amount} is finer than the currency's {minor_units} decimal places."


class NothingToChange(Malformed):
    template = "There is nothing to change."


class CurrencyCodeRefused(Malformed):
    template = "A currency code is a capital letter and up to 11 more of A-Z, 0-9, '.', '_' or '-'."


class NameLength(Malformed):
    template = "A name has 1 to {most} characters."


class NotOneOf(Malformed):
    template = "A {what} is one of {choices}."


class AmountNotPositive(Malformed):
    template = "An amount must be greater than zero."


class PolicyRevised(PreconditionFailed):
    template = "The policy has changed since it was read."


class PersonLacksPermission(PermissionMissing):
    template = "{person} lacks the permission {permission}."


class TextTooLong(Malformed):
    template = "At most {most} characters, not {length}."


class TextNotStorable(Malformed):
    template = "NUL characters and lone surrogates cannot be stored."


class MetadataRefused(Malformed):
    template = "Metadata must be a JSON object that is not nested too deep."


class ParameterNotOneOf(Malformed):
    template = "The parameter {name!r} is one of {choices}."
