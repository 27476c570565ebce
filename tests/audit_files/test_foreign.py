"""Foreign accounts in audit files: lines at their base amounts, which come to what functional reports show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from defusedxml import ElementTree

from fx.deals.role_accounts import open_missing
from fx.deals.settlement import reverse_settlement
from fx.functional.own_rates import carry_at
from fx.rates.errors import RateMissing
from journals.periods.use_cases import close_period, make_fiscal_year
from journals.periods.year_end import close_year
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from reports.audit_files.errors import AuditBaseChanged, AuditNeedsRounding
from reports.audit_files.reading import AuditLine, audit_books
from reports.statements.trial import FROM_ROUNDING
from tests.audit_files.company import SIREN, numbered, written
from tests.audit_files.test_saft import HEADER as SAFT
from tests.audit_files.test_saft import NAMESPACE, local, out_of_order, texts
from tests.bases.test_kuna import LAST, SWITCH, in_kuna
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.calendars import NEW_YEAR, YEAR_END, YEAR_START, months, year
from tests.functional.test_years import year_end
from tests.functional.worksheets import a_rate, books, closed, dollars, journal_of, moved, trial
from tests.trading import an_exchange

D = Decimal
EVE = date(2026, 12, 30)
NUMBERS = {
    "BANK-EUR": "512001", "BANK-USD": "512002", "BANK-JPY": "512003", "BANK-USD-VALUATION": "512802",
    "BANK-JPY-VALUATION": "512803", "CAPITAL": "101300", "COSTS-USD": "613200", "FX-CLEARING-EUR": "580001",
    "FX-CLEARING-USD": "580002", "FX-REALISED-GAIN-EUR": "766001", "FX-UNREALISED-GAIN-EUR": "766002",
    "FX-ROUNDING-EUR": "668000", "FX-SPREAD-USD": "627000", "SALES-JPY": "707003", "SALES-USD": "707002",
    "TIPS-USD": "708002", "PROFITS": "110000",
}  # fmt: skip
DATEV = {"consultant": "1001", "client": "7"}


@pytest.fixture(scope="module")
def house(_database: None) -> Entity:
    """Sales in dollars at 0.87654, one at 0.80 by contract, an exchange with a spread, yen; the next year is open."""
    entity = books(EVE)
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    an_account(entity, "BANK-EUR")
    an_account(entity, "TIPS-USD", "income", currency="USD")
    dollars(entity, "JPY")
    for code, rate, day in (("USD", "0.87654", EVE), ("JPY", "0.0061234", EVE), ("USD", "0.91", YEAR_END),
                            ("JPY", "0.0062", YEAR_END), ("USD", "0.95", NEW_YEAR)):  # fmt: skip
        a_rate(entity, day, rate, code)
    posted(entity, a_transfer("BANK-EUR", "CAPITAL", "10000"))
    for amount in ("10.01", "10.02", "10.03", "0.01"):
        moved(entity, "BANK-USD", "SALES-USD", amount)
    journal_of(entity, a_journal(("BANK-USD", "33.33"), ("BANK-JPY", "101"), ("SALES-USD", "-11.11"),
                                 ("SALES-USD", "-22.22"), ("SALES-JPY", "-101")))  # fmt: skip
    moved(entity, "BANK-JPY", "SALES-JPY", "1")
    agreed = moved(entity, "BANK-USD", "SALES-USD", "100.03")
    carry_at(entity.id, agreed.id, "0.80", key="agreed", actor="test")
    an_exchange(entity, "BANK-EUR", "BANK-USD", "500", spread="0.1")
    closed(entity, EVE)
    moved(entity, "COSTS-USD", "BANK-USD", "7.77")
    journal_of(entity, a_journal(("BANK-USD", "1.20"), ("SALES-USD", "-0.60"), ("TIPS-USD", "-0.60")))
    closed(entity, YEAR_END)
    posted(entity, a_transfer("COSTS-USD", "BANK-USD", "1.03", effective_date=YEAR_END, layer="adjustment"))
    for month in months(entity):
        close_period(entity.id, month.id, actor="test")
    close_year(entity.id, year(entity).id, key="year-end", actor="test")
    moved(entity, "BANK-USD", "SALES-USD", "20.03")
    numbered(entity, NUMBERS)
    return entity


def lines_of(entity: Entity, to: date) -> tuple[dict[str, tuple[Decimal, Decimal]], list[list[AuditLine]]]:
    """Opening and closing balance by account, and the lines of each journal."""
    with audit_books(entity.id, None, to) as found:
        return {one.code: (one.opening, one.closing) for one in found.accounts.values()}, [
            list(entry) for entry in found.entries()
        ]


def joined(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """As functional reports join lines: valuations, clearing, retained earnings, and what rounding leaves."""
    found: dict[str, Decimal] = defaultdict(lambda: D(0))
    for code, amount in amounts:
        name = re.sub("-VALUATION(-EUR)?$", "", code)
        name = {FROM_ROUNDING: "FX-ROUNDING-EUR"}.get(name, name)
        name = re.sub(r"^(FX-CLEARING|PROFITS).*", r"\1", name)
        found[name] += amount
    return {name: amount for name, amount in found.items() if amount}


def functional(entity: Entity, day: date, view: str) -> dict[str, Decimal]:
    return joined((name, D(amount)) for name, amount in trial(entity, day, view=view).items())


@pytest.mark.parametrize("day", [YEAR_END, NEW_YEAR], ids=["measured", "open"])
def test_files_tie_to_the_functional_trial_balance(house: Entity, day: date) -> None:
    balances, journals = lines_of(house, day)
    assert {sum(line.amount for line in lines) for lines in journals} == {D(0)}
    assert sum(opening for opening, _ in balances.values()) == 0
    view = "adjusted" if day == YEAR_END else "after"
    assert joined((code, closing) for code, (_, closing) in balances.items()) == functional(house, day, view)
    for line in (line for lines in journals for line in lines):
        if line.foreign:
            assert abs(line.amount - line.foreign.amount * line.foreign.rate) < D("0.01")
            assert line.amount * line.foreign.amount >= 0


# Journal, account, debit, credit, amount and currency of the last two columns.
FEC = """
6 512002 29,22 0,00 33,33 USD
6 512003 0,62 0,00 101 JPY
6 707002 0,00 9,74 -11,11 USD
6 707002 0,00 19,48 -22,22 USD
6 707003 0,00 0,62 -101 JPY
7 512003 0,00 0,00 1 JPY
7 707003 0,00 0,00 -1 JPY
8 512002 80,02 0,00 100,03 USD
8 707002 0,00 80,02 -100,03 USD
9 512001 0,00 500,00
9 580001 500,00 0,00
10 580002 0,00 500,00 -570,42 USD
10 512002 499,50 0,00 569,85 USD
10 627000 0,50 0,00 0,57 USD
13 512002 1,09 0,00 1,20 USD
13 707002 0,00 0,55 -0,60 USD
13 708002 0,00 0,55 -0,60 USD
13 668000 0,01 0,00
"""
FEC_OPENS = """
512002 628,17 0,00 725,68 USD
512003 0,62 0,00 102 JPY
580002 0,00 500,00 -570,42 USD
"""
# Umsatz, WKZ, Kurs, Basis-Umsatz, WKZ, Konto, Gegenkonto; what the format cannot hold is additional information.
DATEV_ROWS = """
11,11;"USD";1,140849;9,74;"EUR";512002;707002
22,22;"USD";1,140849;19,48;"EUR";512002;707002
101,00;"JPY";163,307966;0,62;"EUR";512003;707003
100,03;"USD";1,250000;80,02;"EUR";512002;707002
500,00;"EUR";;;;580001;512001
569,85;"USD";1,140841;499,50;"EUR";512002;580002
0,57;"USD";1,140000;0,50;"EUR";627000;580002
0,60;"USD";1,098901;0,55;"EUR";512002;707002
0,60;"USD";1,098901;0,54;"EUR";512002;708002
0,01;"EUR";;;;668000;708002
"""
SIE = """
   #TRANS 512002 {} 1.09
   #TRANS 707002 {} -0.55
   #TRANS 708002 {} -0.55
   #TRANS 668000 {} 0.01 20261231 "Exchange difference from rounding"
"""
SHOWN = {"6", "7", "8", "9", "10", "13"}


def test_fec_and_sie_have_base_amounts(house: Entity) -> None:
    def rows(day: date) -> list[list[str]]:
        content = written(house.id, "fec", {"siren": SIREN}, to_date=day)[1].decode("iso8859-15")
        return [line.split("\t") for line in content.splitlines()[1:]]

    def shown(row: list[str], first: int) -> str:
        return " ".join(filter(None, (*row[first:5:2], *row[11:13], *row[16:])))

    assert [shown(row, 2) for row in rows(YEAR_END) if row[2] in SHOWN] == FEC.strip().splitlines()
    opened = [shown(row, 4) for row in rows(NEW_YEAR) if row[0] == "AN" and row[16]]
    assert opened == FEC_OPENS.strip().splitlines()
    assert SIE.strip("\n").replace("\n", "\r\n") in written(house.id, "sie", {}, to_date=YEAR_END)[1].decode("cp437")


def test_rows_of_datev_have_rate_and_both_amounts(house: Entity) -> None:
    content = written(house.id, "datev", DATEV, to_date=YEAR_END)[1].decode("cp1252")
    rows = [line.split(";") for line in content.splitlines()[2:]]
    shown = [";".join((row[0], *row[2:8])) for row in rows if row[10].strip('"') in SHOWN]
    assert shown == DATEV_ROWS.strip().splitlines()
    entity = books(EVE)
    a_rate(entity, EVE, "1.1523")  # pounds would have such a rate: no less than 1 of them for a euro can be said
    moved(entity, "BANK-USD", "SALES-USD", "100")
    numbered(
        entity,
        {
            one: str(8000 + place)
            for place, one in enumerate(NUMBERS)
            if one in {"BANK-USD", "SALES-USD", "FX-ROUNDING-EUR"}
        },
    )
    row = written(entity.id, "datev", DATEV)[1].decode("cp1252").splitlines()[2].split(";")
    assert [*row[:6], *row[47:49]] == ["115,23", '"S"', '"EUR"', "", "", "", '"Fremdwährung"', '"100,00 USD"']


def test_saf_t_says_currency_amount_and_rate(house: Entity) -> None:
    tree = ElementTree.fromstring(written(house.id, "saf-t", SAFT, to_date=YEAR_END)[1])
    assert list(out_of_order(tree)) == []
    (entries,) = tree.iter(f"{NAMESPACE}GeneralLedgerEntries")
    totals = texts(entries, "NumberOfEntries", "TotalDebit", "TotalCredit")
    found = [amount for side in ("Debit", "Credit") for amount in tree.iter(f"{NAMESPACE}{side}Amount")]
    assert totals == ["15", "11177.53", "11177.53"]
    assert sum(D(texts(amount, "Amount")[0]) for amount in found) == 2 * D(totals[1])
    (agreed, _) = (one for one in found if texts(one, "CurrencyAmount") == ["100.03"])
    assert [(local(one), one.text) for one in agreed] == [
        ("Amount", "80.02"), ("CurrencyCode", "USD"), ("CurrencyAmount", "100.03"), ("ExchangeRate", "0.80000000"),
    ]  # fmt: skip


def test_books_that_have_no_amounts_in_base_currency_are_refused_by_name() -> None:
    entity = an_entity(business_date=EVE)
    an_account(entity, "512", currency="USD")
    an_account(entity, "707", "income", currency="USD")
    posted(entity, a_transfer("512", "707", "1.5"))
    with pytest.raises(AuditNeedsRounding, match="no account has the role rounding"):
        written(entity.id, "sie", {})
    an_account(entity, "668", "expense", role="rounding")
    with pytest.raises(RateMissing, match="2026-12-30"):
        written(entity.id, "sie", {})
    a_rate(entity, EVE, "0.5")
    assert b"#TRANS 512 {} 0.75" in written(entity.id, "sie", {})[1]


def test_a_year_over_a_change_of_the_base_currency_is_refused() -> None:
    entity = in_kuna()
    moved(entity, "BANK", "SALES", "753.45")
    make_fiscal_year(entity.id, date(2022, 1, 1), actor="test")
    year_end(entity, 2022)
    open_missing(entity.id, ["USD"], actor="test")
    with pytest.raises(AuditBaseChanged, match="2023-01-01"):
        written(entity.id, "saf-t", SAFT, from_date=LAST, to_date=SWITCH)
    in_old = ElementTree.fromstring(written(entity.id, "saf-t", SAFT, to_date=LAST)[1])
    assert [one.text for one in in_old.iter(f"{NAMESPACE}DefaultCurrencyCode")] == ["HRK"]
    (dollars_,) = (one for one in in_old.iter(f"{NAMESPACE}Account") if one[0].text == "BANK-USD")
    assert texts(dollars_, "ClosingDebitBalance") == ["7064.04"]
    in_new = ElementTree.fromstring(written(entity.id, "saf-t", SAFT, to_date=SWITCH)[1])
    accounts = {one[0].text: [child.text for child in one][3:] for one in in_new.iter(f"{NAMESPACE}Account")}
    assert accounts["BANK"] == ["10011.95", "10111.95"]
    assert accounts["BANK-USD"] == ["937.56", "937.56"]
    assert accounts["PROFITS-EUR"] == ["1949.51", "1949.51"]


def test_cents_between_lines_and_their_day_go_to_the_lines_that_lost_most() -> None:
    """3 x 0.60 x 0.91 are 3 x 0.546, 1.64 together; 100.00 at an agreed 0.80, an exchange at 0.91, both taken back."""
    entity = books(EVE)
    a_rate(entity, EVE, "0.91")
    for _ in range(3):
        moved(entity, "BANK-USD", "SALES-USD", "0.60")
    agreed = moved(entity, "BANK-USD", "SALES-USD", "100")
    carry_at(entity.id, agreed.id, "0.80", key="agreed", actor="test")
    an_account(entity, "BANK-EUR")
    exchange = an_exchange(entity, "BANK-EUR", "BANK-USD", "91").settlement
    closed(entity, EVE)
    a_rate(entity, YEAR_END, "1.00")
    reverse_journal(entity.id, agreed.id, key="back", actor="test")
    reverse_settlement(entity.id, exchange.id, key="exchange", actor="test")
    _, journals = lines_of(entity, YEAR_END)
    amounts = [[str(line.amount) for line in lines] for lines in journals if lines[0].kind != "fx_revaluation"]
    assert amounts == [
        ["0.54", "-0.54"], ["0.55", "-0.55"], ["0.55", "-0.55"], ["80.00", "-80.00"], ["-91.00", "91.00"],
        ["-91.00", "91.00"], ["-80.00", "80.00"], ["91.00", "-91.00"], ["91.00", "-91.00"],
    ]  # fmt: skip
