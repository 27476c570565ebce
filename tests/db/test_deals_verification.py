"""Whoever takes the fences down and changes a settlement, a quote, a pair or a revaluation is found by the proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from fx.quoting import Deal, quote
from fx.revaluation import revalue
from fx.settlement import reverse_settlement
from fx.verification_deals import check_deals
from journals.verifying.faults import Fault
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_transfer, posted
from tests.db.attacks import Attack, connect
from tests.trading import a_rate, a_trading_house, an_exchange

CAPITAL = "SELECT id FROM accounts_account a WHERE a.entity_id = fx_valuationpair.entity_id AND code = 'CAPITAL'"


@pytest.fixture(scope="module")
def house() -> Entity:
    entity = a_trading_house()
    a_rate(entity, "1.25")
    quote(entity.id, Deal("EUR", "USD", sell_amount=Decimal(100)), expires_in=timedelta(minutes=5), actor="test")
    done = an_exchange(entity, "BANK-EUR", "BANK-USD", "100.00", spread="1").settlement
    reverse_settlement(entity.id, done.id, key="r", actor="test")
    an_exchange(entity, "WALLET-EUR", "WALLET-USD", "12345678901234567.89")
    posted(entity, a_transfer("BANK-USD", "WALLET-USD", "10.00"))
    a_rate(entity, "1.28", kind="closing")
    revalue(entity.id, TODAY, actor="test")
    return entity


@pytest.fixture
def forger(house: Entity) -> Iterator[Attack]:
    """Somebody above the fences; nothing of it is committed."""
    with connect() as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def found(forger: Attack) -> list[Fault]:
    return list(check_deals(forger.connection, forger.books.id))


def test_untouched_books_are_proven(forger: Attack) -> None:
    assert found(forger) == []


@pytest.mark.parametrize(
    "table, change, what",
    [
        ("fx_fxquote", "sell_amount = sell_amount + 1", "sell_amount"),
        ("fx_fxquote", "chain = jsonb_set(chain, '{0,value}', '\"1.3\"')", "chain.0.value"),
        ("fx_fxquote", "expires_at = expires_at + interval '1 day'", "expires_at"),
        ("fx_fxquote", "actor = 'other'", "actor"),
        ("fx_settlement", "sell_amount = sell_amount + 0.01", "sell_amount"),
        ("fx_settlement", "rounding = 'up'", "rounding"),
        ("fx_settlement", "rate_on = rate_on - 1", "rate_on"),
        ("fx_settlement", "sell_account_id = buy_account_id", "accounts.0"),
        ("fx_settlement", 'accounts = accounts || \'{"buy_clearing": "MINE"}\'', "accounts.buy_clearing"),
        ("fx_settlement", "recorded_at = recorded_at + interval '1 s'", "recorded_at"),
        ("fx_revaluation", "day = day - 1", "day"),
        ("fx_valuationpair", f"valuation_id = ({CAPITAL})", "valuation"),
    ],
)
def test_a_changed_row_is_named(forger: Attack, table: str, change: str, what: str) -> None:
    forger.run(f"UPDATE {table} SET {change} WHERE entity_id = %s", forger.books.id)
    faults = found(forger)
    assert {(fault.table, fault.what) for fault in faults} == {(table, what)}
    assert all(fault.expected != fault.found for fault in faults)


@pytest.mark.parametrize(
    "change, what",
    [
        ("UPDATE fx_revaluationline SET posted_gain = posted_gain + 1", "posted_gain"),
        ("DELETE FROM fx_revaluationline", "lines"),
    ],
)
def test_a_changed_line_is_named(forger: Attack, change: str, what: str) -> None:
    forger.run(f"{change} WHERE run_id IN (SELECT id FROM fx_revaluation WHERE entity_id = %s)", forger.books.id)
    assert {fault.what.rpartition(".")[2] for fault in found(forger)} == {what}


@pytest.mark.parametrize("table", ["fx_fxquote", "fx_settlement", "fx_revaluation", "fx_valuationpair"])
def test_a_missing_row_is_named(forger: Attack, table: str) -> None:
    forger.run(f"DELETE FROM {table} WHERE entity_id = %s", forger.books.id)
    faults = [fault for fault in found(forger) if fault.table == table]
    assert {(fault.expected, fault.found) for fault in faults} == {("a row", "absent")}


def test_a_reversal_that_is_gone_or_extra_is_named(forger: Attack) -> None:
    mine = "settlement_id IN (SELECT id FROM fx_settlement WHERE entity_id = %s)"
    forger.run(f"UPDATE fx_settlementreversal SET event_sequence = 1 WHERE {mine}", forger.books.id)
    faults = [(fault.what, fault.expected, fault.found) for fault in found(forger)]
    assert faults[0] == ("row of event 1", "absent", "a row")
    assert [fault[1:] for fault in faults[1:]] == [("a row", "absent")]


def test_an_event_that_is_none_is_named(forger: Attack) -> None:
    forger.run("UPDATE books_event SET data = '{' WHERE entity_id = %s AND type = 'fx.quoted'", forger.books.id)
    assert [fault.what for fault in found(forger)] == ["data"]
