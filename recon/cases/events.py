"""What happened to the exceptions of reconciliation, as events tell it. Pure."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledgerflow.core.events import Fact


class ExceptionFact(Fact, frozen=True):
    """An exception as a change left it. `amount` is that of its line or posting, signed as we see it.

    `action` is what was done, `comment` what was said with it, and `previous` the event of the change before, 0 where
    there is none: so the history of an exception is read from its last event backwards.
    """

    id: UUID
    bank_account: UUID
    number: int
    entry: int
    action: str
    kind: str
    status: str
    line: UUID | None
    account: str | None
    account_version: int | None
    statement: UUID | None
    day: date
    amount: str
    related: list[str]
    explanation: str
    owner: str
    reason: str
    resolution: str
    note: str
    previous: int = 0
    comment: str = ""
    idempotency_key: str = ""
    fingerprint: str = ""
    key_issuer: str = ""


class ExceptionOpenedFact(ExceptionFact, frozen=True):
    """A difference was found that somebody must explain."""

    event_type = "exception.opened"


class ExceptionChangedFact(ExceptionFact, frozen=True):
    """It was assigned, commented, marked for checking, opened again, or found to be of another kind."""

    event_type = "exception.changed"


class ExceptionResolvedFact(ExceptionFact, frozen=True):
    """It was explained by a person, or it is there no more."""

    event_type = "exception.resolved"


FACTS = (ExceptionOpenedFact, ExceptionChangedFact, ExceptionResolvedFact)
