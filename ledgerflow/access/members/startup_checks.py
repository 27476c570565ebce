"""A project's own list of backends has ours, or roles would be asked of nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib.auth import get_backends
from django.core.checks import CheckMessage, Error

from ledgerflow.access.members.backend import MemberBackend


def check_backend(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django gives it by this name
    **_options: Any,
) -> list[CheckMessage]:
    """E001: no backend knows roles."""
    if any(isinstance(backend, MemberBackend) for backend in get_backends()):
        return []
    name = f"{MemberBackend.__module__}.{MemberBackend.__qualname__}"
    message = f"AUTHENTICATION_BACKENDS lacks {name}: roles in books would give nobody anything."
    return [Error(message, id="ledger_roles.E001")]
