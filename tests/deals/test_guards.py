"""Settlements and revaluations are history that agrees with its journals, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from fx.deals.fees import Fee
from fx.deals.plan import Order
from fx.deals.quoting import Deal, quote
from fx.deals.settlement import reverse_settlement, settle
from fx.revaluation.runs import revalue
from ledgerflow.books.models import Entity
from tests.attacks import TOMORROW, Attack, connect, refused_by
from tests.builders import TODAY, a_transfer, an_account, posted
from tests.trading import a_rate, a_trading_house, an_exchange

pytestmark = pytest.mark.every_server

STRANGER = "0190a000-0000-7000-8000-000000000000"
JSON = {"chain", "base_chain", "accounts", "reference_chain"}
UNIQUE_OF = {
    "deals_settlement": ("deals_settlement_sell_journal_id_key", "deals_settlement_buy_journal_id_key",
                      "deals_settlement_quote_id_key", "deals_settlement_pkey"),
    "deals_settlementreversal": ("deals_settlementreversal_sell_journal_id_key", "deals_settlementreversal_buy_journal_id_key",
                              "deals_settlementreversal_pkey"),
}  # fmt: skip


@pytest.fixture(scope="module")
def house() -> Entity:
    """A settlement of a quote, one that is reversed, one as it was agreed with its fee, and a revaluation."""
    entity = a_trading_house()
    a_rate(entity, "1.25")
    made = quote(entity.id, Deal("EUR", "USD", sell_amount=Decimal(100)), expires_in=timedelta(minutes=5), actor="t")
    settle(entity.id, Order(quote=made.id, sell_account="BANK-EUR", buy_account="BANK-USD"), key="s", actor="t")
    back = an_exchange(entity, "WALLET-EUR", "WALLET-USD", "1.00").settlement
    reverse_settlement(entity.id, back.id, key="r", actor="t")
    posted(entity, a_transfer("BANK-USD", "WALLET-USD", "10.00"))
    an_account(entity, "FEES", "expense")
    deal, fee = Deal("EUR", "USD", Decimal(10), Decimal(12)), Fee(Decimal("0.50"), "BANK-EUR", "FEES")
    order = Order(deal=deal, sell_account="BANK-EUR", buy_account="BANK-USD", fee=fee)
    settle(entity.id, order, key="agreed", may_choose_rate=True, actor="t")
    a_rate(entity, "1.28", kind="closing")
    revalue(entity.id, TODAY, actor="t")
    return entity


@pytest.fixture
def forge(house: Entity) -> Iterator[Attack]:
    with connect() as connection:
        yield Attack(connection, house)  # type: ignore[arg-type]  # only its id is asked for
        connection.rollback()


def copy_of(forge: Attack, table: str, where: str = "", **changes: Any) -> None:
    """The first row of a table again, with these changes; for an `id` always another one."""
    entity = forge.books.id
    narrow = {
        "deals_settlementreversal": "settlement_id IN (SELECT id FROM deals_settlement WHERE entity_id = %s)",
        "revaluation_revaluationline": "run_id IN (SELECT id FROM revaluation_revaluation WHERE entity_id = %s)",
    }.get(table, "entity_id = %s")
    cursor = forge.connection.cursor(row_factory=dict_row)
    found = cursor.execute(f"SELECT * FROM {table} WHERE {narrow} {where} LIMIT 1".encode(), (entity,)).fetchone()
    assert found is not None
    row = found | ({"id": uuid4()} if "id" in found else {}) | changes
    forge.insert(table, **{name: Jsonb(value) if name in JSON else value for name, value in row.items()})


def without_unique(forge: Attack, table: str, but: str = "") -> None:
    """With these out of the way, the constraint under attack is the one that answers."""
    for name in UNIQUE_OF[table]:
        if name not in {but, "deals_settlement_pkey"}:
            forge.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def test_a_copy_that_fits_goes_in(forge: Attack) -> None:
    """So that what is refused below is refused for its one change."""
    copy_of(forge, "deals_fxquote")
    copy_of(forge, "revaluation_revaluation", number=99)
    without_unique(forge, "deals_settlement")
    copy_of(forge, "deals_settlement")


@pytest.mark.parametrize("table, name", [(table, name) for table, names in UNIQUE_OF.items() for name in names])
def test_nothing_is_settled_or_reversed_twice(forge: Attack, table: str, name: str) -> None:
    without_unique(forge, table, but=name)
    # The one with a quote: without one its column would be empty, and never the same.
    changes = {"id": forge.value("SELECT id FROM deals_settlement LIMIT 1")} if name == "deals_settlement_pkey" else {}
    with refused_by(name):
        copy_of(forge, table, "AND quote_id IS NOT NULL" if table == "deals_settlement" else "", **changes)


def test_names_of_what_is_unique(forge: Attack) -> None:
    assert {
        "deals_settlement_sell_journal_id_key", "deals_settlement_buy_journal_id_key", "deals_settlement_quote_id_key",
        "deals_settlement_pkey", "deals_settlementreversal_sell_journal_id_key",
        "deals_settlementreversal_buy_journal_id_key", "deals_settlementreversal_pkey",
    } == {name for names in UNIQUE_OF.values() for name in names}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"sell_amount": "0"}, {"sell_amount": "NaN"}, {"buy_amount": "-1"}, {"gross_amount": "NaN"},
        {"spread_amount": "-1"}, {"gross_amount": "1000"}, {"sell_currency": "USD"}, {"spread_percent": "50"},
        {"spread_percent": "-1"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize(
    "table, name", [("deals_fxquote", "fx_quote_adds_up"), ("deals_settlement", "fx_settlement_adds_up")]
)
def test_amounts_add_up(forge: Attack, table: str, name: str, changes: dict[str, str]) -> None:
    with refused_by(f"{table}_bounds" if "NaN" in changes.values() else name):
        copy_of(forge, table, **changes)


@pytest.mark.parametrize("changes", [{"buy_base": "7"}, {"sell_base": "NaN"}, {"rounding_base": "1"}], ids=str)
def test_values_add_up_in_base_currency(forge: Attack, changes: dict[str, str]) -> None:
    with refused_by("deals_settlement_bounds" if "NaN" in changes.values() else "fx_settlement_adds_up_in_base"):
        copy_of(forge, "deals_settlement", **changes)


def test_a_settlement_has_a_side_and_two_journals(forge: Attack) -> None:
    with refused_by("fx_settlement_side_known"), forge.connection.transaction():
        copy_of(forge, "deals_settlement", sell_side="left")
    journal = forge.value("SELECT sell_journal_id FROM deals_settlement WHERE entity_id = %s LIMIT 1", forge.books.id)
    with refused_by("fx_settlement_two_journals"):
        copy_of(forge, "deals_settlement", sell_journal_id=journal, buy_journal_id=journal)


@pytest.mark.parametrize(
    "changes",
    [
        {"sell_journal_id": STRANGER}, {"buy_journal_id": STRANGER}, {"entity_id": STRANGER},
        {"effective_date": TOMORROW}, {"sell_side": "debit"}, {"sell_account_id": STRANGER},
        {"sell_amount": "101.00"}, {"buy_account_id": STRANGER},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_settlement_says_what_its_journals_say(forge: Attack, changes: dict[str, Any]) -> None:
    without_unique(forge, "deals_settlement")
    with refused_by("fx_settlement_of_journals"):
        copy_of(forge, "deals_settlement", "AND quote_id IS NOT NULL", **changes)


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({}, ""),
        ({"fee_amount": "0.60"}, "fx_settlement_of_journals"),
        ({"fee_side": "debit"}, "fx_settlement_of_journals"),
        ({"fee_currency": "USD"}, "fx_settlement_of_journals"),
        ({"fee_account_id": STRANGER}, "fx_settlement_of_journals"),
        ({"fee_counter_account_id": STRANGER}, "fx_settlement_of_journals"),
        ({"fee_counter_account_id": None}, "fx_settlement_fee_whole"),
        ({"fee_amount": None}, "fx_settlement_fee_whole"),
        ({"fee_amount": "0"}, "fx_settlement_fee_whole"),
        ({"fee_base": "-1"}, "fx_settlement_fee_whole"),
        ({"fee_currency": ""}, "fx_settlement_fee_whole"),
        ({"rate_kind": "spot"}, "fx_settlement_reference_of_agreed"),
        ({"quote_id": STRANGER}, "fx_settlement_reference_of_agreed"),
    ],
)
def test_a_fee_is_in_the_journal_and_only_an_agreed_price_has_a_reference(
    forge: Attack, changes: dict[str, Any], constraint: str
) -> None:
    without_unique(forge, "deals_settlement")
    with refused_by(constraint) if constraint else nullcontext():
        copy_of(forge, "deals_settlement", "AND rate_kind = 'agreed'", **changes)


def test_a_settlement_is_as_it_was_quoted(forge: Attack) -> None:
    """Not of another quote's price, not of one that had expired, not of one that is not there."""
    without_unique(forge, "deals_settlement")
    other = uuid4()
    copy_of(forge, "deals_fxquote", id=other, sell_amount="99.00")
    expired = uuid4()
    copy_of(forge, "deals_fxquote", id=expired, expires_at="2020-01-01T00:00:00Z")
    for one in (other, expired, STRANGER):
        with refused_by("fx_settlement_as_quoted"), forge.connection.transaction():
            copy_of(forge, "deals_settlement", "AND quote_id IS NOT NULL", quote_id=one)


@pytest.mark.parametrize(
    "changes",
    [
        {"sell_journal_id": STRANGER},
        {"buy_journal_id": STRANGER},
        {"settlement_id": STRANGER},
        {"effective_date": TOMORROW},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_settlement_is_taken_back_by_reversals_of_both(forge: Attack, changes: dict[str, Any]) -> None:
    without_unique(forge, "deals_settlementreversal")
    with refused_by("fx_settlement_reversed_as_a_pair"):
        copy_of(forge, "deals_settlementreversal", **changes)


def test_runs_are_numbered_and_of_a_known_kind(forge: Attack) -> None:
    with refused_by("fx_revaluation_number_unique"), forge.connection.transaction():
        copy_of(forge, "revaluation_revaluation")
    with refused_by("fx_revaluation_kind_known"), forge.connection.transaction():
        copy_of(forge, "revaluation_revaluation", number=99, kind="guess")
    run = forge.value("SELECT id FROM revaluation_revaluation WHERE entity_id = %s", forge.books.id)
    with refused_by("revaluation_revaluation_pkey"):
        copy_of(forge, "revaluation_revaluation", number=99, id=run)


@pytest.mark.parametrize(
    "changes, name",
    [
        ({"cost": "1"}, "fx_revaluation_line_adds_up"),
        ({"unrealised": "NaN", "closing_value": "NaN"}, "fx_revaluation_line_adds_up"),
        ({"posted_gain": "NaN"}, "fx_revaluation_line_adds_up"),
        ({"posted_loss": "NaN"}, "fx_revaluation_line_adds_up"),
        ({"posted_realised": "NaN"}, "fx_revaluation_line_adds_up"),
        ({"journal_id": None}, "fx_revaluation_line_posted"),
        ({}, "revaluation_revaluationline_pkey"),
    ],
)
def test_a_line_adds_up_and_says_where_it_was_posted(forge: Attack, changes: dict[str, Any], name: str) -> None:
    with refused_by(name):
        copy_of(forge, "revaluation_revaluationline", "AND posted_loss <> 0", **changes)


@pytest.mark.parametrize(
    "table, column, name",
    [
        (
            "revaluation_revaluationline",
            "account_id",
            "revaluation_revaluat_account_id_97118c36_fk_accounts_",
        ),
        (
            "revaluation_revaluationline",
            "journal_id",
            "revaluation_revaluat_journal_id_e05f7448_fk_journals_",
        ),
        ("revaluation_revaluationline", "run_id", "revaluation_revaluat_run_id_8819a3db_fk_revaluati"),
        ("revaluation_pinnedrate", "entity_id", "revaluation_pinnedrate_entity_id_e90fc5f4_fk_books_entity_id"),
        ("revaluation_pinnedrate", "run_id", "revaluation_pinnedra_run_id_87a403b8_fk_revaluati"),
        ("deals_fxquote", "entity_id", "deals_fxquote_entity_id_59e9fcc6_fk_books_entity_id"),
        ("revaluation_revaluation", "entity_id", "revaluation_revaluation_entity_id_aaefc3aa_fk_books_entity_id"),
    ],
    ids=lambda value: value if "_fk_" not in value else "",
)
def test_what_they_refer_to_is_there(forge: Attack, table: str, column: str, name: str) -> None:
    changes: dict[str, Any] = {column: STRANGER}
    if table == "revaluation_pinnedrate" and column == "run_id":
        changes["day"] = TOMORROW
    if column == "journal_id":
        # Another account of the run: the line itself is there already.
        changes["account_id"] = forge.value(
            "SELECT id FROM accounts_account WHERE entity_id = %s AND code = 'CAPITAL'", forge.books.id
        )
    with refused_by(name):
        copy_of(forge, table, **changes)
        forge.run(f"SET CONSTRAINTS {name} IMMEDIATE")


def test_a_policy_says_when_to_revalue(forge: Attack) -> None:
    with refused_by("fx_policy_schedule_known"):
        forge.insert(
            "rates_fxpolicy", entity_id=forge.books.id, max_age_days=7, max_jump_percent="20", rounding="half_even",
            revaluation_method="cumulative", revalue="never", revision=1,
        )  # fmt: skip


def test_keys_are_used_once(forge: Attack) -> None:
    with refused_by("revaluation_pinnedrate_pkey"), forge.connection.transaction():
        copy_of(forge, "revaluation_pinnedrate")
    made = forge.value("SELECT id FROM deals_fxquote WHERE entity_id = %s", forge.books.id)
    with refused_by("deals_fxquote_pkey"):
        copy_of(forge, "deals_fxquote", id=made)


# --- valuation pairs ---


def test_a_pair_is_of_two_accounts_of_one_type_and_entity(forge: Attack, house: Entity) -> None:
    foreign = an_account(house, f"F-{uuid4().hex[:6]}", currency="USD").id
    valuation = forge.value(
        "SELECT valuation_id FROM revaluation_valuationpair WHERE entity_id = %s AND type = 'asset'", house.id
    )
    fits = {"account_id": foreign, "valuation_id": valuation, "type": "asset"}
    with forge.connection.transaction():
        copy_of(forge, "revaluation_valuationpair", **fits)
    with refused_by("revaluation_valuationpair_pkey"), forge.connection.transaction():
        copy_of(forge, "revaluation_valuationpair", **fits)
    other = an_account(house, f"F-{uuid4().hex[:6]}", currency="USD").id
    with refused_by("fx_valuation_pair_of_two"), forge.connection.transaction():
        copy_of(forge, "revaluation_valuationpair", **fits | {"account_id": other, "valuation_id": other})
    with refused_by("fx_valuation_pair_account"), forge.connection.transaction():
        copy_of(forge, "revaluation_valuationpair", **fits | {"account_id": STRANGER})
    with refused_by("fx_valuation_pair_valuation"), forge.connection.transaction():
        copy_of(forge, "revaluation_valuationpair", **fits | {"account_id": other, "valuation_id": STRANGER})


@pytest.mark.parametrize(
    "action", ["UPDATE revaluation_valuationpair SET type = type", "DELETE FROM revaluation_valuationpair"]
)
def test_a_pair_in_use_stays(forge: Attack, action: str) -> None:
    with refused_by("fx_valuation_pair_in_use"), forge.connection.transaction():
        forge.run(
            f"{action} WHERE account_id IN (SELECT account_id FROM revaluation_revaluationline) AND entity_id = %s",
            forge.books.id,
        )
    unused = " WHERE account_id NOT IN (SELECT account_id FROM revaluation_revaluationline) AND entity_id = %s"
    an_account(forge.books, f"G-{uuid4().hex[:6]}", currency="USD")  # type: ignore[arg-type]
    forge.run(action + unused, forge.books.id)
