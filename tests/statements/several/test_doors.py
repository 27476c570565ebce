"""The doors by which a file for several bank accounts comes: API, admin, command line, watched folder."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from ledgerflow.books.models import Entity
from recon.statements.models import BankAccount, Statement
from tests.builders import an_entity
from tests.client import ApiClient
from tests.jobs import tick_for
from tests.pages import send
from tests.statements.banking import a_bank_account, a_statement_file, lines_stored

STATEMENTS = "/api/recon/statements"
UPLOAD = "/admin/statements/statement/upload/"
DATA = a_statement_file(("1.00", "A"), account="ONE") + a_statement_file(("2.00", "B"), account="TWO")
UNKNOWN = a_statement_file(("1.00", "A"), account="ONE") + a_statement_file(("2.00", "B"), account="NINE")


@pytest.fixture
def entity() -> Entity:
    entity = an_entity()
    for code in ("ONE", "TWO"):
        a_bank_account(entity, code, identifier=code)
    return entity


def stored(entity: Entity) -> list[tuple[str, str]]:
    """The code of the account and the amount of each line."""
    banks = BankAccount.objects.filter(entity=entity).order_by("account__code")
    return [(bank.account.code, str(line.amount)) for bank in banks for line in lines_stored(bank)]


BOTH = [("ONE", "1.00"), ("TWO", "2.00")]


def test_by_api_without_an_account(entity: Entity) -> None:
    api = ApiClient(entity)
    body = {"file_name": "all.sta", "content": b64encode(DATA).decode()}
    dry = api.post(f"{STATEMENTS}?dry_run=true", body)
    assert (dry.status, [one["account"] for one in dry.json["statements"]]) == (200, ["ONE", "TWO"])
    assert stored(entity) == []
    done, again = (api.post(STATEMENTS, body, key="k") for _ in range(2))
    assert (done.status, again.json["status"]) == (201, "replayed")
    assert [one["account"] for one in again.json["statements"]] == ["ONE", "TWO"]
    assert stored(entity) == BOTH
    assert api.post(STATEMENTS, body | {"account": "ONE"}, key="k").code == "idempotency_key_reused"
    refused = api.post(STATEMENTS, body | {"content": b64encode(UNKNOWN).decode()})
    assert (refused.status, refused.code) == (422, "statement_account_unknown")
    assert "'NINE'" in refused.json["detail"]
    assert api.post(STATEMENTS, body | {"account": ""}).pointers == ["/account"]


def test_by_command_line_without_an_account(entity: Entity, tmp_path: Path) -> None:
    def run(data: bytes, **options: Any) -> str:
        file, out = tmp_path / "all.sta", StringIO()
        file.write_bytes(data)
        call_command("recon", "import", str(file), "--entity", entity.code, stdout=out, **options)
        return out.getvalue()

    said = run(DATA, dry_run=True)
    assert "would bring 2 statements with 2 new lines; 0 were there already\n  of ONE: 1, TWO: 1" in said
    assert "brought 2 statements" in run(DATA)
    assert "imported already" in run(DATA)
    assert stored(entity) == BOTH
    with pytest.raises(CommandError, match="'NINE', and no bank account"):
        run(UNKNOWN)


def test_by_a_file_in_the_folder_of_the_entity(entity: Entity, settings: Any, tmp_path: Path) -> None:
    """An account that is called as the folders beside it has none of its own."""
    settings.LEDGERFLOW_STATEMENT_FOLDER = str(tmp_path)
    folder = tmp_path / entity.code
    folder.mkdir()
    a_bank_account(entity, "done")
    for name, data in (("all.sta", DATA), ("bad.sta", UNKNOWN)):
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    for _ in range(2):
        tick_for("pick_up_statements", entity.id)
    assert stored(entity) == BOTH
    assert [path.name for path in (folder / "done").iterdir()] == ["all.sta"]
    assert "'NINE'" in (folder / "failed" / "bad.sta.reason.txt").read_text()


def test_by_admin_by_what_the_file_says(operator: Client, entity: Entity) -> None:
    url = f"{UPLOAD}?entity={entity.code}"
    assert "By what the file says" in operator.get(url).content.decode()
    page = operator.post(url, {"bank_account": "", "file": SimpleUploadedFile("all.sta", DATA)}).content.decode()
    assert "<td>ONE</td>" in page
    assert "<td>TWO</td>" in page
    assert not Statement.objects.filter(entity=entity).exists()
    found = re.search(r'name="previewed" value="([0-9a-f]{64})"', page)
    assert found is not None
    one = BankAccount.objects.get(entity=entity, account__code="ONE").pk
    file = SimpleUploadedFile("all.sta", DATA)
    assert "Nothing is written yet" in send(operator, url, bank_account=one, file=file, previewed=found[1])
    file = SimpleUploadedFile("all.sta", DATA)
    assert "Brought 2 new lines; 0 were there." in send(operator, url, bank_account="", file=file, previewed=found[1])
    assert stored(entity) == BOTH
