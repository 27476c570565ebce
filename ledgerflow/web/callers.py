"""Who calls. How he is found is `ledgerflow.access`'s, which stands above this package: REST framework knows it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from rest_framework.authentication import BaseAuthentication

from ledgerflow.core.errors.form import ScopeMissing


class Caller(NamedTuple):
    """The key behind a request. `actor` is how the books name it, `person` ("user:<id>") who it acts for.

    `scopes` are those the key has and its person may still use.

    A key made for nobody has no person: it cannot do what takes one. One that is bound to an `application` runs its
    operations, and writes nothing else.
    """

    key_id: UUID
    entity_id: UUID
    scopes: frozenset[str]
    expires_at: datetime | None
    actor: str
    person: str = ""
    application: str = ""

    def require(self, *scopes: str) -> None:
        """Raise `PermissionMissing` unless the key has all of these scopes; none implies another."""
        for scope in scopes:
            if scope not in self.scopes:
                raise ScopeMissing(scope=scope)


NOBODY = Caller(UUID(int=0), UUID(int=0), frozenset(), None, "nobody")  # of requests that need no key


@cache
def authentication() -> BaseAuthentication:
    """How callers are found: by a setting of ours, for those of REST framework are of the project's own views."""
    found: BaseAuthentication = import_string(settings.LEDGERFLOW_AUTHENTICATION)()
    return found


def caller_of(request: HttpRequest) -> Caller:
    """The caller of a request; raises `Unauthenticated`."""
    found: Any = authentication().authenticate(request)  # type: ignore[arg-type]  # ours reads headers only
    caller: Caller = found[0]
    return caller
