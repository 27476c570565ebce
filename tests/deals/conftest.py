"""A house that trades dollars and yen, at the rates of one day."""

from __future__ import annotations

import pytest

from ledgerflow.books.models import Entity
from tests.trading import a_rate, a_trading_house


@pytest.fixture
def house() -> Entity:
    entity = a_trading_house("USD", "JPY")
    a_rate(entity, "1.0892")
    a_rate(entity, "162.03", quote="JPY")
    return entity
