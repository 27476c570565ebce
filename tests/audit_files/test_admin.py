"""The page of audit files."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ledgerflow.books.models import Entity
from reports.kinds import KINDS
from tests.audit_files.company import SIREN, a_company
from tests.pages import read
from tests.people import a_member_of_staff

PAGE = "/admin/reports/audit-files/"


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return a_company()


def test_a_form_for_each_format_answers_with_the_file(operator: Client, books: Entity) -> None:
    text = read(operator, PAGE, entity=books.code)
    assert all(title in text for title in ("FEC", "SIE 4", "DATEV", "SAF-T"))
    asked = {"entity": books.code, "kind": "fec", "from": "", "to": "2026-12-31", "siren": f" {SIREN} "}
    response: Any = operator.get(PAGE, asked)
    assert response["Content-Disposition"] == 'attachment; filename="732829320FEC20261231.txt"'
    assert b"".join(response.streaming_content).startswith(b"JournalCode\t")
    response.close()


def test_a_refusal_stands_above_the_forms(operator: Client, books: Entity) -> None:
    assert "siren is a SIREN" in read(operator, PAGE, entity=books.code, kind="fec", siren="1")
    assert "is no time: write a date as" in read(operator, PAGE, entity=books.code, kind="sie", to="yesterday")


def test_who_may_not_see_journals_sees_no_file(books: Entity) -> None:
    client = a_member_of_staff()
    assert client.get(PAGE, {"entity": books.code, "kind": "sie"}).status_code == 403


def test_the_tax_report_has_a_page(operator: Client, books: Entity) -> None:
    assert f"{KINDS['tax'].title} of" in read(operator, "/admin/reports/tax/", entity=books.code)
