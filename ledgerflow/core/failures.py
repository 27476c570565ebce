"""What is kept of an exception in a record that people read: a close, a run, a proof. Pure."""

from __future__ import annotations

from typing import Any

from ledgerflow.core.errors import LedgerError

MAX_MESSAGE = 500


def described(error: Exception) -> dict[str, Any]:
    """Code and message of a refusal; of anything else its class and words, which belong to a programmer's fault.

    The message can be stored: PostgreSQL takes no NUL character and no half of a surrogate pair. `retryable` is there,
    and True, where a later try may succeed.
    """
    code, message = "internal_error", f"{type(error).__name__}: {error}"
    if isinstance(error, LedgerError):
        code, message = error.code, error.message
    shown = {"code": code, "message": _storable(message)[:MAX_MESSAGE]}
    return shown | ({"retryable": True} if isinstance(error, LedgerError) and error.retryable else {})


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode().replace("\x00", "?")
