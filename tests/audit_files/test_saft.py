"""SAF-T 2.0: elements in the order of the OECD's schema, amounts as in the books.

The schema itself is not kept here; the sequences below are typed in from the Guidance, Appendix B.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from defusedxml import ElementTree

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import Malformed
from tests.audit_files.company import a_company, written
from tests.builders import a_transfer, posted
from tests.calendars import YEAR_END

D = Decimal
NAMESPACE = "{urn:OECD:StandardAuditFile-Taxation/2.00}"
HEADER = {
    "country": "FR", "registration_number": "732829320", "city": "Paris", "postal_code": "75001",
    "contact": "Jeanne <Dupré> & fils", "tax_number": "FR44732829320",
}  # fmt: skip
SEQUENCES = {
    "AuditFile": "Header MasterFiles GeneralLedgerEntries SourceDocuments",
    "Header": "AuditFileVersion AuditFileCountry AuditFileRegion AuditFileDateCreated SoftwareCompanyName SoftwareID "
    "SoftwareVersion Company DefaultCurrencyCode SelectionCriteria HeaderComment TaxAccountingBasis TaxEntity",
    "Company": "RegistrationNumber Name Address Contact TaxRegistration BankAccount",
    "Address": "StreetName Number AdditionalAddressDetail Building City PostalCode Region Country AddressType",
    "Contact": "ContactPerson Telephone Fax Email Website",
    "ContactPerson": "Title FirstName Initials LastNamePrefix LastName BirthName Salutation OtherTitles",
    "TaxRegistration": "TaxRegistrationNumber TaxType TaxNumber TaxAuthority TaxVerificationDate",
    "SelectionCriteria": "TaxReportingJurisdiction CompanyEntity SelectionStartDate SelectionEndDate",
    "MasterFiles": "GeneralLedgerAccounts Taxonomies Customers Suppliers TaxTable",
    "GeneralLedgerAccounts": "Account",
    "Account": "AccountID AccountDescription StandardAccountID GroupingCategory GroupingCode AccountType "
    "AccountCreationDate OpeningDebitBalance OpeningCreditBalance ClosingDebitBalance ClosingCreditBalance",
    "Customers": "Customer",
    "Customer": "RegistrationNumber Name Address Contact TaxRegistration BankAccount CustomerID SelfBillingIndicator "
    "AccountID OpeningDebitBalance OpeningCreditBalance ClosingDebitBalance ClosingCreditBalance",
    "Suppliers": "Supplier",
    "Supplier": "RegistrationNumber Name Address Contact TaxRegistration BankAccount SupplierID SelfBillingIndicator "
    "AccountID OpeningDebitBalance OpeningCreditBalance ClosingDebitBalance ClosingCreditBalance",
    "TaxTable": "TaxTableEntry",
    "TaxTableEntry": "TaxType Description TaxCodeDetails",
    "TaxCodeDetails": "TaxCode EffectiveDate ExpirationDate Description TaxPercentage FlatTaxRate Country Region",
    "TaxInformation": "TaxType TaxCode TaxPercentage Country TaxBase TaxBaseDescription TaxAmount TaxExemptionReason "
    "TaxDeclarationPeriod",
    "TaxAmount": "Amount CurrencyCode CurrencyAmount ExchangeRate",
    "GeneralLedgerEntries": "NumberOfEntries TotalDebit TotalCredit Journal",
    "Journal": "JournalID Description Type Transaction",
    "Transaction": "TransactionID Period PeriodYear TransactionDate SourceID TransactionType Description BatchID "
    "SystemEntryDate GLPostingDate CustomerID SupplierID SystemID Line",
    "Line": "RecordID AccountID Analysis ValueDate SourceDocumentID CustomerID SupplierID Description DebitAmount "
    "CreditAmount TaxInformation",
    "DebitAmount": "Amount CurrencyCode CurrencyAmount ExchangeRate",
    "CreditAmount": "Amount CurrencyCode CurrencyAmount ExchangeRate",
}


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return a_company()


def tree_of(entity: Entity, **dates: date) -> Any:
    return ElementTree.fromstring(written(entity.id, "saf-t", HEADER, **dates)[1])


def local(element: Any) -> str:
    name: str = element.tag
    assert name.startswith(NAMESPACE)
    return name.removeprefix(NAMESPACE)


def out_of_order(element: Any) -> Iterator[str]:
    names = [local(child) for child in element]
    order = SEQUENCES.get(local(element), "").split()
    if any(name not in order for name in names) or [order.index(name) for name in names] != sorted(
        map(order.index, names)
    ):
        yield f"{local(element)}: {names}"
    for child in element:
        yield from out_of_order(child)


def texts(element: Any, *names: str) -> list[str]:
    return [element.findtext(f"{NAMESPACE}{name}") or "" for name in names]


def test_elements_stand_in_the_order_of_the_schema(books: Entity) -> None:
    tree = tree_of(books, to_date=YEAR_END)
    assert list(out_of_order(tree)) == []
    (header,) = tree.iter(f"{NAMESPACE}Header")
    assert texts(header, "AuditFileVersion", "AuditFileCountry", "DefaultCurrencyCode") == ["2.00", "FR", "EUR"]
    (person,) = tree.iter(f"{NAMESPACE}ContactPerson")
    assert texts(person, "LastName") == ["Jeanne <Dupré> & fils"]


def test_accounts_and_entries_are_those_of_the_books(books: Entity) -> None:
    tree = tree_of(books, to_date=YEAR_END)
    accounts = {
        account[0].text: [(local(one), one.text) for one in list(account)[2:]]
        for account in tree.iter(f"{NAMESPACE}Account")
    }
    assert accounts == {
        "101300": [("AccountType", "Liability"), ("OpeningDebitBalance", "0.00"), ("ClosingCreditBalance", "10000.00")],
        "408100": [("AccountType", "Liability"), ("OpeningDebitBalance", "0.00"), ("ClosingCreditBalance", "50.00")],
        "512000": [("AccountType", "Asset"), ("OpeningDebitBalance", "0.00"), ("ClosingDebitBalance", "10600.00")],
        "613200": [("AccountType", "Expense"), ("OpeningDebitBalance", "0.00"), ("ClosingDebitBalance", "450.00")],
        "707000": [("AccountType", "Sale"), ("OpeningDebitBalance", "0.00"), ("ClosingCreditBalance", "1000.00")],
    }
    (entries,) = tree.iter(f"{NAMESPACE}GeneralLedgerEntries")
    assert texts(entries, "NumberOfEntries", "TotalDebit", "TotalCredit") == ["4", "11450.00", "11450.00"]
    totals: dict[str, Decimal] = defaultdict(lambda: D(0))
    for side in ("Debit", "Credit"):
        for amount in tree.iter(f"{NAMESPACE}{side}Amount"):
            totals[side] += D(texts(amount, "Amount")[0])
    assert dict(totals) == {"Debit": D("11450.00"), "Credit": D("11450.00")}
    transactions = list(tree.iter(f"{NAMESPACE}Transaction"))
    assert [texts(one, "TransactionID", "Period", "TransactionDate", "Description") for one in transactions] == [
        ["1", "3", "2026-03-01", "Apport initial"], ["2", "6", "2026-06-15", "Été"],
        ["3", "6", "2026-06-15", 'Loyer "juin" \u2013 日'], ["4", "12", "2026-12-31", "Transfer"],
    ]  # fmt: skip


def test_a_part_of_a_year_opens_with_what_was_earned_before(books: Entity) -> None:
    tree = tree_of(books, from_date=date(2026, 6, 16), to_date=YEAR_END)
    sales = next(one for one in tree.iter(f"{NAMESPACE}Account") if one[0].text == "707000")
    assert texts(sales, "OpeningCreditBalance", "ClosingCreditBalance") == ["1000.00", "1000.00"]
    assert len(list(tree.iter(f"{NAMESPACE}Transaction"))) == 1


def test_each_kind_of_journal_is_a_journal(books: Entity) -> None:
    posted(books, a_transfer("cash", "sales", "1", description="x" * 500))
    tree = tree_of(books)
    assert [texts(one, "JournalID", "Type") for one in tree.iter(f"{NAMESPACE}Journal")] == [["transfer", "GL"]]
    assert max(len(one.text or "") for one in tree.iter(f"{NAMESPACE}Description")) == 256
    with pytest.raises(Malformed, match="two capital letters"):
        written(books.id, "saf-t", HEADER | {"country": "fr"})
