"""Books and two people who may propose and approve, for the tests of one module together."""

from __future__ import annotations

import pytest

from ledgerflow.books.models import Entity
from tests.approving import an_opener
from tests.builders import an_entity


@pytest.fixture(scope="module")
def books() -> Entity:
    return an_entity()


@pytest.fixture(scope="module")
def alice() -> str:
    return an_opener()


@pytest.fixture(scope="module")
def bob() -> str:
    return an_opener()
