"""What the example application does with credits: to write costs some, and to read something first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from apps.credits.applications import BaseLedgerOperations
from apps.credits.definitions import Amount, Operation

CREATION, PREMIUM_CREATION, ACCESS = "CONTENT_CREATION", "PREMIUM_CONTENT_CREATION", "CONTENT_ACCESS"


class ContentOperations(BaseLedgerOperations):
    """The operations of the application `content`, beside those that every application has."""

    NAME = "content"
    APP_CONFIG: ClassVar[Sequence[Operation]] = (
        Operation(CREATION, "spend", Amount(fixed=5)),
        Operation(PREMIUM_CREATION, "spend", Amount(fixed=10)),
        Operation(ACCESS, "spend", Amount(fixed=1)),
    )
