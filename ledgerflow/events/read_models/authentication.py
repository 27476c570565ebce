"""Who is calling, by events alone: for the role `query`, which has no books."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ledgerflow.access.authentication import caller_of
from ledgerflow.access.errors import KeyOfPersonHere
from ledgerflow.events.read_models.reading import reading
from ledgerflow.web.callers import Caller

FIND = "SELECT id, entity_id, scopes, person, expires_at FROM callers WHERE digest = %s AND revoked_at IS NULL"


class ReadModelAuthentication(BaseAuthentication):
    """Keys as the read model of callers has them. A key that acts for a person is refused.

    What a person may do is in no event: his key would go on reading after he left.
    """

    def authenticate(self, request: HttpRequest | Request) -> tuple[Caller, Caller]:
        caller = caller_of(request, _look_up)
        return caller, caller


def _look_up(digest: str) -> Caller | None:
    with reading() as cursor:
        cursor.execute(FIND, (digest,))
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, entity_id, scopes, person, expires_at = row
    if person:
        raise KeyOfPersonHere
    return Caller(key_id, entity_id, frozenset(scopes), expires_at, f"key:{key_id}")
