from __future__ import annotations

import pytest

from ledgerflow.core.page_help import PageHelp

pytestmark = pytest.mark.pure


def test_help_is_said_in_three_sentences() -> None:
    help_of = PageHelp("holds_hold", "What it is for.", "What to do.", "What to know.", "desk.md#holds")
    assert help_of.sentences == ("What it is for.", "What to do.", "What to know.")
