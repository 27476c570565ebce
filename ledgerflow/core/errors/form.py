"""Refusals of how a request is written: its headers, its parameters, and the JSON of its body."""

from __future__ import annotations

from ledgerflow.core.errors import (
    IdempotencyKeyMissing,
    Malformed,
    NotFound,
    PermissionMissing,
    PreconditionFailed,
    TryAgain,
)


class ContentLengthRefused(Malformed):
    template = "Content-Length is not a number."


class BodyCutShort(Malformed):
    template = "The body ended after {received} of {length} bytes."


class NulRefused(Malformed):
    template = "The NUL character cannot be stored."


class MemberTwice(Malformed):
    template = "The name {name!r} stands twice in one object."


class ScopeMissing(PermissionMissing):
    template = "This key lacks the scope {scope!r}."


class FormatUnknown(Malformed):
    template = "The format is one of {choices}."


class KeyHeaderMissing(IdempotencyKeyMissing):
    template = "A request that moves money needs the header Idempotency-Key."


class KeyHeaderRefused(Malformed):
    template = "The header Idempotency-Key stands once in a request, and a key holds no comma."


class NoCurrentETag(PreconditionFailed):
    template = "If-Match does not hold a current ETag of this resource."


class LimitOutOfRange(Malformed):
    template = "A limit is a whole number from 1 to {most}."


class ParameterLength(Malformed):
    template = "The parameter {name!r} has from 1 to {most} characters."


class ParameterWithoutOffset(Malformed):
    template = "The parameter {name!r} needs its offset from UTC, such as Z."


class ParameterUnknown(Malformed):
    template = "There is no parameter {name!r} here."


class ParameterRepeated(Malformed):
    template = "The parameter {name!r} is given {times} times."


class ParameterRefused(Malformed):
    template = "The parameter {name!r} is {words}."


class CursorRefused(Malformed):
    template = "This cursor was not made by this list."


class Unreachable(TryAgain):
    template = "The database cannot be reached."


class NothingThere(NotFound):
    template = "There is nothing at {path}."


class JsonTooDeep(Malformed):
    template = "The JSON is nested too deep."


class JsonUnreadable(Malformed):
    template = "The body is not valid JSON in UTF-8: {reason}"
