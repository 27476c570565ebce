"""Customers, suppliers and taxes in audit files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from defusedxml import ElementTree

from accounts.dimensions.declaring import declare_value, require_dimensions
from accounts.dimensions.specs import ValueSpec
from journals.drafts import Line
from ledgerflow.books.models import Entity
from reports.audit_files import saft_master
from reports.audit_files.errors import AuditCodeUnfit
from reports.audit_files.taxes import TaxVersion, spans
from tests.approving import go_on_to
from tests.audit_files.company import SIREN, written
from tests.audit_files.test_saft import HEADER, NAMESPACE, out_of_order, texts
from tests.builders import a_journal, an_account, an_entity, posted
from tests.functional.worksheets import a_rate
from tests.taxes.invoicing import a_code

D = Decimal
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
# Journal, day, account, amount, party, tax.
POSTED = """
1 1 411100  120.00 ACME -
1 1 707000 -100.00 ACME U20
1 1 445710  -20.00 -    U20
2 1 411200   50.00 ACME -
2 1 707200  -50.00 -    -
3 2 411100   11.00 N9   -
3 2 707000  -10.00 -    U20
3 2 445710   -1.00 -    U20
4 2 607000   40.00 -    U2-FREE
4 2 401000  -40.00 BOIS -
5 2 411200  -10.00 ACME -
5 2 411200   30.00 BOIS -
5 2 707200  -20.00 -    -
"""
CUSTOMERS = [
    ["ACME", "Acme & fils", "", "165.00", "155.50"], ["BOIS", "Bois", "411200", "0.00", "28.50"],
    ["N9", "N9", "411100", "0.00", "11.00"],
]  # fmt: skip


@pytest.fixture(scope="module")
def house(_database: None) -> Entity:
    entity = an_entity(dimensions=["party", "tax"], business_date=FIRST)
    for code, kind, currency in (
        ("411100", "asset", "EUR"), ("411200", "asset", "USD"), ("401000", "liability", "EUR"),
        ("445710", "liability", "EUR"), ("707000", "income", "EUR"), ("707200", "income", "USD"),
        ("607000", "expense", "EUR"),
    ):  # fmt: skip
        an_account(entity, code, kind, currency=currency)
    an_account(entity, "668000", "expense", role="rounding")
    for account in ("411100", "411200", "401000"):
        require_dimensions(entity.id, account, ["party"], actor="test")
    acme = ValueSpec("ACME", "Acme & fils", tax_id="FR40303265045", country="FR", party_kind="customer")
    for spec in (acme, ValueSpec("BOIS", "Bois")):
        declare_value(entity.id, "party", spec, actor="test")
    a_code(entity, "U20", "20", name="TVA", account="445710", starts_on=date(2014, 1, 1))
    a_code(entity, "U20", "10", name="TVA de mars", account="445710", starts_on=SECOND, ends_on=date(2026, 3, 31))
    a_code(entity, "U2-FREE", "0", kind="exempt", account="", starts_on=date(2014, 1, 1))
    a_rate(entity, FIRST, "0.90")
    a_rate(entity, SECOND, "0.95")
    post_day(entity, FIRST)
    go_on_to(entity, SECOND)
    post_day(entity, SECOND)
    return entity


def post_day(entity: Entity, day: date) -> None:
    journals: dict[str, list[Line]] = {}
    for row in POSTED.strip().splitlines():
        number, on, account, amount, party, tax = row.split()
        if int(on) == day.day:
            dimensions = {name: code for name, code in (("party", party), ("tax", tax)) if code != "-"}
            journals.setdefault(number, []).append(Line(account, D(amount), dimensions=dimensions))
    for lines in journals.values():
        posted(entity, a_journal(*lines))


def test_saf_t_has_customers_suppliers_and_taxes(house: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = ElementTree.fromstring(written(house.id, "saf-t", HEADER, from_date=SECOND)[1])
    assert list(out_of_order(tree)) == []
    names = "CustomerID", "Name", "AccountID", "OpeningDebitBalance", "ClosingDebitBalance"
    assert [texts(one, *names) for one in tree.iter(f"{NAMESPACE}Customer")] == CUSTOMERS
    (supplier,) = tree.iter(f"{NAMESPACE}Supplier")
    assert texts(supplier, "SupplierID", "AccountID", "ClosingCreditBalance") == ["BOIS", "401000", "40.00"]
    details = [[child.text for child in one] for one in tree.iter(f"{NAMESPACE}TaxCodeDetails")]
    assert details == [
        ["U2-FREE", "2014-01-01", "U2-FREE", "0", "FR"],
        ["U20", "2026-03-02", "2026-03-31", "TVA de mars", "10", "FR"],
    ]  # fmt: skip
    shown = [
        (*texts(line, "AccountID", "CustomerID", "SupplierID"), *texts(tax, "TaxCode", "TaxPercentage", "TaxBase"),
         *texts(tax.find(f"{NAMESPACE}TaxAmount"), "Amount"))
        for line in tree.iter(f"{NAMESPACE}Line") for tax in line.iter(f"{NAMESPACE}TaxInformation")
    ]  # fmt: skip
    assert shown == [
        ("707000", "", "", "U20", "10", "10.00", "1.00"), ("607000", "", "", "U2-FREE", "0", "40.00", "0.00"),
    ]  # fmt: skip
    named = [texts(line, "AccountID", "CustomerID", "SupplierID") for line in tree.iter(f"{NAMESPACE}Line")]
    assert [row for row in named if any(row[1:])] == [
        ["411100", "N9", ""], ["401000", "", "BOIS"], ["411200", "ACME", ""], ["411200", "BOIS", ""],
    ]  # fmt: skip
    monkeypatch.setattr(saft_master, "CODE", 2)
    with pytest.raises(AuditCodeUnfit, match="U2-FREE and U20 are the same so far"):
        written(house.id, "saf-t", HEADER, from_date=SECOND)


def test_fec_names_auxiliary_accounts_of_class_4(house: Entity) -> None:
    rows = [row.split("\t") for row in written(house.id, "fec", {"siren": SIREN})[1].decode().splitlines()[1:]]
    assert [(row[4], *row[6:8]) for row in rows if row[6] or row[7]] == [
        ("411100", "ACME", "Acme & fils"), ("411200", "ACME", "Acme & fils"), ("411100", "N9", "N9"),
        ("401000", "BOIS", "Bois"), ("411200", "ACME", "Acme & fils"), ("411200", "BOIS", "Bois"),
    ]  # fmt: skip


def test_versions_of_a_code_come_one_after_the_other() -> None:
    def version(number: int, start: date, end: date | None) -> TaxVersion:
        return TaxVersion("U19", number, "USt", D(number), start, end, None, None)

    year, july, december = date(2007, 1, 1), date(2020, 7, 1), date(2020, 12, 31)
    found = spans([version(1, year, None), version(2, july, december)])
    assert [(one.version, one.starts_on, one.ends_on) for one in found] == [
        (1, year, date(2020, 6, 30)), (2, july, december), (1, date(2021, 1, 1), None),
    ]  # fmt: skip
    assert [one.ends_on for one in spans([version(1, year, july)])] == [july]
