"""The master files of SAF-T: accounts, customers, suppliers and the table of taxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from ledgerflow.core.money import normalised
from reports.audit_files.elements import CODE, LONG, LONGER, MIDDLE, element
from reports.audit_files.errors import AuditCodeUnfit
from reports.audit_files.parties import CUSTOMER, SUPPLIER, PartyBalance
from reports.audit_files.reading import AuditAccount, AuditBooks
from reports.audit_files.texts import with_point

TYPES = {"asset": "Asset", "liability": "Liability", "equity": "Liability", "income": "Sale", "expense": "Expense"}
PARTY_IDS = {CUSTOMER: "CustomerID", SUPPLIER: "SupplierID"}
TAX_TYPE, TAX_NAME = "VAT", "Value added tax"
NOT_USED = "NotUsed"  # of elements that must be there and that the books do not know


def master_files(books: AuditBooks, country: str) -> Iterator[str]:
    """What the entries of the file refer to; nothing where it has none of that."""
    parts = [
        ("GeneralLedgerAccounts", [_account(books, account) for account in books.accounts.values()]),
        *((f"{role.capitalize()}s", _parties(books, role, found)) for role, found in books.parties.balances().items()),
        ("TaxTable", _taxes(books, country)),
    ]
    if any(found for _, found in parts):
        yield "<MasterFiles>\n"
        for name, found in parts:
            yield from (f"<{name}>\n", *found, f"</{name}>\n") if found else ()
        yield "</MasterFiles>\n"


def _account(books: AuditBooks, account: AuditAccount) -> str:
    parts = (
        element("AccountID", account.number, LONGER),
        element("AccountDescription", account.name, LONG),
        element("AccountType", TYPES[account.type]),
        *_balances(books, account.opening, account.closing),
    )
    return f"<Account>{''.join(parts)}</Account>\n"


def _balances(books: AuditBooks, opening: Decimal, closing: Decimal) -> Iterator[str]:
    for which, amount in (("Opening", opening), ("Closing", closing)):
        side = "Credit" if amount < 0 else "Debit"
        yield element(f"{which}{side}Balance", with_point(amount.copy_abs(), books.scale))


def _parties(books: AuditBooks, role: str, found: Sequence[PartyBalance]) -> list[str]:
    _check_codes((one.party.code for one in found), MIDDLE)
    return [_party(books, role, one) for one in found]


def _party(books: AuditBooks, role: str, found: PartyBalance) -> str:
    """One that stands on several accounts has no AccountID, which takes one."""
    party, numbers = found.party, [books.accounts[one].number for one in found.accounts if one in books.accounts]
    country = element("Country", party.country) if party.country else ""
    place = element("City", NOT_USED) + element("PostalCode", NOT_USED)
    tax = f"<TaxRegistration>{element('TaxRegistrationNumber', party.tax_id, MIDDLE)}</TaxRegistration>"
    parts = (
        element("Name", party.name or party.code, LONGER),
        f"<Address>{place}{country}</Address>",
        tax if party.tax_id else "",
        element(PARTY_IDS[role], party.code, MIDDLE),
        element("AccountID", numbers[0], LONGER) if len(numbers) == 1 else "",
        *_balances(books, found.opening, found.closing),
    )
    return f"<{role.capitalize()}>{''.join(parts)}</{role.capitalize()}>\n"


def _taxes(books: AuditBooks, country: str) -> list[str]:
    versions = list(books.taxes.between(*books.dates))
    _check_codes((one.code for one in versions), CODE)
    details = []
    for one in versions:
        parts = (
            element("TaxCode", one.code, CODE),
            element("EffectiveDate", str(one.starts_on)),
            element("ExpirationDate", str(one.ends_on)) if one.ends_on else "",
            element("Description", one.name or one.code, LONG),
            element("TaxPercentage", normalised(one.rate)),
            element("Country", country),
        )
        details.append(f"<TaxCodeDetails>{''.join(parts)}</TaxCodeDetails>\n")
    head = element("TaxType", TAX_TYPE) + element("Description", TAX_NAME)
    return [f"<TaxTableEntry>{head}\n", *details, "</TaxTableEntry>\n"] if details else []


def _check_codes(codes: Iterable[str], most: int) -> None:
    """What is cut must not become another one."""
    known: dict[str, str] = {}
    for code in codes:
        first = known.setdefault(code[:most], code)
        if first != code:
            raise AuditCodeUnfit(format="SAF-T", most=most, first=first, second=code)
