from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from ledgerflow.books.models import Entity


@pytest.fixture(scope="module")
def operator(_database: None) -> Client:
    from tests.admin.people import an_operator

    return an_operator()


@pytest.fixture(scope="module")
def quiet_shop(_database: None) -> Entity:
    """A shop for tests that write nothing, or are refused."""
    from tests.admin.people import a_shop

    return a_shop()


@pytest.fixture
def shop() -> Entity:
    from tests.admin.people import a_shop

    return a_shop()
