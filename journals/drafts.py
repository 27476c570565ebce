"""What somebody wants to post, checked for form and brought to one shape. Pure.

A draft's amounts are signed, debit positive, credit negative, in major units of the account's currency, at whatever
scale they were sent; the engine brings them to the currency's scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.core import canonical
from ledgerflow.core.errors import IdempotencyKeyMissing, Malformed
from ledgerflow.core.money import normalised

MAX_LINES = 1000
MIN_LINES = 2
MAX_KEY = 255
MAX_DESCRIPTION = 500
MAX_REFERENCE = 200
MAX_METADATA_BYTES = 16 * 1024
MAX_DIMENSION_VALUE = 100
FINGERPRINT_VERSION = b"\x01"


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line: `account` is a code, `amount` signed. Conditions are on the account before this journal."""

    account: str
    amount: Decimal
    currency: str = ""
    description: str = ""
    dimensions: dict[str, str] | None = None
    expected_version: int | None = None
    expected_balance: Decimal | None = None


class Draft(msgspec.Struct, frozen=True):
    """One journal to post. `effective_date` None means the business date; `not_before` is a reversal's original date."""

    key: str
    lines: tuple[Line, ...]
    kind: str = "manual"
    effective_date: date | None = None
    description: str = ""
    external_reference: str = ""
    metadata: dict[str, Any] | None = None
    reverses: UUID | None = None
    not_before: date | None = None
    override_limits: str = ""
    advance_business_date: bool = False
    actor: str = ""


def check(draft: Draft) -> Draft:
    """The same draft, or what is wrong with its form.

    Raises `IdempotencyKeyMissing`, or `Malformed` with a pointer into the request.
    """
    if not draft.key:
        message = "Every write that moves money needs an idempotency key."
        raise IdempotencyKeyMissing(message)
    _check_text(draft.key, MAX_KEY, "/idempotency_key")
    if not MIN_LINES <= len(draft.lines) <= MAX_LINES:
        message = f"A journal has from {MIN_LINES} to {MAX_LINES} lines, not {len(draft.lines)}."
        raise Malformed(message, pointer="/lines")
    _check_text(draft.description, MAX_DESCRIPTION, "/description")
    _check_text(draft.external_reference, MAX_REFERENCE, "/external_reference")
    _check_text(draft.override_limits, MAX_DESCRIPTION, "/override_limits")
    if draft.metadata:
        _check_metadata(draft.metadata)
    for number, line in enumerate(draft.lines):
        if line.description or line.dimensions:
            _check_line(line, f"/lines/{number}")
    return draft


def fingerprint(draft: Draft) -> bytes:
    """33 bytes that are equal for two drafts exactly when they ask for the same thing.

    Amounts are normalised (1.25 = 1.250) and fields left at their defaults do not count; the key and who sent it
    are not part of it.
    """
    content = [
        draft.kind,
        [_line_content(line) for line in draft.lines],
        draft.effective_date,
        draft.description,
        draft.external_reference,
        draft.metadata or None,
        draft.reverses,
        draft.override_limits,
    ]
    return FINGERPRINT_VERSION + sha256(canonical.encode(content)).digest()


def transfer_lines(debit_account: str, credit_account: str, amount: Decimal) -> tuple[Line, Line]:
    """The two lines of a transfer of a positive amount: debit first."""
    return Line(debit_account, amount), Line(credit_account, -amount)


def reversed_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The same lines with their signs turned, without conditions."""
    return tuple(
        Line(line.account, -line.amount, description=line.description, dimensions=line.dimensions) for line in lines
    )


def _line_content(line: Line) -> list[Any]:
    content: list[Any] = [line.account, normalised(line.amount)]
    if line.currency or line.description or line.dimensions or _has_conditions(line):
        expected = line.expected_balance
        content += [
            line.currency,
            line.description,
            line.dimensions or None,
            line.expected_version,
            None if expected is None else normalised(expected),
        ]
    return content


def _has_conditions(line: Line) -> bool:
    return line.expected_version is not None or line.expected_balance is not None


def _check_text(text: str, most: int, pointer: str) -> None:
    if len(text) > most:
        message = f"At most {most} characters, not {len(text)}."
        raise Malformed(message, pointer=pointer)
    if "\x00" in text:
        message = "The NUL character cannot be stored."
        raise Malformed(message, pointer=pointer)


def _check_metadata(metadata: dict[str, Any]) -> None:
    try:
        text = canonical.encode(metadata)
    except (RecursionError, ValueError, TypeError, msgspec.MsgspecError) as error:
        message = "Metadata must be a JSON object that is not nested too deep."
        raise Malformed(message, pointer="/metadata") from error
    if len(text) > MAX_METADATA_BYTES:
        message = f"Metadata is at most {MAX_METADATA_BYTES} bytes of JSON, not {len(text)}."
        raise Malformed(message, pointer="/metadata")
    if rb"\u0000" in text:
        message = "The NUL character cannot be stored."
        raise Malformed(message, pointer="/metadata")


def _check_line(line: Line, pointer: str) -> None:
    _check_text(line.description, MAX_DESCRIPTION, f"{pointer}/description")
    for name, value in (line.dimensions or {}).items():
        _check_text(value, MAX_DIMENSION_VALUE, f"{pointer}/dimensions/{name}")
