"""Whoever takes the guards down and changes a settlement, a quote, a pair or a revaluation is found by the proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from fx.deals.proof import check_deals
from fx.deals.quoting import Deal, quote
from fx.deals.settlement import reverse_settlement
from fx.revaluation.proof import check_revaluations
from fx.revaluation.runs import revalue
from ledgerflow.books.faults import Fault
from ledgerflow.books.models import Entity
from tests.attacks import Attack, connect
from tests.builders import TODAY, a_transfer, posted
from tests.trading import a_rate, a_trading_house, an_exchange

CAPITAL = (
    "SELECT id FROM accounts_account a WHERE a.entity_id = revaluation_valuationpair.entity_id AND code = 'CAPITAL'"
)


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
    """Somebody above the guards; nothing of it is committed."""
    with connect() as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def found(forger: Attack) -> list[Fault]:
    checks = (check_deals, check_revaluations)
    return [fault for check in checks for fault in check(forger.connection, forger.books.id)]


def test_untouched_books_are_proven(forger: Attack) -> None:
    assert found(forger) == []


@pytest.mark.parametrize(
    "table, change, what",
    [
        ("deals_fxquote", "sell_amount = sell_amount + 1", "sell_amount"),
        ("deals_fxquote", "chain = jsonb_set(chain, '{0,value}', '\"1.3\"')", "chain.0.value"),
        ("deals_fxquote", "expires_at = expires_at + interval '1 day'", "expires_at"),
        ("deals_fxquote", "actor = 'other'", "actor"),
        ("deals_settlement", "sell_amount = sell_amount + 0.01", "sell_amount"),
        ("deals_settlement", "rounding = 'up'", "rounding"),
        ("deals_settlement", "rate_on = rate_on - 1", "rate_on"),
        ("deals_settlement", "sell_account_id = buy_account_id", "sell_account_id"),
        ("deals_settlement", 'accounts = accounts || \'{"buy_clearing": "MINE"}\'', "accounts.buy_clearing"),
        ("deals_settlement", "recorded_at = recorded_at + interval '1 s'", "recorded_at"),
        ("revaluation_revaluation", "day = day - 1", "day"),
        ("revaluation_valuationpair", f"valuation_id = ({CAPITAL})", "valuation_id"),
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
        ("UPDATE revaluation_revaluationline SET posted_gain = posted_gain + 1", "posted_gain"),
        ("DELETE FROM revaluation_revaluationline", "row"),
    ],
)
def test_a_changed_line_is_named(forger: Attack, change: str, what: str) -> None:
    forger.run(
        f"{change} WHERE run_id IN (SELECT id FROM revaluation_revaluation WHERE entity_id = %s)", forger.books.id
    )
    assert {fault.what.rpartition(".")[2] for fault in found(forger)} == {what}


@pytest.mark.parametrize(
    "table", ["deals_fxquote", "deals_settlement", "revaluation_revaluation", "revaluation_valuationpair"]
)
def test_a_missing_row_is_named(forger: Attack, table: str) -> None:
    forger.run(f"DELETE FROM {table} WHERE entity_id = %s", forger.books.id)
    faults = [fault for fault in found(forger) if fault.table == table]
    assert {(fault.expected, fault.found) for fault in faults} == {("a row", "absent")}


def test_a_reversal_that_is_gone_or_extra_is_named(forger: Attack) -> None:
    mine = "settlement_id IN (SELECT id FROM deals_settlement WHERE entity_id = %s)"
    forger.run(f"UPDATE deals_settlementreversal SET event_sequence = 1 WHERE {mine}", forger.books.id)
    faults = [(fault.what, fault.expected, fault.found) for fault in found(forger)]
    assert faults[0] == ("row", "absent", "a row")
    assert [fault[1:] for fault in faults[1:]] == [("a row", "absent")]


def test_an_event_that_is_none_is_named(forger: Attack) -> None:
    forger.run("UPDATE books_event SET data = '{' WHERE entity_id = %s AND type = 'fx.quoted'", forger.books.id)
    assert [fault.what for fault in found(forger)] == ["data", "row"]
