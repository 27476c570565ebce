"""Django system checks of the applications that the settings name: a fault stops the start, and says its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from apps.credits.registry import application_at
from ledgerflow.core.errors import LedgerError


def check_applications(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django gives it by this name
    **_options: Any,
) -> list[CheckMessage]:
    """E001: a path leads to no application. E002: a fault of one. E003: two have one name."""
    found: list[CheckMessage] = []
    names: list[str] = []
    for path in settings.LEDGERFLOW_APPLICATIONS:
        try:
            application = application_at(path)
        except (ImportError, TypeError, LedgerError) as error:
            found.append(Error(f"{path} is no application: {error}", id="credits.E001"))
            continue
        names.append(application.NAME)
        found += [Error(fault, obj=path, id="credits.E002") for fault in application.validate_operations()]
    return [*found, *_twice(names)]


def _twice(names: list[str]) -> Iterator[CheckMessage]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Error(f"{times} applications have the name {name}.", id="credits.E003")
