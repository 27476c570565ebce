"""Mirrors over HTTP, in the admin, by command line and in the watched folder."""

from __future__ import annotations

import os
from base64 import b64encode
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from journals.proof.ledger import verify_books, verify_in
from recon.statements.models import BankAccount, Statement
from tests.attacks import connect
from tests.client import ApiClient
from tests.jobs import tick
from tests.mirrors.mirroring import CLEARING, SETTLEMENT, brought, settled, taken, two_accounts
from tests.pages import read, send
from tests.statements.banking import a_statement_file

BANKS = "/api/recon/bank-accounts"


@pytest.fixture
def mirror() -> BankAccount:
    return two_accounts()


def test_a_mirror_is_set_run_and_finished_over_http(mirror: BankAccount) -> None:
    api = ApiClient(mirror.entity)
    shown = api.get(f"{BANKS}/{CLEARING}")
    assert (shown.json["mirror"], shown.json["column_map"]) == (SETTLEMENT, None)
    body = {"name": "Clearing", "mirror": SETTLEMENT}
    again = api.send("PUT", f"{BANKS}/{CLEARING}", body, if_match=shown.headers["ETag"])
    assert (again.status, again.json["mirror"]) == (200, SETTLEMENT)
    refused = api.send("PUT", f"{BANKS}/{CLEARING}", body | {"mirror": CLEARING}, if_match="*")
    assert (refused.status, refused.code, refused.pointers) == (422, "bank_account_mirror_refused", ["/mirror"])
    taken(mirror, "9.00", "ORD-2026-0009")
    settled(mirror, "9.00", "ORD-2026-0009")
    assert api.post(f"{BANKS}/{CLEARING}/reconcile?dry_run=true", {}).json["confirmed"] == 0
    assert api.post(f"{BANKS}/{CLEARING}/reconcile", {}).json["confirmed"] == 1
    assert api.post(f"{BANKS}/{CLEARING}/finish", {"date": "2026-03-02"}).status == 201
    fixed = api.send("PUT", f"{BANKS}/{CLEARING}", {"name": "Clearing"}, if_match="*")
    assert (fixed.status, fixed.code) == (409, "bank_account_mirror_fixed")


def test_files_and_balances_are_refused_over_http(mirror: BankAccount) -> None:
    api = ApiClient(mirror.entity)
    content = b64encode(a_statement_file(("1.00", "A"))).decode()
    file = {"account": CLEARING, "file_name": "x.sta", "content": content}
    for query in ("", "?dry_run=true"):
        refused = api.post(f"/api/recon/statements{query}", file)
        assert (refused.status, refused.code) == (409, "bank_account_mirror_takes_no_files")
    settled(mirror, "1.00")
    brought(mirror)
    (statement,) = api.get(f"/api/recon/statements?account={CLEARING}").json["results"]
    assert (statement["format"], statement["closing_day"]) == ("mirror", None)
    balances = {
        "opening_day": "2026-03-01", "opening_balance": "0", "closing_day": "2026-03-02", "closing_balance": "1.00",
    }  # fmt: skip
    stated = api.send("PUT", f"/api/recon/statements/{statement['id']}/balances", balances)
    assert (stated.status, stated.code) == (409, "statement_proven")


def test_the_admin_sets_and_shows_it(operator: Client, mirror: BankAccount) -> None:
    edit = reverse("admin:statements_bankaccount_edit", args=[mirror.pk])
    assert f'value="{SETTLEMENT}"' in operator.get(edit).content.decode()
    typed = {"account": CLEARING, "name": "Clearing", "identifier": "", "column_map": "", "mirror": "NONE"}
    revision = {"revision": str(mirror.event_sequence)}
    assert "NONE" in send(operator, edit, **typed, **revision)
    assert "Clearing is set." in send(operator, edit, **typed | {"mirror": SETTLEMENT}, **revision)
    assert SETTLEMENT in read(operator, reverse("admin:statements_bankaccount_change", args=[mirror.pk]))
    settled(mirror, "1.00")
    brought(mirror)
    statement = Statement.objects.get(bank_account=mirror)
    page = read(operator, reverse("admin:statements_statement_change", args=[statement.pk]))
    assert "State the balances" not in page
    upload = operator.get(f"/admin/statements/statement/upload/?entity={mirror.entity.code}").content.decode()
    assert str(mirror.pk) not in upload


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("recon", *arguments, stdout=out)
    return out.getvalue()


def test_by_command_line(mirror: BankAccount, tmp_path: Path) -> None:
    of_it = ("--entity", mirror.entity.code, "--account", CLEARING)
    taken(mirror, "9.00", "ORD-2026-0009")
    settled(mirror, "9.00", "ORD-2026-0009")
    assert "matches 1," in told("run", *of_it)
    report = tmp_path / "report.txt"
    told("report", *of_it, "--date", "2026-03-02", "--output", str(report))
    assert "9.00  balance of the bank" in report.read_text()
    file = tmp_path / "x.sta"
    file.write_bytes(a_statement_file(("1.00", "A")))
    with pytest.raises(CommandError, match="no files come in"):
        told("import", str(file), *of_it)


def test_a_file_in_the_watched_folder_fails_with_the_reason(mirror: BankAccount, settings: Any, tmp_path: Path) -> None:
    settings.LEDGERFLOW_STATEMENT_FOLDER = str(tmp_path)
    folder = tmp_path / mirror.entity.code / CLEARING
    folder.mkdir(parents=True)
    (folder / "x.sta").write_bytes(a_statement_file(("1.00", "A")))
    os.utime(folder / "x.sta", (1_700_000_000, 1_700_000_000))
    tick("pick_up_statements")
    assert "no files come in" in (folder / "failed" / "x.sta.reason.txt").read_text()


@pytest.mark.parametrize(
    "table, change",
    [
        ("statements_bankaccount", "mirror_id = NULL"),
        ("statements_bankaccount", "mirror_id = gen_random_uuid()"),
        ("statements_statementline", "amount = 2"),
        ("statements_statementline", "end_to_end = 'ORD-2026-0002'"),
        ("statements_statement", "line_count = 2"),
        ("statements_statement", "file_name = 'SALES'"),
    ],
)  # fmt: skip
def test_the_proof_names_what_was_changed(mirror: BankAccount, table: str, change: str) -> None:
    settled(mirror, "1.00", "ORD-2026-0001")
    brought(mirror)
    assert verify_books(mirror.entity_id) == []
    with connect() as connection:
        connection.execute("SET session_replication_role = replica")
        given = {"entity": mirror.entity_id}
        connection.execute(f"UPDATE {table} SET {change} WHERE entity_id = %(entity)s".encode(), given)
        faults = verify_in(connection, mirror.entity_id).faults
        connection.rollback()
    assert {fault.table for fault in faults} == {table}
