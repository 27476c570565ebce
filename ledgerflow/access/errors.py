"""Refusals of making keys."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class ScopesExceedPerson(LedgerError):
    """A key may do no more than the person behind it; `scopes` are those he may not give."""

    code = "scopes_exceed_person"
    status = 403
    template = "The person behind this key lacks permissions that these scopes take: {scopes}."
