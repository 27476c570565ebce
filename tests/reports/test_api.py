"""The reports over the API: as JSON, and as files that other readers open."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from pypdf import PdfReader

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints.reading import as_base64
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.client import ApiClient, Reply

REPORTS = {
    "trial-balance": {"as_of": "2026-03-02"},
    "balance-sheet": {"as_of": "2026-03-02", "compare": "2025-12-31"},
    "income-statement": {"from": "2026-01-01", "to": "2026-03-02"},
    "cash-flow": {"from": "2026-01-01", "to": "2026-03-02"},
    "changes-in-equity": {"from": "2026-01-01", "to": "2026-03-02"},
    "general-ledger": {"from": "2026-01-01", "to": "2026-03-02"},
    "statement": {"account": "1101", "from": "2026-01-01", "to": "2026-03-02"},
    "cash-movement": {"from": "2026-01-01", "to": "2026-03-02"},
}
every = pytest.mark.parametrize("name", REPORTS)


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    """Made again by a process that gets back to these tests, so no code is fixed."""
    entity = an_entity(name="Harbour =Coffee", code=f"harbour-{uuid4().hex[:8]}")
    an_account(entity, "11", name="Cash and bank", is_header=True)
    an_account(entity, "1101", name="Till", parent="11", role="cash")
    an_account(entity, "3001", "equity", name="Capital")
    an_account(entity, "4001", "income", name="Sales")
    posted(entity, a_transfer("1101", "3001", "1000", effective_date=date(2025, 12, 1)))
    posted(entity, a_transfer("1101", "4001", "1234.50", description="=HYPERLINK()", effective_date=TODAY))
    return entity


@pytest.fixture(scope="module")
def client(books: Entity) -> ApiClient:
    return ApiClient(books, "read")


def file_text(client: ApiClient, name: str) -> str:
    response: Any = client._client.get(
        f"/api/reports/{name}", REPORTS[name] | {"format": "csv"}, headers=client._headers({})
    )
    return b"".join(response.streaming_content).decode()


def get(client: ApiClient, name: str, **more: str) -> Reply:
    return client.get(f"/api/reports/{name}", REPORTS[name] | more)


def file_of(client: ApiClient, name: str, wanted: str, **more: str) -> bytes:
    response: Any = client._client.get(
        f"/api/reports/{name}", REPORTS[name] | more | {"format": wanted}, headers=client._headers({})
    )
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith(f'attachment; filename="{name}-harbour-')
    content = b"".join(response.streaming_content)
    response.close()
    return content


def amounts(reply: Reply) -> dict[str, dict[str, str]]:
    assert reply.status == 200, reply.json
    return {row["account"] or row["name"]: row["amounts"] for block in reply.json["blocks"] for row in block["rows"]}


def test_a_trial_balance(client: ApiClient) -> None:
    reply = get(client, "trial-balance")
    assert amounts(reply)["1101"] == {
        "debit": "2234.50", "credit": "0.00", "total_debits": "2234.50", "total_credits": "0.00",
    }  # fmt: skip
    assert amounts(reply)["Total EUR"]["credit"] == "2234.50"
    assert reply.json["parameters"] == {"as_of": "2026-03-02", "view": "after", "totals": "fiscal_year"}
    assert reply.json["event_sequence"] == Entity.objects.get(code=reply.json["entity"]).events.count()
    assert [row["kind"] for row in reply.json["blocks"][0]["rows"]] == [
        "heading", "account", "subtotal", "account", "account", "total",
    ]  # fmt: skip


def test_a_trial_balance_of_a_range_is_a_file_too(client: ApiClient) -> None:
    asked = {"from": "2026-01-01", "to": "2026-03-02"}
    reply = client.get("/api/reports/trial-balance", asked)
    assert amounts(reply)["1101"] == {
        "opening_debit": "1000.00", "opening_credit": "0.00", "movement_debit": "1234.50", "movement_credit": "0.00",
        "carried_debit": "0.00", "carried_credit": "0.00", "closing_debit": "2234.50", "closing_credit": "0.00",
    }  # fmt: skip
    response: Any = client._client.get(
        "/api/reports/trial-balance", asked | {"format": "csv"}, headers=client._headers({})
    )
    lines = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert ["Till", "1101", "EUR", "1000.00", "", "1234.50", "", "2234.50", "", "1", "normal"] in lines
    for wanted in ("xlsx", "pdf"):
        response = client._client.get(
            "/api/reports/trial-balance", asked | {"format": wanted}, headers=client._headers({})
        )
        assert b"".join(response.streaming_content)[:2] in {b"PK", b"%P"}


def test_a_balance_sheet_with_a_comparison(client: ApiClient) -> None:
    found = amounts(get(client, "balance-sheet"))
    assert found["Total assets"] == {"amount": "2234.50", "compare": "1000.00", "change": "1234.50"}
    assert found["Profit or loss for the period"]["amount"] == "1234.50"


def test_a_statement(client: ApiClient) -> None:
    (section,) = get(client, "statement").json["sections"]
    assert (section["from"], section["opening"], section["closing"]) == ("2026-01-01", "1000.00", "2234.50")
    assert section["lines"][0]["debit"] == "1234.50"
    assert section["lines"][0]["credit"] is None


def test_statements_name_the_newest_checkpoint_of_the_log() -> None:
    entity = an_entity()
    for code, type_ in (("1101", "asset"), ("3001", "equity")):
        an_account(entity, code, type_)
    client = ApiClient(entity, "read")
    assert get(client, "statement").json["checkpoint"] is None
    assert "Checkpoint" not in file_text(client, "statement")
    make_checkpoint(entity.id)
    posted(entity, a_transfer("1101", "3001", "5"))
    made = make_checkpoint(entity.id)
    note_sha256 = sha256(made.note.encode()).hexdigest()
    for name in ("statement", "general-ledger"):
        found = get(client, name).json["checkpoint"]
        assert found == {"size": made.size, "root": as_base64(made.root), "note_sha256": note_sha256}
        heading = file_text(client, name)
        assert f'Checkpoint,"{made.size} events, root {as_base64(made.root)}"' in heading
        assert f"SHA-256 of its note,{note_sha256}" in heading


def test_a_general_ledger_of_some_accounts(client: ApiClient) -> None:
    reply = get(client, "general-ledger", accounts="11,4001", view="before")
    assert [section["account"] for section in reply.json["sections"]] == ["1101", "4001"]
    assert reply.json["parameters"]["accounts"] == "11, 4001"


def test_an_account_whose_code_has_a_comma_can_be_named_alone(books: Entity, client: ApiClient) -> None:
    an_account(books, "one,two")
    assert client.get("/api/reports/general-ledger", {"accounts": "one,two"}).status == 200


def test_cash_by_counter_account(client: ApiClient) -> None:
    found = amounts(get(client, "cash-movement"))
    assert found["4001"] == {"inflow": "1234.50", "outflow": "0.00", "net": "1234.50"}
    assert found["Cash at the end of 2026-03-02"] == {"net": "2234.50"}


@every
def test_every_report_is_a_csv_file(client: ApiClient, name: str) -> None:
    lines = list(csv.reader(io.StringIO(file_of(client, name, "csv").decode())))
    head = {line[0]: line[1] for line in lines if line[0].startswith("# ")}
    assert head["# Entity"].startswith("Harbour =Coffee (harbour-")
    assert head["# Data cut"].startswith("Data up to event ")
    assert any("2234.50" in line or "1234.50" in line for line in lines)
    assert not [cell for line in lines for cell in line if cell.startswith("=")]


@every
def test_every_report_is_a_workbook_with_numbers(client: ApiClient, name: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(file_of(client, name, "xlsx")))
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {1234.5, 2234.5} & set(cells)


@every
def test_every_report_is_a_pdf_with_parameters_cut_and_page_numbers(client: ApiClient, name: str) -> None:
    pages = PdfReader(io.BytesIO(file_of(client, name, "pdf"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "2026-03-02" in text
    assert "Data up to event" in text
    assert f"Page 1 of {len(pages)}" in text
    assert "1,234.50" in text or "2,234.50" in text


@every
def test_no_balance_stands_on_two_sides(client: ApiClient, name: str) -> None:
    if "blocks" in (body := get(client, name).json):
        for row in (row for block in body["blocks"] for row in block["rows"] if row["kind"] == "account"):
            assert Decimal(row["amounts"].get("debit", "0")) * Decimal(row["amounts"].get("credit", "0")) == 0


@pytest.mark.parametrize(
    "path, code, pointer",
    [
        ("trial-balance?asof=2026-03-02", "malformed", "/asof"),
        ("trial-balance?as_of=2026-02-30", "malformed", "/as_of"),
        ("trial-balance?as_of=2026-03-03", "future_date", "/as_of"),
        ("trial-balance?view=sideways", "malformed", "/view"),
        ("balance-sheet?view=worksheet", "malformed", "/view"),
        ("trial-balance?format=doc", "malformed", "/format"),
        ("trial-balance?known_at=2026-03-02T12:00:00", "malformed", "/known_at"),
        ("trial-balance?zeros=1", "malformed", "/zeros"),
        ("trial-balance?totals=all", "malformed", "/totals"),
        ("trial-balance?as_of=2026-03-02&from=2026-03-01", "malformed", "/as_of"),
        ("trial-balance?from=2026-03-01&view=worksheet", "malformed", "/view"),
        ("trial-balance?from=2026-03-01&currency=USD", "malformed", "/currency"),
        ("trial-balance?currency=", "malformed", "/currency"),
        ("trial-balance?currency=QQQ", "unknown_currency", "/currency"),
        ("income-statement?from=2026-03-02&to=2026-03-01", "malformed", "/from"),
        ("income-statement?compare_from=2026-03-02", "malformed", "/compare_to"),
        ("balance-sheet?compare=2025-12-31,", "malformed", "/compare"),
        ("balance-sheet?compare=2025-12-31&columns=month", "malformed", "/columns"),
        (f"balance-sheet?compare={','.join(['2025-12-31'] * 13)}", "malformed", "/compare"),
        ("income-statement?compare_ranges=2025-12-31", "malformed", "/compare_ranges"),
        ("income-statement?from=1990-01-01&columns=month", "malformed", "/columns"),
        ("cash-flow?currency=USD", "malformed", "/currency"),
        ("cash-flow?method=both", "malformed", "/method"),
        ("changes-in-equity?by=name", "malformed", "/by"),
        ("statement", "malformed", "/account"),
        ("statement?account=11", "header_account", "/account"),
        ("statement?account=nowhere", "not_found", ""),
        ("statement?account=1101&per=week", "malformed", "/per"),
        ("general-ledger?accounts=1101,nowhere", "not_found", ""),
        ("cash-movement?accounts=%00", "malformed", "/accounts"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(client: ApiClient, path: str, code: str, pointer: str) -> None:
    reply = client.get(f"/api/reports/{path}")
    assert (reply.code, reply.pointers) == (code, [pointer])


def test_a_register_as_it_was_known(books: Entity, client: ApiClient) -> None:
    def versions(**asked: Any) -> list[int]:
        return [line["version"] for line in client.get("/api/accounts/1101/register", asked).json["results"]]

    first = client.get("/api/accounts/1101/register").json["results"][0]
    assert versions() == [1, 2]
    assert versions(known_at=first["recorded_at"]) == [1]
    assert versions(known_at=first["recorded_at"], holds="true", order="newest") == [1]
    assert versions(known_at="2001-01-01T00:00:00Z") == []
