"""The admin's pages of bank accounts, statements and lines."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledgerflow.books.models import Entity
from recon.statements.models import BankAccount, Statement, StatementLine
from tests.builders import an_account, an_entity
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff, queries
from tests.statements.banking import (
    CSV_COLUMNS,
    a_bank_account,
    a_csv_file,
    a_statement_file,
    imported,
    lines_stored,
    split_in_two,
)

BANKS, STATEMENTS, LINES = (f"/admin/statements/{name}/" for name in ("bankaccount", "statement", "statementline"))


@pytest.fixture
def entity() -> Entity:
    return an_entity()


@pytest.fixture
def bank(entity: Entity) -> BankAccount:
    return a_bank_account(entity, column_map=CSV_COLUMNS)


def upload(client: Client, entity: Entity, bank: BankAccount, data: bytes, **given: Any) -> str:
    file = SimpleUploadedFile("march.sta", data)
    return send(client, f"{STATEMENTS}upload/?entity={entity.code}", bank_account=bank.pk, file=file, **given)


def test_a_file_is_shown_and_then_imported(operator: Client, entity: Entity, bank: BankAccount) -> None:
    data = a_statement_file(("5000.00", "A"), opening="1.00")
    file = SimpleUploadedFile("march.sta", data)
    url = f"{STATEMENTS}upload/?entity={entity.code}"
    page = operator.post(url, {"bank_account": bank.pk, "file": file}).content.decode()
    assert "What this file would bring" in page
    assert "5,001.00" in page
    assert "Nothing in it would be refused." in page
    assert not Statement.objects.filter(entity=entity).exists()
    found = re.search(r'name="previewed" value="([0-9a-f]{64})"', page)
    assert found is not None
    said = upload(operator, entity, bank, data + b"\n", previewed=found[1])
    assert "Nothing is written yet" in said, "another file than the one that was shown"
    assert "Brought 1 new lines; 0 were there." in upload(operator, entity, bank, data, previewed=found[1])
    assert "This file was imported already" in upload(operator, entity, bank, data)
    overlapping = a_statement_file(("5000.00", "A"), ("7.00", "B"), opening="1.00")
    assert "lines that are there already and are left out: 1." in upload(operator, entity, bank, overlapping)


def test_a_file_that_is_refused_is_told_on_its_page(
    operator: Client, entity: Entity, bank: BankAccount, settings: Any
) -> None:
    assert "The file is empty" in upload(operator, entity, bank, b" ")
    settings.LEDGERFLOW_MAX_BODY_BYTES = 10
    assert "A file has at most 10 bytes" in upload(operator, entity, bank, b"x" * 11)


def test_a_bank_account_is_set_and_changed(operator: Client, entity: Entity) -> None:
    an_account(entity, "HOUSE")
    typed = {"account": "HOUSE", "name": "House bank", "identifier": "X", "column_map": "", "revision": "0"}
    url = f"{BANKS}add/?entity={entity.code}"
    assert "This is no JSON" in send(operator, url, **typed | {"column_map": "{"})
    assert "A map of columns is a JSON object" in send(operator, url, **typed | {"column_map": "[]"})
    assert "column is its name in the header" in send(operator, url, **typed | {"column_map": '{"amount": 1}'})
    assert "House bank is set." in send(operator, url, **typed)
    bank = BankAccount.objects.get(entity=entity)
    edit = reverse("admin:statements_bankaccount_edit", args=[bank.pk])
    changed = typed | {"name": "The bank", "revision": str(bank.event_sequence)}
    assert "The bank is set." in send(operator, edit, **changed)
    assert "has changed since it was read" in send(operator, edit, **changed | {"name": "Other"})
    assert "The bank" in read(operator, page_of(bank))


def test_lists_do_not_ask_for_each_row(operator: Client, entity: Entity, bank: BankAccount) -> None:
    imported(entity, bank, a_statement_file(("5.00", "A")))
    read(operator, BANKS, entity=entity.code)  # what is asked once and kept
    few = [queries(operator, f"{url}?entity={entity.code}") for url in (BANKS, STATEMENTS, LINES)]
    a_bank_account(entity, "OTHER")
    imported(entity, bank, a_csv_file(("1.00", "B"), ("2.00", "C")))
    assert [queries(operator, f"{url}?entity={entity.code}") for url in (BANKS, STATEMENTS, LINES)] == few
    split_in_two(entity, lines_stored(bank)[0])
    assert column(operator, LINES, "amount_text", entity=entity.code, status="open") == ["4.00", "1.00", "2.00", "1.00"]
    assert column(operator, LINES, "amount_text", entity=entity.code, status="split") == ["5.00"]
    assert column(operator, LINES, "amount_text", entity=entity.code, status="undone") == []
    assert column(operator, STATEMENTS, "number", entity=entity.code, account="BANK") == ["2", "1"]
    line = StatementLine.objects.get(bank_account=bank, is_split=True)
    assert "Parts" in read(operator, page_of(line))


def test_undoing_and_stating_balances(operator: Client, entity: Entity, bank: BankAccount) -> None:
    imported(entity, bank, a_csv_file(("5.00", "A")))
    statement = Statement.objects.get(entity=entity)
    assert "not proven" in read(operator, page_of(statement))
    state = reverse("admin:statements_statement_state-balances", args=[statement.pk])
    typed = {"opening_day": "2026-03-01", "opening_balance": "1.00", "closing_day": "2026-03-02"}
    assert "The difference is 1.00" in send(operator, state, **typed, closing_balance="7.00")
    assert "is not an amount" in send(operator, state, **typed, closing_balance="x")
    assert "are proven" in send(operator, state, **typed, closing_balance="6.00")
    undo = reverse("admin:statements_statement_undo", args=[statement.pk])
    assert "Undone: 1 statement with all lines" in send(operator, undo, reason="wrong", key="k")
    assert "undone" in read(operator, page_of(statement))


def test_looking_is_not_changing(entity: Entity, bank: BankAccount) -> None:
    imported(entity, bank, a_csv_file(("5.00", "A")))
    statement = Statement.objects.get(entity=entity)
    viewer = a_member_of_staff("statements.view_statement", "statements.view_bankaccount")
    assert "Undo the import" not in read(viewer, page_of(statement))
    assert viewer.get(reverse("admin:statements_statement_undo", args=[statement.pk])).status_code == 403
    assert viewer.get(f"{STATEMENTS}upload/").status_code == 403
    assert viewer.get(f"{BANKS}add/").status_code == 403
    assert viewer.get(reverse("admin:statements_bankaccount_edit", args=[bank.pk])).status_code == 403
