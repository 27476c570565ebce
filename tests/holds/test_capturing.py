"""What a capture is decided on, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from journals.drafts import Draft, transfer_lines
from journals.hold_states import capturing
from ledgerflow.core.errors import NotFound

pytestmark = pytest.mark.pure


def test_what_is_not_held_is_not_captured() -> None:
    draft = Draft("k", transfer_lines("wallet", "cash", Decimal(1)), "hold_capture")
    with pytest.raises(NotFound):
        capturing(draft, None)
