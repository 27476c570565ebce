"""What a column can hold at all, column by column of every model of ours: a new one is covered by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models
from psycopg import sql
from psycopg.types.json import Jsonb

from ledgerflow.core.bounds import SUFFIX
from ledgerflow.core.dates import EARLIEST, LATEST, check_day
from ledgerflow.core.errors import Malformed
from ledgerflow.core.fields import MoneyField
from tests.attacks import TODAY, Attack, Books, refused_by
from tests.builders import an_entity
from tests.client import ApiClient

pytestmark = pytest.mark.every_server

Column = tuple[type[models.Model], models.Field[Any, Any]]
DAYS = ["-infinity", "4713-01-01 BC", "0001-01-01", str(EARLIEST - timedelta(days=1)), "3000-01-01", "infinity"]
MOMENTS = ["-infinity", "4713-01-01 BC", "1899-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "infinity"]
NUMBERS = ["NaN", "Infinity", "-Infinity", "1e45"]
# Tables that each posting writes: their triggers look, and are attacked one by one below.
BY_TRIGGER = {"books_event", "books_idempotencykey", "journals_journal", "journals_posting", "journals_daytotal"}
CHECKS = """
    SELECT conname, pg_get_expr(conbin, conrelid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'c' AND convalidated
"""


def ours() -> list[type[models.Model]]:
    home = Path(settings.BASE_DIR)
    return [
        model
        for model in apps.get_models()
        if home in Path(apps.get_app_config(model._meta.app_label).path).parents
        and ".venv" not in apps.get_app_config(model._meta.app_label).path
    ]


def odd_values(field: models.Field[Any, Any]) -> list[Any]:
    """What no column of this type may hold; nothing for one that holds whatever its type does."""
    if isinstance(field, models.DateTimeField):
        return list(MOMENTS)
    if isinstance(field, models.DateField):
        return list(DAYS)
    if isinstance(field, models.BinaryField):
        length = field.max_length or 0
        return [b"", bytes(length - 1), bytes(length + 1)]
    if isinstance(field, models.DecimalField):
        return NUMBERS if isinstance(field, MoneyField) else []
    if isinstance(field, models.IntegerField) and not isinstance(field, models.AutoField):
        return [-2]
    return []


def columns() -> Iterator[Column]:
    for model in ours():
        for field in model._meta.local_concrete_fields:
            if odd_values(field) and not field.is_relation and model._meta.db_table not in BY_TRIGGER:
                yield model, field


def refusing(attack: Attack, model: type[models.Model], field: models.Field[Any, Any], value: Any) -> set[str]:
    """The CHECKs that a row with this value alone breaks, as the database itself judges."""
    table = sql.Identifier(model._meta.db_table)
    row = Jsonb({field.column: f"\\x{value.hex()}" if isinstance(value, bytes) else value})
    broken = set()
    for name, expression in attack.run(CHECKS, model._meta.db_table).fetchall():
        judge = sql.SQL("SELECT ({}) IS FALSE FROM jsonb_populate_record(NULL::{}, %s)")
        if attack.connection.execute(judge.format(sql.SQL(expression.replace("%", "%%")), table), [row]).fetchone() == (
            True,
        ):
            broken.add(name)
    return broken


def fields_of(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return list(model._meta.local_concrete_fields)


def test_a_column_holds_nothing_beyond(attack: Attack) -> None:
    goes_in = [
        (f"{model._meta.db_table}.{field.column}", value)
        for model, field in columns()
        for value in odd_values(field)
        if not refusing(attack, model, field, value)
    ]
    assert goes_in == []


@pytest.mark.parametrize("value", [str(EARLIEST), str(LATEST)])
def test_the_first_and_the_last_day_are_taken(attack: Attack, value: str) -> None:
    """The checks above can pass."""
    from journals.periods.models import Period

    field = Period._meta.get_field("starts_on")
    assert refusing(attack, Period, field, value) == set()


# The tables of each posting


@pytest.mark.parametrize("hash_", [b"", bytes(31), bytes(33)])
def test_a_hash_has_32_bytes(attack: Attack, hash_: bytes) -> None:
    with refused_by("books_event_bounds"):
        attack.event(hash=hash_)


@pytest.mark.parametrize("moment", [one for one in MOMENTS if "1899" not in one and not one.startswith(("-", "4"))])
def test_an_event_has_a_moment(attack: Attack, moment: str) -> None:
    with refused_by("books_event_bounds"):
        attack.event(recorded_at=moment)


@pytest.mark.parametrize("moment", ["-infinity", "4713-01-01 BC", "1899-12-31T23:59:59Z"])
def test_a_first_event_has_a_moment(attack: Attack, moment: str) -> None:
    entity = uuid4()
    attack.insert(
        "books_entity", id=entity, code="early", name="Early", base_currency="EUR", time_zone="UTC",
        first_business_date=TODAY, business_date=TODAY, dimensions="[]", created_at="2026-03-02T12:00:00Z",
    )  # fmt: skip
    with refused_by("books_event_bounds"):
        attack.event(entity_id=entity, sequence=1, recorded_at=moment)


@pytest.mark.parametrize("fingerprint", [b"", bytes(32), bytes(34)])
def test_a_fingerprint_has_33_bytes(attack: Attack, fingerprint: bytes) -> None:
    attack.event()
    with refused_by("books_idempotencykey_bounds"):
        attack.key("k", fingerprint=fingerprint)


@pytest.mark.parametrize("day", [day for day in DAYS if day < "2"])
def test_a_journal_is_dated_in_sane_years(attack: Attack, day: str) -> None:
    with refused_by("journals_journal_bounds"):
        attack.journal(day=day)  # type: ignore[arg-type]  # Python has no such date


@pytest.mark.parametrize("day", DAYS)
def test_the_date_that_was_asked_for_too(attack: Attack, day: str) -> None:
    with refused_by("journals_journal_bounds"):
        attack.journal(original_date=day)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_journal_is_recorded_when_its_event_is(attack: Attack, moment: str) -> None:
    with refused_by("journal_has_event"):
        attack.journal(recorded_at=moment)


@pytest.mark.parametrize(
    "changes", [{"balance_after": Decimal(one)} for one in NUMBERS] + [{"account_version": 0}, {"account_version": -1}],
    ids=str,
)  # fmt: skip
def test_a_line_leaves_a_number_and_a_version(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    journal = uuid4()
    attack.line(journal, 1, books.cash, "5.00", **changes)
    attack.line(journal, 2, books.capital, "-5.00")
    with refused_by("journals_posting_bounds"):
        attack.head(journal)


@pytest.mark.parametrize(
    "changes",
    [{"effective_date": day} for day in DAYS]
    + [{name: Decimal(one)} for name in ("debits", "credits") for one in NUMBERS]
    + [{"part": -1}, {"count": -1}],
    ids=str,
)
def test_a_total_of_a_day_is_a_number_on_a_day(attack: Attack, books: Books, changes: dict[str, Any]) -> None:
    row = {
        "account_id": books.cash, "effective_date": "2026-01-01", "layer": "ordinary", "part": 0, "debits": 0,
        "credits": 0, "count": 0,
    } | changes  # fmt: skip
    with refused_by("journals_daytotal_bounds"):
        attack.insert("journals_daytotal", **row)


def test_the_tables_of_a_posting_have_no_other_columns_to_look_at() -> None:
    """A column that is added to one of them has to be attacked above."""
    looked_at = {
        "books_event": {"sequence", "recorded_at", "hash"},
        "books_idempotencykey": {"fingerprint", "event_sequence"},
        "journals_journal": {"number", "event_sequence", "effective_date", "original_date", "recorded_at"},
        "journals_posting": {"line", "amount", "effective_date", "account_version", "balance_after", "event_sequence"},
        "journals_daytotal": {"effective_date", "part", "debits", "credits", "count"},
    }
    found = {
        model._meta.db_table: {field.name for field in fields_of(model) if odd_values(field) and not field.is_relation}
        for model in ours()
        if model._meta.db_table in BY_TRIGGER
    }
    assert found == looked_at


# What Python refuses first


def test_a_date_that_no_book_takes_is_malformed() -> None:
    for day in (EARLIEST - timedelta(days=1), LATEST + timedelta(days=1), date.min, date.max):
        with pytest.raises(Malformed) as refused:
            check_day(day, "/day")
        assert refused.value.pointer == "/day"
    for fine in (EARLIEST, LATEST, None):
        check_day(fine, "/day")


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31"])
def test_no_endpoint_breaks_on_it(day: str) -> None:
    books = Books()
    client = ApiClient(books.entity)
    asked: list[Callable[[], Any]] = [
        lambda: client.post(
            "/api/transfers",
            {"debit_account": "cash", "credit_account": "capital", "amount": "1.00", "effective_date": day},
        ),
        lambda: client.post(
            "/api/fx/rates", {"base": "EUR", "quote": "USD", "date": day, "kind": "spot", "value": "1"}
        ),
        lambda: client.post("/api/periods/years", {"starts_on": f"{day[:4]}-01-01"}),
    ]
    for ask in asked:
        reply = ask()
        assert reply.status in {400, 404, 405}, reply.json


def test_what_only_the_database_refuses_is_no_fault_of_the_server() -> None:
    from ledgerflow.books.refusals import named_refusal
    from ledgerflow.web.problems import response_for

    class Refused(psycopg.errors.CheckViolation):
        class diag:  # noqa: N801 - psycopg's name
            constraint_name = f"days_daycutoff{SUFFIX}"

    error = IntegrityError("x")
    error.__cause__ = Refused("x")
    refusal = named_refusal(error)
    assert refusal is not None
    assert refusal.code == "out_of_bounds"
    response = response_for(error)
    assert response is not None
    assert response.status_code == 400
    assert response_for(IntegrityError("y")) is None


def test_books_may_begin_on_the_first_day() -> None:
    assert an_entity(business_date=EARLIEST).business_date == EARLIEST
    with pytest.raises(Malformed):
        an_entity(business_date=EARLIEST - timedelta(days=1))
