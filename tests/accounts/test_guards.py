"""Currencies, accounts, balances and day totals: what their rows can hold."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.attacks import TODAY, Attack, Books, refused_by
from tests.builders import a_transfer, an_account, posted

pytestmark = pytest.mark.every_server


def an_account_row(books: Books, **changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(), "entity_id": books.id, "code": "new", "name": "New", "type": "asset", "currency": "EUR",
        "normal_side": "debit", "is_header": False, "monetary": True, "owner_id": "", "role": "", "metadata": "{}",
        "cash_flow": "", "term": "", "outflow_frozen": False, "inflow_frozen": False, "opened_at": "2026-03-02T12:00:00Z", "revision": 1,
    } | changes  # fmt: skip


def a_currency_row(books: Books, **changes: Any) -> dict[str, Any]:
    row = {"id": uuid4(), "entity_id": books.id, "code": "USDC", "name": "USDC", "minor_units": 6, "is_custom": True}
    return row | changes


def a_balance_row(account: object, **changes: Any) -> dict[str, Any]:
    return {
        "account_id": account, "debits": 0, "credits": 0, "held": 0, "version": 0, "normal_sign": 1, "overridden": False,
    } | changes  # fmt: skip


def test_rows_that_fit_are_taken(attack: Attack, books: Books) -> None:
    row = an_account_row(books, revision=books.last_sequence + 1)
    attack.insert("accounts_account", **row)
    attack.event(type="account.opened", subject=str(row["id"]))
    attack.insert("accounts_balance", **a_balance_row(row["id"]))
    attack.insert("accounts_currency", **a_currency_row(books))
    attack.run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"code": "cash"}, "account_code_unique"),
        ({"type": "wallet"}, "account_type_known"),
        ({"normal_side": "left"}, "account_normal_side_known"),
        ({"cash_flow": "other"}, "account_cash_flow_known"),
        ({"term": "long"}, "account_term_known"),
        ({"currency": "XYZ"}, "account_currency_known"),
        ({"currency": "XYZ", "is_header": True}, "account_currency_known"),
    ],
)
def test_an_account_row_fits(attack: Attack, books: Books, changes: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        attack.insert("accounts_account", **an_account_row(books, **changes))


def test_a_parent_is_another_account_of_the_same_books_and_type(attack: Attack, books: Books) -> None:
    for parent in (books.capital, Books().cash):
        with refused_by("account_parent_alike"), attack.connection.transaction():
            attack.insert("accounts_account", **an_account_row(books, parent_id=parent))
    row = an_account_row(books)
    with refused_by("account_not_its_own_parent"):
        attack.insert("accounts_account", **row | {"parent_id": row["id"]})


@pytest.mark.parametrize(
    "constraint", ["accounts_account_pkey", "account_entity_type_unique", "account_posting_target"]
)
def test_an_account_has_one_row(attack: Attack, books: Books, constraint: str) -> None:
    """The wider keys are targets of foreign keys; the id alone is unique before they are asked."""
    others = {"accounts_account_pkey", "account_entity_type_unique", "account_posting_target"} - {constraint}
    for other in sorted(others):
        attack.run(f"ALTER TABLE accounts_account DROP CONSTRAINT {other} CASCADE")
    with refused_by(constraint):
        attack.insert("accounts_account", **an_account_row(books, id=books.cash))


def test_accounts_and_currencies_belong_to_books(attack: Attack, books: Books) -> None:
    stranger = uuid4()
    attack.insert("accounts_currency", **a_currency_row(books, entity_id=stranger, code="EUR"))
    with refused_by("accounts_currency_entity_id_0d60f934_fk_books_entity_id"), attack.connection.transaction():
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")
    attack.insert("accounts_account", **an_account_row(books, entity_id=stranger))
    with refused_by("accounts_account_entity_id_d598da4b_fk_books_entity_id"):
        attack.run("SET CONSTRAINTS accounts_account_entity_id_d598da4b_fk_books_entity_id IMMEDIATE")


def test_a_parent_exists(attack: Attack, books: Books) -> None:
    attack.run("ALTER TABLE accounts_account DROP CONSTRAINT account_parent_alike")
    attack.insert("accounts_account", **an_account_row(books, parent_id=uuid4()))
    with refused_by("accounts_account_parent_id_1cd823ad_fk_accounts_account_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_account_with_postings_cannot_be_deleted(attack: Attack, books: Books) -> None:
    attack.run("DELETE FROM journals_daytotal WHERE account_id = %s", books.cash)
    attack.run("DELETE FROM accounts_balance WHERE account_id = %s", books.cash)
    with refused_by("posting_account"):
        attack.run("DELETE FROM accounts_account WHERE id = %s", books.cash)


@pytest.mark.parametrize(
    "changes, constraint",
    [
        ({"code": "EUR"}, "currency_code_unique"),
        ({"code": "usdc"}, "currency_code_form"),
        ({"code": ""}, "currency_code_form"),
        ({"minor_units": 19}, "currency_minor_units_range"),
        ({"is_money": False, "is_custom": False}, "currency_of_iso_is_money"),
        ({"minor_units": -1}, "accounts_currency_minor_units_check"),
    ],
)
def test_a_currency_row_fits(attack: Attack, books: Books, changes: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        attack.insert("accounts_currency", **a_currency_row(books, **changes))


def test_a_currency_has_one_row_and_stays_while_accounts_use_it(attack: Attack, books: Books) -> None:
    euro = attack.value("SELECT id FROM accounts_currency WHERE entity_id = %s AND code = 'EUR'", books.id)
    with refused_by("accounts_currency_pkey"), attack.connection.transaction():
        attack.insert("accounts_currency", **a_currency_row(books, id=euro))
    with refused_by("account_currency_known"):
        attack.run("DELETE FROM accounts_currency WHERE id = %s", euro)


@pytest.mark.parametrize(
    "change, constraint",
    [
        ("debits = 'NaN'", "balance_amounts_sane"),
        ("credits = 'NaN'", "balance_amounts_sane"),
        ("held = 'NaN'", "balance_amounts_sane"),
        ("debits = 'Infinity'", "balance_amounts_sane"),
        ("credits = '-Infinity'", "balance_amounts_sane"),
        ("held = -1", "balance_amounts_sane"),
        ("debits = 1e45", "balance_amounts_sane"),
        ("normal_sign = 0", "balance_sign_of_account"),
        ("normal_sign = -1", "balance_sign_of_account"),
        ("version = -1", "balance_version_sane"),
        ("min_balance = 'NaN'", "balance_limits_sane"),
        ("max_balance = 'NaN'", "balance_limits_sane"),
        ("min_balance = '-Infinity'", "balance_limits_sane"),
        ("max_balance = 'Infinity'", "balance_limits_sane"),
        ("min_balance = 100.01", "balance_min"),
        ("min_balance = 50, held = 50.01", "balance_min"),
        ("min_balance = 0, credits = debits + 0.01", "balance_min"),
        ("max_balance = 99.99", "balance_max"),
    ],
)
def test_a_balance_row_fits(attack: Attack, books: Books, change: str, constraint: str) -> None:
    if "sane" in constraint:
        attack.run("UPDATE accounts_balance SET overridden = true WHERE account_id = %s", books.cash)
    with refused_by(constraint):
        attack.run(f"UPDATE accounts_balance SET {change} WHERE account_id = %s", books.cash)


def test_limits_are_measured_on_the_normal_side(attack: Attack, books: Books) -> None:
    """Capital holds 100.00 in credit: that is a balance of 100.00, not of -100.00."""
    attack.run("UPDATE accounts_balance SET min_balance = 100, max_balance = 100 WHERE account_id = %s", books.capital)
    with refused_by("balance_min"):
        attack.run("UPDATE accounts_balance SET credits = credits - 0.01 WHERE account_id = %s", books.capital)


def test_a_marked_balance_may_be_out_of_range(attack: Attack, books: Books) -> None:
    marked = "UPDATE accounts_balance SET min_balance = 1000, overridden = true WHERE account_id = %s"
    assert attack.run(marked, books.cash).rowcount == 1
    with refused_by("balance_min"):
        attack.run("UPDATE accounts_balance SET overridden = false WHERE account_id = %s", books.cash)


def test_a_sign_is_plus_or_minus_one(attack: Attack, books: Books) -> None:
    """Behind the trigger that compares it with the account stands the check of the value itself."""
    attack.run("ALTER TABLE accounts_balance DISABLE TRIGGER balance_guard")
    with refused_by("balance_normal_sign"):
        attack.run("UPDATE accounts_balance SET normal_sign = 0 WHERE account_id = %s", books.cash)


def test_a_balance_row_belongs_to_its_account(attack: Attack, books: Books) -> None:
    with refused_by("balance_one_per_account"), attack.connection.transaction():
        attack.insert("accounts_balance", **a_balance_row(books.cash))
    with refused_by("balance_sign_of_account"), attack.connection.transaction():
        attack.run("UPDATE accounts_balance SET account_id = %s WHERE account_id = %s", books.capital, books.cash)
    attack.insert("accounts_balance", **a_balance_row(uuid4()))
    with refused_by("accounts_balance_account_id_c97b7b48_fk_accounts_account_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "table, trigger, constraint",
    [
        ("accounts_balance", "balance_guard", "accounts_balance_pkey"),
        ("journals_daytotal", "day_total_guard", "journals_daytotal_pkey"),
    ],
)
def test_no_state_of_a_row_stands_twice(
    attack: Attack, books: Books, table: str, trigger: str, constraint: str
) -> None:
    """Behind the trigger that keeps one row stands the key, which has the row's version in it."""
    attack.run(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    with refused_by(constraint):
        attack.run(f"INSERT INTO {table} SELECT * FROM {table} WHERE account_id = %s", books.cash)


def test_a_day_total_has_one_row_of_an_account_that_exists(attack: Attack, books: Books) -> None:
    with refused_by("day_total_one_per_day"), attack.connection.transaction():
        attack.run("INSERT INTO journals_daytotal SELECT * FROM journals_daytotal WHERE account_id = %s", books.cash)
    attack.insert(
        "journals_daytotal", account_id=uuid4(), effective_date=TODAY, layer="ordinary", part=0,
        debits=0, credits=0, count=0,
    )  # fmt: skip
    with refused_by("journals_daytotal_account_id_ac54cc7a_fk_accounts_account_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_books_have_their_own_id_and_code(attack: Attack, books: Books) -> None:
    for column, constraint in (("id", "books_entity_pkey"), ("code", "books_entity_code_key")):
        row = {
            "id": uuid4(), "code": "another", "name": "x", "base_currency": "EUR", "time_zone": "UTC", "dimensions": "[]",
            "first_business_date": TODAY, "business_date": TODAY, "created_at": "2026-03-02T12:00:00Z",
        } | {column: getattr(books.entity, column)}  # fmt: skip
        with refused_by(constraint), attack.connection.transaction():
            attack.insert("books_entity", **row)


def test_the_database_alone_keeps_a_balance_above_its_limit() -> None:
    """The check is the last word even for the writer itself."""
    books = Books()
    an_account(books.entity, "wallet", "liability", min_balance="0")
    posted(books.entity, a_transfer("cash", "wallet", "10.00"))
    from tests.attacks import connect

    with connect() as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "UPDATE accounts_balance SET debits = debits + %s FROM accounts_account a"
            " WHERE a.id = account_id AND a.code = 'wallet' AND a.entity_id = %s",
            (Decimal("10.01"), books.id),
        )


def test_rows_that_are_not_as_they_were_loaded_are_a_conflict(attack: Attack) -> None:
    attack.run("SELECT books_as_loaded(2, 2)")
    with pytest.raises(psycopg.errors.SerializationFailure) as caught:
        attack.run("SELECT books_as_loaded(1, 2)")
    assert caught.value.diag.constraint_name == "rows_as_loaded"
