"""Who calls. How he is found is `ledgerflow.access`'s, which stands above this package: the settings name it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from ledgerflow.core.errors.form import ScopeMissing


class Caller(NamedTuple):
    """The key behind a request. `actor` is how the books name it, `person` ("user:<id>") who it acts for.

    `scopes` are those the key has and its person may still use.

    A key made for nobody has no person: it cannot do what takes one.
    """

    key_id: UUID
    entity_id: UUID
    scopes: frozenset[str]
    expires_at: datetime | None
    actor: str
    person: str = ""

    def require(self, *scopes: str) -> None:
        """Raise `PermissionMissing` unless the key has all of these scopes; none implies another."""
        for scope in scopes:
            if scope not in self.scopes:
                raise ScopeMissing(scope=scope)


NOBODY = Caller(UUID(int=0), UUID(int=0), frozenset(), None, "nobody")  # of requests that need no key


@cache
def caller_finder() -> Callable[[HttpRequest], Caller]:
    """What finds the caller of a request, or raises `Unauthenticated`."""
    finder: Callable[[HttpRequest], Caller] = import_string(settings.CALLER_FINDER)
    return finder
