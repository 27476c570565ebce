"""Refusals of making keys."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, Unauthenticated


class ScopesExceedPerson(LedgerError):
    """A key may do no more than the person behind it; `scopes` are those he may not give."""

    code = "scopes_exceed_person"
    status = 403
    template = "The person behind this key lacks permissions that these scopes take: {scopes}."


class KeyNeeded(Unauthenticated):
    template = "Send an API key: Authorization: Bearer <key>."


class NotAKey(Unauthenticated):
    template = "The Authorization header does not hold an API key: Bearer lf_…"


class KeyUnknown(Unauthenticated):
    template = "This API key is unknown or was revoked."


class KeyExpired(Unauthenticated):
    template = "This API key has expired."


class KeyOfFormerPerson(Unauthenticated):
    template = "This API key ended with its person, who is no active user any more."


class KeyOfPersonHere(Unauthenticated):
    template = "This API key acts for a person, which only the books can check: use one that acts for nobody here."


class ScopesUnknown(Malformed):
    template = "Scopes are one or more of {scopes}."


class ApplicationNameRefused(Malformed):
    template = "An application has a name of letters, digits and _.- with a letter first, {most} characters at most."


class ExpiryRefused(Malformed):
    template = "An expiry is a moment in the future, with its time zone."
