"""What happened to API keys, as events tell it. Pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledgerflow.core.events import Fact


class KeyCreatedFact(Fact, frozen=True, omit_defaults=True):
    """A key was made. `digest` is the SHA-256 of its secret, `person` who it acts for, "" for nobody.

    `application` is the one whose operations alone it may run, "" for a key that is bound to none.
    """

    event_type = "api_key.created"

    id: UUID
    name: str
    prefix: str
    digest: str
    scopes: list[str]
    person: str = ""
    person_name: str = ""
    expires_at: datetime | None = None
    application: str = ""


class KeyRevokedFact(Fact, frozen=True):
    """A key was ended for good, at the moment of the event."""

    event_type = "api_key.revoked"

    id: UUID
    name: str
