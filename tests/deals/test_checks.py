"""The check of a close that proves the settlements of its day."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from fx.deals import checks
from fx.deals.models import Settlement
from fx.deals.settlement_proof import proof_of
from ledgerflow.books.models import Entity
from tests.builders import TODAY
from tests.trading import an_exchange


def test_the_close_proves_the_settlements_of_its_day(house: Entity) -> None:
    done = an_exchange(house, "WALLET-EUR", "WALLET-USD", "1000.00", spread="0.5").settlement
    assert checks.fx_settlements_prove(house.id, TODAY) == []
    forged = Settlement.objects.get(id=done.id)
    forged.chain[0]["value"] = "1.0900"
    assert proof_of(forged).total != 0
    forged = Settlement.objects.get(id=done.id)
    forged.spread_amount = Decimal("5.44")
    assert not proof_of(forged).agrees


def test_the_close_proves_settlements_together(house: Entity) -> None:
    an_exchange(house, "WALLET-EUR", "WALLET-USD", "1000.00")
    with CaptureQueriesContext(connection) as one:
        assert checks.fx_settlements_prove(house.id, TODAY) == []
    an_exchange(house, "WALLET-EUR", "WALLET-JPY", "1000.00", spread="0.5")
    with CaptureQueriesContext(connection) as two:
        assert checks.fx_settlements_prove(house.id, TODAY) == []
    assert len(two) == len(one)
