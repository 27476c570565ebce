"""The entity and its currencies over HTTP, and the commands that make entities and keys."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.currencies import add_currency
from accounts.models import Currency
from ledgerflow.access.models import ApiKey
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.client import ApiClient


@pytest.fixture
def books() -> Entity:
    return an_entity(dimensions=["project"], time_zone="Europe/Berlin")


def test_a_key_shows_its_own_entity(books: Entity) -> None:
    assert ApiClient(books).get("/api/entity").json == {
        "id": str(books.id), "code": books.code, "name": "Test books", "base_currency": "EUR",
        "time_zone": "Europe/Berlin", "first_business_date": str(TODAY), "business_date": str(TODAY),
        "dimensions": ["project"],
    }  # fmt: skip
    assert ApiClient(books).get("/api/entity?code=other").pointers == ["/code"]


def test_the_business_date_only_goes_forward(books: Entity) -> None:
    api = ApiClient(books)
    for code in ("Cash", "Sales"):
        an_account(books, code)
    assert api.patch("/api/entity", {"business_date": "2026-03-05"}).json["business_date"] == "2026-03-05"
    posted(books, a_transfer("Cash", "Sales", "1", effective_date=date(2026, 3, 5)))
    assert api.patch("/api/entity", {"business_date": "2026-03-05"}).status == 200
    back = api.patch("/api/entity", {"business_date": "2026-03-04"})
    assert (back.status, back.code, back.pointers) == (400, "malformed", ["/business_date"])
    assert api.get("/api/entity").json["business_date"] == "2026-03-05"


@pytest.mark.parametrize("body, pointer", [
    ({}, "/business_date"), ({"business_date": "soon"}, "/business_date"), ({"business_date": None}, "/business_date"),
    ({"business_date": "2026-03-05", "name": "x"}, "/name"),
])  # fmt: skip
def test_nothing_else_of_an_entity_changes(books: Entity, body: Any, pointer: str) -> None:
    assert ApiClient(books).patch("/api/entity", body).pointers == [pointer]


# --- currencies ----------------------------------------------------------------------------------


def test_currencies_are_listed_and_custom_ones_added(books: Entity) -> None:
    api = ApiClient(books)
    added = api.post("/api/currencies", {"code": "USDC", "name": "USD Coin", "minor_units": 6})
    assert (added.status, added.json) == (
        201, {"code": "USDC", "name": "USD Coin", "minor_units": 6, "is_custom": True, "is_money": True},
    )  # fmt: skip
    listed = {row["code"]: row for row in api.get("/api/currencies?limit=1000").json["results"]}
    assert listed["USDC"] == added.json
    assert (listed["JPY"]["minor_units"], listed["JPY"]["is_custom"], listed["JPY"]["is_money"]) == (0, False, True)
    assert list(listed) == sorted(listed)
    first = api.get("/api/currencies?limit=2").json
    assert [row["code"] for row in api.get(first["next"]).json["results"]] == sorted(listed)[2:4]
    an_account(books, "Coins", currency="USDC", min_balance="-0.000001")
    again = api.post("/api/currencies", {"code": "USDC", "name": "x", "minor_units": 2})
    assert (again.status, again.code) == (409, "currency_exists")


@pytest.mark.parametrize("wrong, pointer", [
    ({"code": "usdc"}, "/code"), ({"code": ""}, "/code"), ({"code": "A/B"}, "/code"), ({"code": "A" * 13}, "/code"),
    ({"name": ""}, "/name"), ({"name": " "}, "/name"), ({"name": "x" * 101}, "/name"),
    ({"minor_units": 19}, "/minor_units"), ({"minor_units": -1}, "/minor_units"), ({"minor_units": "2"}, "/minor_units"),
    ({"minor_units": 2.5}, "/minor_units"), ({"minor_units": None}, "/minor_units"), ({"is_money": "no"}, "/is_money"), ({"symbol": "$"}, "/symbol"),
])  # fmt: skip
def test_a_currency_that_makes_no_sense_names_the_field(books: Entity, wrong: dict[str, Any], pointer: str) -> None:
    reply = ApiClient(books).post("/api/currencies", {"code": "ABC", "name": "Abc", "minor_units": 2} | wrong)
    assert (reply.status, reply.code, reply.pointers) == (400, "malformed", [pointer])
    assert not Currency.objects.filter(entity=books, is_custom=True).exists()


@pytest.mark.parametrize("minor_units", [-1, 19])
def test_minor_units_are_from_0_to_18_whoever_asks(books: Entity, minor_units: int) -> None:
    with pytest.raises(Malformed):
        add_currency(books, code="ABC", name="Abc", minor_units=minor_units, actor="test")


@pytest.mark.parametrize("query, pointer", [("limit=x", "/limit"), ("cursor=x", "/cursor"), ("code=EUR", "/code")])
def test_a_currency_query_that_makes_no_sense_is_refused(books: Entity, query: str, pointer: str) -> None:
    assert ApiClient(books).get(f"/api/currencies?{query}").pointers == [pointer]


# --- commands ------------------------------------------------------------------------------------


def new_entity(**given: Any) -> dict[str, Any]:
    return {"code": f"c-{uuid4().hex[:12]}", "name": "By command", "base_currency": "EUR"} | given


def test_a_command_creates_an_entity_and_prints_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "create_entity",
        **new_entity(business_date=date(2026, 1, 1), time_zone="Asia/Tokyo", dimensions="project, cost_centre,"),
    )
    entity = Entity.objects.get(id=UUID(capsys.readouterr().out.strip()))
    assert (entity.dimensions, entity.time_zone, entity.business_date) == (
        ["project", "cost_centre"], "Asia/Tokyo", date(2026, 1, 1),
    )  # fmt: skip
    assert Currency.objects.filter(entity=entity).count() > 150
    call_command("create_entity", **new_entity())
    today = Entity.objects.get(id=UUID(capsys.readouterr().out.strip())).business_date
    assert today >= date(2026, 1, 1)


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"code": "a b"}, "A code is"),
        ({"base_currency": "EURO"}, "not a currency"),
        ({"time_zone": "Mars/Base"}, "not a time zone"),
        ({"dimensions": "Project"}, "not a dimension name"),
        ({"dimensions": ",".join("abcdefghi")}, "At most 8"),
    ],
)
def test_a_command_says_what_is_wrong(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("create_entity", **new_entity(**wrong))


def test_a_code_is_used_once(books: Entity) -> None:
    with pytest.raises(CommandError, match="already"):
        call_command("create_entity", **new_entity(code=books.code))


@pytest.mark.parametrize("when, moment", [
    ("2099-01-31", datetime(2099, 1, 31, tzinfo=UTC)),
    ("2099-01-31T18:00:00+01:00", datetime(2099, 1, 31, 17, tzinfo=UTC)),
])  # fmt: skip
def test_a_command_creates_a_key_and_prints_its_secret(
    books: Entity, capsys: pytest.CaptureFixture[str], when: str, moment: datetime
) -> None:
    call_command("create_api_key", f"--expires={when}", entity=books.code, name="Shop", scopes="read, post")
    secret = capsys.readouterr().out.strip()
    key = ApiKey.objects.get(entity=books)
    assert (key.scopes, key.expires_at, key.created_by) == (["read", "post"], moment, "command:create_api_key")
    api = ApiClient(books)
    api.secret = secret
    assert api.get("/api/entity").json["code"] == books.code


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"entity": "nowhere"}, "no entity"),
        ({"scopes": "read,write"}, "Scopes are"),
        ({"scopes": ","}, "Scopes are"),
        ({"name": ""}, "A name has"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(books: Entity, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("create_api_key", **({"entity": books.code, "name": "x", "scopes": "read"} | wrong))


@pytest.mark.parametrize("when", ["2001-01-01", "2099-01-01T00:00:00", "later"])
def test_a_key_expires_at_a_moment_to_come(books: Entity, when: str) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", f"--expires={when}", entity=books.code, name="x", scopes="read")
    assert not ApiKey.objects.filter(entity=books).exists()


@pytest.mark.parametrize("command, given", [
    ("create_entity", new_entity(code=b"nul\\x00".decode("unicode_escape"))),
    ("create_api_key", {"entity": "nul\x00", "name": "x", "scopes": "read"}),
])  # fmt: skip
def test_what_the_database_cannot_take_is_a_clear_error(command: str, given: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        call_command(command, **given)


def test_a_database_that_cannot_be_reached_is_one_clear_line() -> None:
    root = Path(__file__).parents[2]
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    words = ["create_entity", "--code", "x", "--name", "x", "--base-currency", "EUR"]
    done = subprocess.run(
        [sys.executable, str(root / "manage.py"), *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "CommandError: The database cannot be reached; nothing was written."
    assert "Traceback" not in done.stderr
