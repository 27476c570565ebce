"""The base of all refusals."""

from __future__ import annotations

from typing import Any, ClassVar


class LedgerError(Exception):
    """Base of all refusals. `pointer` is an RFC 6901 JSON pointer into the request, `""` for the whole of it."""

    code: ClassVar[str] = "ledger_error"
    status: ClassVar[int] = 422
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, pointer: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
        self.data = data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, {self.data!r})"
