"""What happened to API keys, as events tell it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec


class KeyCreated(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key was made. `digest` is the SHA-256 of its secret, `person` who it acts for, "" for nobody."""

    type: ClassVar[str] = "api_key.created"
    version: ClassVar[int] = 1

    id: UUID
    name: str
    prefix: str
    digest: str
    scopes: list[str]
    person: str = ""
    person_name: str = ""
    expires_at: datetime | None = None


class KeyRevoked(msgspec.Struct, frozen=True):
    """A key was ended for good, at the moment of the event."""

    type: ClassVar[str] = "api_key.revoked"
    version: ClassVar[int] = 1

    id: UUID
    name: str
