"""Due-to in one set of books against due-from in another: the account statement of the one comes into the other as CSV."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from recon.reports.statement import recon_report
from recon.statements.changing import Balances, state_balances
from recon.statements.errors import StatementRefused
from tests.builders import TODAY, a_transfer, an_account, an_entity, posted
from tests.cases.reconciling import ran
from tests.client import ApiClient
from tests.statements.banking import a_bank_account, imported

# As in docs/statements.md.
OF_ACCOUNT_STATEMENT = {
    "booking_date": 2, "text": 5, "customer_reference": 6, "debit": 7, "credit": 8, "balance": 9,
    "fixed_currency": "EUR", "has_header": False, "skip_rows": 11, "skip_last_rows": 1,
}  # fmt: skip


@pytest.fixture
def owing() -> Entity:
    """The books that owe: two loans came in, and a part of one went back."""
    entity = an_entity(name="Daughter")
    an_account(entity, "CASH")
    an_account(entity, "DUE-TO", "liability", name="Due to the mother")
    posted(entity, a_transfer("CASH", "DUE-TO", "100.00", external_reference="IC-2026-0001", description="=loan"))
    posted(entity, a_transfer("CASH", "DUE-TO", "250.00", external_reference="IC-2026-0002"))
    posted(entity, a_transfer("DUE-TO", "CASH", "30.00", external_reference="IC-2026-0003"))
    return entity


def export(entity: Entity, account: str) -> bytes:
    """The account statement as the report gives it."""
    client = ApiClient(entity, "read")
    asked = {"account": account, "format": "csv", "from": "2026-01-01", "to": str(TODAY)}
    response: Any = client._client.get("/api/reports/statement", asked, headers=client._headers({}))
    return b"".join(response.streaming_content)


def test_the_account_statement_of_other_books_is_a_file_of_ours(owing: Entity) -> None:
    mother = an_entity(name="Mother")
    an_account(mother, "CASH")
    bank = a_bank_account(mother, "DUE-FROM", column_map=OF_ACCOUNT_STATEMENT)
    posted(mother, a_transfer("DUE-FROM", "CASH", "100.00", external_reference="IC-2026-0001"))
    posted(mother, a_transfer("DUE-FROM", "CASH", "250.00", external_reference="IC-2026-0002"))
    (statement,) = imported(mother, bank, export(owing, "DUE-TO")).statements
    assert (statement.is_proven, statement.line_count) == (True, 3)
    assert (statement.opening_balance, statement.closing_balance) == ("0.00", "320.00")
    done = ran(bank)
    assert (done.confirmed, done.opened) == (2, {"missing_in_books": 1})
    found = recon_report(mother.id, TODAY, "DUE-FROM").statements[0]
    assert (found.book_balance, found.bank_balance, found.can_finish) == ("350.00", "320.00", True)


def test_of_an_account_that_is_normally_in_debit_the_balances_are_stated(owing: Entity) -> None:
    mother = an_entity(name="Mother")
    for code, type_ in (("CASH", "asset"), ("DUE-FROM", "asset")):
        an_account(mother, code, type_)
    posted(mother, a_transfer("DUE-FROM", "CASH", "100.00", external_reference="IC-2026-0001"))
    unproven = {name: column for name, column in OF_ACCOUNT_STATEMENT.items() if name != "balance"}
    bank = a_bank_account(owing, "DUE-TO", column_map=unproven)
    (statement,) = imported(owing, bank, export(mother, "DUE-FROM")).statements
    assert (statement.is_proven, statement.lines_total) == (False, "-100.00")
    assert statement.id
    balances = Balances(date(2026, 1, 1), Decimal(0), TODAY, Decimal(-100))
    state_balances(owing.id, statement.id, balances, actor="test")
    assert ran(bank).confirmed == 1
    assert recon_report(owing.id, TODAY, "DUE-TO").statements[0].can_finish


def test_a_heading_of_another_length_is_refused_and_no_line_is_lost(owing: Entity) -> None:
    """It names the newest checkpoint as soon as there is one."""
    make_checkpoint(owing.id)
    data = export(owing, "DUE-TO")
    mother = an_entity()
    bank = a_bank_account(mother, "DUE-FROM", column_map=OF_ACCOUNT_STATEMENT)
    with pytest.raises(StatementRefused):
        imported(mother, bank, data)
    a_bank_account(mother, "DUE-FROM", column_map=OF_ACCOUNT_STATEMENT | {"skip_rows": 13})
    assert imported(mother, bank, data).new_count == 3
