"""The table of the toy consumers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.consumers import close_runners, prepare


@pytest.fixture(scope="session", autouse=True)
def _toys(_database: None) -> None:
    prepare()


@pytest.fixture(autouse=True)
def _runners() -> Iterator[None]:
    yield
    close_runners()
