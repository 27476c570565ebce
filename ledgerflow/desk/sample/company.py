"""The sample company as it stands before its first day: 60 accounts, whom it trades with, and where its money is."""

from __future__ import annotations

from typing import Any, NamedTuple

from accounts.specs import AccountSpec

NAME = "Hansen & Söhne"
DIMENSIONS = ("cost_centre", "party")
COST_CENTRES = ("PLANT", "SALES", "OFFICE")
IBAN = "DE89370400440532013000"
BANK, DOLLARS, TRANSIT, SUSPENSE = "1020", "1030", "1595", "1590"
RECEIVABLES, PAYABLES, PAYABLES_IN_DOLLARS = "1200", "3300", "3310-USD"
INPUT_TAX, OUTPUT_TAX, CAPITAL = "1400", "3806", "2000"
DEPOSITS = "3500"  # of customers, of which some are held

_HEADERS = {
    "0": ("Fixed assets", "asset"), "1": ("Current assets", "asset"), "2": ("Equity", "equity"),
    "3": ("Liabilities", "liability"), "4": ("Income", "income"), "5": ("Material and goods", "expense"),
    "6": ("Operating costs", "expense"), "7": ("Interest and taxes", "expense"),
}  # fmt: skip
_NAMES = {
    "0200": "Land and buildings", "0400": "Machinery", "0500": "Vehicles", "0650": "Office equipment",
    "1010": "Cash in hand", "1020": "Sparkasse, current account", "1040": "Savings account", "1140": "Raw materials",
    "1160": "Finished goods", "1200": "Receivables from customers", "1220": "Other receivables",
    "1400": "Input VAT 19 %", "1590": "Suspense", "1595": "Money in transit", "1900": "Prepaid expenses",
    "2000": "Capital", "2100": "Retained earnings", "2900": "Result of the year",
    "3050": "Provisions for warranties", "3150": "Bank loan", "3300": "Payables to suppliers",
    "3500": "Deposits of customers",
    "3720": "Wages payable", "3730": "Social security payable", "3806": "Output VAT 19 %", "3900": "Deferred income",
    "4000": "Sales, Germany", "4120": "Sales, exports", "4200": "Services", "4830": "Other income",
    "4840": "Exchange gains",
    "5000": "Raw materials used", "5200": "Goods for resale", "5900": "Subcontractors",
    "6000": "Wages", "6020": "Salaries", "6110": "Social security", "6310": "Rent", "6325": "Gas, electricity, water",
    "6400": "Insurance", "6470": "Repairs", "6520": "Vehicle costs", "6600": "Advertising", "6650": "Travel",
    "6740": "Outgoing freight", "6815": "Office supplies", "6820": "Telephone and internet", "6855": "Bank charges",
    "6880": "Exchange losses", "7310": "Interest on loans",
}  # fmt: skip
_ROLES = {
    "1590": "suspense",
    "1595": "transit",
    "1010": "cash",
    "1020": "cash",
    "1040": "cash",
    "2100": "retained_earnings",
}


class TradingParty(NamedTuple):
    code: str
    name: str
    account: str  # of what is bought from, or sold to, them


CUSTOMERS = (
    TradingParty("D10012", "Ørsted Maschinenbau ApS", "4120"), TradingParty("D10019", "Bäckerei Lindner KG", "4000"),
    TradingParty("D10023", "Weber Fördertechnik GmbH", "4000"), TradingParty("D10031", "Schlosserei Krüger", "4000"),
    TradingParty("D10044", "Stadtwerke Celle", "4200"), TradingParty("D10058", "Van Dijk Logistiek B.V.", "4120"),
    TradingParty("D10063", "Molkerei Alpenblick eG", "4000"), TradingParty("D10077", "Kovács és Társa Kft.", "4120"),
)  # fmt: skip
SUPPLIERS = (
    TradingParty("K70004", "Stahlhandel Peters GmbH", "5000"), TradingParty("K70011", "Fräser & Partner", "5900"),
    TradingParty("K70015", "Nordstrom Energie AG", "6325"), TradingParty("K70020", "Spedition Böttcher", "6740"),
    TradingParty("K70026", "Immobilien Hof 12 GbR", "6310"), TradingParty("K70033", "Papier Union", "6815"),
    TradingParty("K70040", "Autohaus Mey", "6520"), TradingParty("K70048", "Telekom Geschäftskunden", "6820"),
)  # fmt: skip
OVERSEAS = (
    TradingParty("K71002", "Great Lakes Bearings Inc.", "5200"),
    TradingParty("K71009", "Pacific Toolworks LLC", "5200"),
)


def chart() -> list[AccountSpec]:
    """Headers first; what is owed in dollars, and the money for it, beside the accounts in euro."""
    headers = [AccountSpec(code, name, "EUR", type_, is_header=True) for code, (name, type_) in _HEADERS.items()]
    accounts = [_account(code, name) for code, name in _NAMES.items()]
    dollars = [
        _account(DOLLARS, "Commerzbank, dollars", currency="USD", role="cash"),
        _account(PAYABLES_IN_DOLLARS, "Payables to suppliers in dollars", currency="USD"),
    ]
    return [*headers, *accounts, *dollars]


def _account(code: str, name: str, **more: Any) -> AccountSpec:
    parent = code[0]
    given = {"currency": "EUR", "parent": parent, "role": _ROLES.get(code, "")} | more
    return AccountSpec(code=code, name=name, type=_HEADERS[parent][1], **given)
