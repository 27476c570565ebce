"""Bank accounts, statements and lines over HTTP."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any

import pytest

from ledgerflow.books.models import Entity
from recon.statements.models import Statement
from tests.builders import an_account, an_entity
from tests.client import ApiClient, Reply
from tests.statements.banking import CSV_COLUMNS, IBAN, a_csv_file, a_statement_file

REPORT = {"booking_date": 1, "amount": 2, "fixed_currency": "EUR", "payout": 3}
BANKS, STATEMENTS, LINES = "/api/recon/bank-accounts", "/api/recon/statements", "/api/recon/lines"


@pytest.fixture
def entity() -> Entity:
    entity = an_entity()
    an_account(entity, "BANK")
    return entity


@pytest.fixture
def api(entity: Entity) -> ApiClient:
    api = ApiClient(entity)
    made = set_bank(api, "BANK", identifier=IBAN)
    assert (made.status, made.json["currency"]) == (200, "EUR")
    return api


def set_bank(api: ApiClient, code: str, if_match: str = "*", **given: Any) -> Reply:
    return api.send("PUT", f"{BANKS}/{code}", {"name": "House bank"} | given, if_match=if_match)


def a_file(data: bytes, **given: Any) -> dict[str, Any]:
    content = b64encode(data).decode()
    return {"account": "BANK", "file_name": "statement.sta", "content": content} | given


def test_a_bank_account_is_set_with_the_revision_that_was_seen(api: ApiClient) -> None:
    found = api.get(f"{BANKS}/BANK")
    tag = found.headers["ETag"]
    changed = set_bank(api, "BANK", if_match=tag, column_map=CSV_COLUMNS)
    assert changed.json["column_map"] == CSV_COLUMNS
    assert set_bank(api, "BANK", if_match=tag, name="x").code == "precondition_failed"
    assert set_bank(api, "BANK", if_match="", name="x").code == "precondition_required"
    assert [row["account"] for row in api.get(BANKS).json["results"]] == ["BANK"]


@pytest.mark.parametrize(
    "given, code, pointer",
    [
        ({"name": ""}, "malformed", "/name"),
        ({"name": " "}, "malformed", "/name"),
        ({"identifier": "x" * 101}, "malformed", "/identifier"),
        ({"column_map": {"amount": 3}}, "statement_column_map_refused", "/column_map/booking_date"),
        ({"column_map": {"nonsense": 3}}, "statement_column_map_refused", "/column_map"),
        ({"column_map": REPORT | {"balance": 4}}, "statement_column_map_refused", "/column_map/balance"),
        ({"column_map": REPORT | {"payout_lines": "x"}}, "statement_column_map_refused", "/column_map/payout_lines"),
        ({"iban": "x"}, "malformed", "/iban"),
    ],
)
def test_a_bank_account_that_is_refused(api: ApiClient, given: dict[str, Any], code: str, pointer: str) -> None:
    reply = set_bank(api, "BANK", **given)
    assert (reply.status, reply.code, reply.pointers) == (400, code, [pointer])


def test_a_bank_account_stands_for_an_account_and_one_identifier(entity: Entity, api: ApiClient) -> None:
    an_account(entity, "OTHER")
    an_account(entity, "HEAD", is_header=True)
    assert set_bank(api, "OTHER", identifier=IBAN).code == "bank_account_identifier_taken"
    assert set_bank(api, "HEAD").code == "header_account"
    assert set_bank(api, "NONE").status == 404
    assert api.get(f"{BANKS}/OTHER").code == "not_found"


def test_a_dry_run_writes_nothing_and_says_what_would_come(entity: Entity, api: ApiClient) -> None:
    data = a_statement_file(("50.25", "INV-7"), ("-0.25",), opening="100.00")
    dry = api.post(f"{STATEMENTS}?dry_run=true", a_file(data))
    assert (dry.status, dry.json["status"], dry.json["new_count"], dry.json["problems"]) == (200, "preview", 2, [])
    assert not Statement.objects.filter(entity=entity).exists()
    done = api.post(STATEMENTS, a_file(data), key="k-1")
    assert (done.status, done.json["status"]) == (201, "imported")
    again = api.post(STATEMENTS, a_file(data), key="k-1")
    assert (again.json["status"], again.headers["Idempotent-Replayed"]) == ("replayed", "true")
    assert api.post(STATEMENTS, a_file(data), key="").code == "statement_file_known"
    dry = api.post(f"{STATEMENTS}?dry_run=true", a_file(data))
    assert [one["code"] for one in dry.json["problems"]] == ["statement_file_known"]


def test_a_file_that_cannot_be_read_stores_nothing(entity: Entity, api: ApiClient) -> None:
    broken = a_statement_file(("1.00",), opening="0.00", closing="2.00")
    for data, code in (
        (b"", "statement_empty"),
        (b"hello", "statement_format_unknown"),
        (broken, "statement_balances_disagree"),
    ):
        assert api.post(STATEMENTS, a_file(data)).code == code
    assert api.post(STATEMENTS, a_file(b"") | {"content": "no base64!"}).pointers == ["/content"]
    assert api.post(STATEMENTS, a_file(b"x", account="NONE")).code == "not_found"
    assert not Statement.objects.filter(entity=entity).exists()


def test_a_hundred_megabytes_are_refused_before_they_are_read(api: ApiClient) -> None:
    reply = api.post(STATEMENTS, b"x" * (11 * 1024 * 1024))
    assert (reply.status, reply.code) == (413, "body_too_large")


def test_lines_are_listed_by_what_they_are_of(api: ApiClient) -> None:
    first = api.post(STATEMENTS, a_file(a_statement_file(("1.00", "A", date(2026, 3, 2)))))
    later = a_statement_file(("2.00", "B", date(2026, 3, 3)), ("3.00", "C", date(2026, 3, 4)), opening="1.00")
    api.post(STATEMENTS, a_file(later))

    def shown(**query: str) -> list[str]:
        return [row["amount"] for row in api.get(LINES, query).json["results"]]

    assert shown() == ["1.00", "2.00", "3.00"]
    one = api.get(LINES).json["results"][0]
    assert api.get(f"{LINES}/{one['id']}").json == one
    assert api.get(f"{LINES}/{one['statement']}").code == "not_found"
    assert shown(account="BANK", **{"from": "2026-03-03", "to": "2026-03-03"}) == ["2.00"]
    assert shown(statement=first.json["statements"][0]["id"]) == ["1.00"]
    assert shown(status="undone") == []
    assert api.get(LINES, {"statement": "x"}).pointers == ["/statement"]
    assert [row["number"] for row in api.get(STATEMENTS, {"proven": "true"}).json["results"]] == [2, 1]


def test_an_import_is_undone_and_balances_are_stated(api: ApiClient) -> None:
    set_bank(api, "BANK", column_map=CSV_COLUMNS)
    statement = api.post(STATEMENTS, a_file(a_csv_file(("5.00", "A")))).json["statements"][0]["id"]
    balances = {"opening_day": "2026-03-01", "opening_balance": "1.00", "closing_day": "2026-03-02"}
    path = f"{STATEMENTS}/{statement}"
    assert (
        api.send("PUT", f"{path}/balances", balances | {"closing_balance": "7.00"}).code == "stated_balances_disagree"
    )
    stated = api.send("PUT", f"{path}/balances", balances | {"closing_balance": "6.00"})
    assert (stated.status, stated.json["is_proven"]) == (200, True)
    assert api.post(f"{path}/undo", {"reason": ""}).pointers == ["/reason"]
    undone = api.post(f"{path}/undo", {"reason": "the wrong file"})
    assert [one["status"] for one in undone.json["statements"]] == ["undone"]
    assert api.get(path).json["status"] == "undone"


def test_importing_needs_the_scope_post_and_setting_manage(entity: Entity, api: ApiClient) -> None:
    reader, poster = ApiClient(entity, "read"), ApiClient(entity, "read", "post")
    data = a_file(a_statement_file(("1.00",)))
    assert reader.post(STATEMENTS, data).code == "permission_missing"
    assert set_bank(poster, "BANK").code == "permission_missing"
    assert poster.post(STATEMENTS, data).status == 201
