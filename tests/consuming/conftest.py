"""Toys whose processes end with their tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.consuming.toys import close_runners


@pytest.fixture(autouse=True)
def _runners() -> Iterator[None]:
    yield
    close_runners()
