"""The request that the address of a list would be, for who makes its file later or in another process."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict

from ledgerflow.books.models import Entity
from ledgerflow.web.pages.books_of_page import name_books


class _Unheard:
    """Takes what a filter says of itself where nobody reads it: what it raises is kept of the file."""

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        """Nothing is kept."""


def list_request(user: User, entity: Entity, query: str) -> HttpRequest:
    request: Any = HttpRequest()
    request.method, request.GET, request.user = "GET", QueryDict(query), user
    request._messages = _Unheard()  # noqa: SLF001 - where Django's `messages` look
    name_books(request, entity)
    return request  # type: ignore[no-any-return]
