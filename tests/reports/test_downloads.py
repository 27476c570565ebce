"""`?format=` of reports: what the answer says of itself, whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from ledgerflow.core.documents import Column, DataCut, Document, DocumentRow
from ledgerflow.documents import pdf
from ledgerflow.web import downloads
from ledgerflow.web.downloads import FILES, FORMAT, download, format_of
from ledgerflow.web.endpoints import OPEN, Call, Endpoints, view

pytestmark = pytest.mark.pure

BYTES_OF: dict[str, bytes] = {"json": b'{"rows":[]}', "csv": b"# Report,", "xlsx": b"PK\x03\x04", "pdf": b"%PDF-"}


def a_report(*, name: str = "Trial balance", rows: int = 1) -> Callable[..., HttpResponseBase]:
    """As a report's endpoint is: one line asks for the format, one answers in it."""

    @Endpoints("reports").get(scope=OPEN, answer=dict, files=FILES, query=[FORMAT])
    def report(call: Call[None]) -> HttpResponseBase:
        return download(format_of(call.request), name, json=lambda: b'{"rows":[]}', document=lambda: a_document(rows))

    return view(report)


def a_document(rows: int) -> Document:
    return Document(
        title="Trial balance",
        entity_code="ACME",
        entity_name="Acme",
        data_cut=DataCut(1, "2026-03-02T12:00:00.000000Z"),
        generated_at=datetime(2026, 3, 2, tzinfo=UTC),
        columns=(Column("Account"),),
        rows=(DocumentRow((f"Account {number}",)) for number in range(rows)),
    )


def asked(query: str = "", accept: str = "*/*", **given: Any) -> HttpResponseBase:
    return a_report(**given)(RequestFactory().get(f"/reports{query}", headers={"accept": accept}))


def content_of(response: Any) -> bytes:
    content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    response.close()
    return content


def problem_of(response: HttpResponseBase) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = msgspec.json.decode(content_of(response))
    return problem


@pytest.mark.parametrize(
    "wanted, content_type, disposition",
    [
        ("json", "application/json", "inline"),
        ("csv", "text/csv; charset=utf-8", "attachment"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment"),
        ("pdf", "application/pdf", "attachment"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "application/pdf", "text/html"])
def test_a_report_comes_in_the_format_asked_for(wanted: str, content_type: str, disposition: str, accept: str) -> None:
    response = asked(f"?format={wanted}", accept)
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'{disposition}; filename="Trial-balance.{wanted}"'
    assert response["Cache-Control"] == "no-store"
    content = content_of(response)
    assert content.startswith(BYTES_OF[wanted])
    assert response.get("Content-Length") in {None, str(len(content))}


def test_a_report_is_json_unless_asked_for_otherwise() -> None:
    assert content_of(asked()) == BYTES_OF["json"]


@pytest.mark.parametrize("wanted", ["xml", "PDF", "", "api"])
def test_another_format_is_refused_by_name(wanted: str) -> None:
    response = asked(f"?format={wanted}")
    assert response.status_code == 400
    problem = problem_of(response)
    assert problem["code"] == "malformed"
    assert problem["errors"][0]["pointer"] == "/format"


def test_a_report_too_large_is_a_problem_and_not_half_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_ROWS", 2)
    response = asked("?format=pdf", rows=3)
    assert response.status_code == 422
    problem = problem_of(response)
    assert (problem["code"], problem["data"]) == ("report_too_large", {"most": 2, "take": "csv"})


def test_a_large_file_waits_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "IN_MEMORY_BYTES", 1000)
    content = content_of(asked("?format=csv", rows=1000))
    assert content.endswith(b"Account 999\r\n")


@pytest.mark.parametrize(
    "name, header",
    [
        ('x"; filename=evil.exe\r\nSet-Cookie: a=b', 'attachment; filename="x-filename-evil.exe-Set-Cookie-a-b.csv"'),
        ("../../etc/passwd", 'attachment; filename="etc-passwd.csv"'),
        ("\ud800", 'attachment; filename="report.csv"'),
        ("Сальдо", "attachment; filename*=utf-8''%D0%A1%D0%B0%D0%BB%D1%8C%D0%B4%D0%BE.csv"),
        ("x" * 200, f'attachment; filename="{"x" * 100}.csv"'),
    ],
    ids=["header", "path", "surrogate", "cyrillic", "long"],
)
def test_a_file_name_is_only_a_file_name(name: str, header: str) -> None:
    response = asked("?format=csv", name=name)
    assert response["Content-Disposition"] == header
    response.close()
