"""The server that the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.serving import served


@pytest.fixture(scope="module")
def server(_database: None) -> Iterator[str]:
    with served() as address:
        yield address
