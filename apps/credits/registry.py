"""The applications there are: those that the settings name, and what else hands some in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from apps.credits.applications import Application, BaseLedgerOperations
from apps.credits.definitions import MAX_NAME
from apps.credits.errors import ApplicationNeeded, ApplicationUnknown
from ledgerflow.books.borrowing import borrowed_connection
from ledgerflow.core.errors import ApplicationOfKey

Source = Callable[[UUID], Mapping[str, Application]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let a room hand in applications of an entity by name. One that the settings name comes before them."""
    if source not in _sources:
        _sources.append(source)


def applications_of(entity_id: UUID) -> dict[str, Application]:
    """The applications of an entity by name."""
    found: dict[str, Application] = {}
    if _sources:
        with borrowed_connection():  # a request that goes the short way has none
            for source in _sources:
                found |= source(entity_id)
    return found | _of_settings(tuple(settings.LEDGERFLOW_APPLICATIONS))


def is_in_settings(name: str) -> bool:
    """Whether the settings name an application of this name, which then comes before any other."""
    return name in _of_settings(tuple(settings.LEDGERFLOW_APPLICATIONS))


def application_named(entity_id: UUID, name: str = "") -> Application:
    """The application of a name; without one, the only one there is.

    Raises `ApplicationUnknown`, and `ApplicationNeeded` where no name is given and there are several or none.
    """
    found = applications_of(entity_id)
    if name:
        if name not in found:
            raise ApplicationUnknown(pointer="/application", application=name[:MAX_NAME])
        return found[name]
    if len(found) != 1:
        raise ApplicationNeeded(pointer="/application", count=len(found))
    (only,) = found.values()
    return only


def application_meant(entity_id: UUID, name: str, bound: str) -> Application:
    """The application that a caller names, or its only one; `bound` is that of his key, which then runs no other.

    Raises as `application_named`, and `ApplicationOfKey`.
    """
    if bound and name not in {"", bound}:
        raise ApplicationOfKey(pointer="/application", application=bound)
    return application_named(entity_id, name or bound)


def application_at(path: str) -> Application:
    """The application at a dotted path. Raises `ImportError`, and `TypeError` for what is none."""
    found = import_string(path)
    if not (isinstance(found, type) and issubclass(found, BaseLedgerOperations)):
        message = "it is no subclass of BaseLedgerOperations"
        raise TypeError(message)
    return found


@cache
def _of_settings(paths: tuple[str, ...]) -> dict[str, Application]:
    """The checks at the start have found them sound."""
    return {found.NAME: found for found in map(application_at, paths)}
