"""Audit files of a small company, line by line as the specifications want them.

FEC: article A47 A-1 of the Livre des procédures fiscales. SIE: SIE-Gruppen, "SIE filformat", edition 4B.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from journals.series.numbering import Series, make_series
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError, Malformed
from reports.audit_files.errors import AuditAccountUnfit, AuditCurrencyUnfit, AuditNeedsRounding, AuditYearsOpen
from reports.statements.trial import trial_balance
from tests.audit_files.company import NUMBERS, SIREN, a_company, numbered, written
from tests.builders import a_journal, a_transfer, an_account, an_entity, posted
from tests.calendars import NEW_YEAR, YEAR_END, books_on
from tests.client import ApiClient

D = Decimal
ORGNR = "556016-0680"
HEADERS = {"fec": {"siren": SIREN}, "sie": {"organisation_number": ORGNR}}
FEC_COLUMNS = [
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
]  # fmt: skip
FEC_2026 = """
TRANSFER|Transfer|1|20260301|512000|cash|||1|20260301|Apport initial|10000,00|0,00|||DAY||
TRANSFER|Transfer|1|20260301|101300|Capital souscrit|||1|20260301|Apport initial|0,00|10000,00|||DAY||
TRANSFER|Transfer|2|20260615|512000|cash|||F-1|20260615|Été|1000,00|0,00|||DAY||
TRANSFER|Transfer|2|20260615|707000|sales|||F-1|20260615|Été|0,00|1000,00|||DAY||
TRANSFER|Transfer|3|20260615|613200|rent|||3|20260615|Loyer "juin" - ?|400,00|0,00|||DAY||
TRANSFER|Transfer|3|20260615|512000|cash|||3|20260615|Loyer "juin" - ?|0,00|400,00|||DAY||
TRANSFER|Transfer|4|20261231|613200|rent|||4|20261231|Transfer|50,00|0,00|||DAY||
TRANSFER|Transfer|4|20261231|408100|Factures non parvenues|||4|20261231|Transfer|0,00|50,00|||DAY||
"""
FEC_2027_OPENS = """
AN|A nouveaux|1|20270101|101300|Capital souscrit|||AN|20270101|A nouveaux|0,00|10000,00|||20270101||
AN|A nouveaux|1|20270101|110000|profits|||AN|20270101|A nouveaux|0,00|550,00|||20270101||
AN|A nouveaux|1|20270101|408100|Factures non parvenues|||AN|20270101|A nouveaux|0,00|50,00|||20270101||
AN|A nouveaux|1|20270101|512000|cash|||AN|20270101|A nouveaux|10600,00|0,00|||20270101||
"""
SIE_2026 = r"""
#FLAGGA 0
#PROGRAM "LedgerFlow" "VERSION"
#FORMAT PC8
#GEN DAY
#SIETYP 4
#ORGNR 556016-0680
#FNAMN "Boulangerie Dupré"
#RAR 0 20260101 20261231
#VALUTA EUR
#KONTO 101300 "Capital souscrit"
#KTYP 101300 S
#KONTO 408100 "Factures non parvenues"
#KTYP 408100 S
#KONTO 512000 "cash"
#KTYP 512000 T
#KONTO 613200 "rent"
#KTYP 613200 K
#KONTO 707000 "sales"
#KTYP 707000 I
#IB 0 101300 0.00
#IB 0 408100 0.00
#IB 0 512000 0.00
#UB 0 101300 -10000.00
#UB 0 408100 -50.00
#UB 0 512000 10600.00
#RES 0 613200 450.00
#RES 0 707000 -1000.00
#VER "transfer" "1" 20260301 "Apport initial" DAY
{
   #TRANS 512000 {} 10000.00
   #TRANS 101300 {} -10000.00
}
#VER "transfer" "2" 20260615 "Été" DAY
{
   #TRANS 512000 {} 1000.00
   #TRANS 707000 {} -1000.00
}
#VER "transfer" "3" 20260615 "Loyer \"juin\" - ?" DAY
{
   #TRANS 613200 {} 400.00
   #TRANS 512000 {} -400.00
}
#VER "transfer" "4" 20261231 "Transfer" DAY
{
   #TRANS 613200 {} 50.00
   #TRANS 408100 {} -50.00
}
"""
SIE_2027_BALANCES = """
#IB 0 101300 -10000.00
#IB 0 110000 -550.00
#IB 0 408100 -50.00
#IB 0 512000 10600.00
#UB 0 101300 -10000.00
#UB 0 110000 -550.00
#UB 0 408100 -50.00
#UB 0 512000 10800.00
#RES 0 613200 100.00
#RES 0 707000 -300.00
"""


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return a_company()


def rows_of(content: bytes) -> list[list[str]]:
    """Rows of an FEC; the day of validation is the day of the test."""
    *lines, nothing = content.decode("iso8859-15").split("\r\n")
    assert not nothing
    rows = [line.split("\t") for line in lines]
    assert {len(row) for row in rows} == {18}
    return rows


def typed(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def test_an_fec_has_the_columns_and_entries_of_the_article(books: Entity) -> None:
    name, content = written(books.id, "fec", HEADERS["fec"], to_date=YEAR_END)
    assert name == "732829320FEC20261231.txt"
    head, *rows = rows_of(content)
    assert head == FEC_COLUMNS
    assert all(re.fullmatch(r"20\d{6}", row[15]) for row in rows)
    assert [[*row[:15], "DAY", *row[16:]] for row in rows] == typed(FEC_2026)


def test_the_next_fec_takes_over_what_the_year_end_left(books: Entity) -> None:
    name, content = written(books.id, "fec", HEADERS["fec"])
    rows = rows_of(content)[1:]
    assert name == "732829320FEC20271231.txt"
    assert rows[:4] == typed(FEC_2027_OPENS)
    assert [(row[2], row[4], row[11], row[12]) for row in rows[4:]] == [
        ("6", "512000", "300,00", "0,00"), ("6", "707000", "0,00", "300,00"),
        ("7", "613200", "100,00", "0,00"), ("7", "512000", "0,00", "100,00"),
    ]  # fmt: skip


def test_a_sie_file_has_the_items_of_the_specification(books: Entity) -> None:
    name, content = written(books.id, "sie", HEADERS["sie"], to_date=YEAR_END)
    text = re.sub(r'(#GEN |" )20\d{6}\r\n', r"\1DAY\r\n", content.decode("cp437"))
    text = re.sub(r'(#PROGRAM "LedgerFlow") ".*"', r'\1 "VERSION"', text)
    assert name == f"{books.code}-20261231.se"
    assert text == SIE_2026.lstrip().replace("\n", "\r\n")
    later = written(books.id, "sie", {}, to_date=NEW_YEAR)[1].decode("cp437").split("\r\n")
    assert [line for line in later if re.match("#(IB|UB|RES)", line)] == SIE_2027_BALANCES.strip().splitlines()
    assert "#RAR 0 20270101 20271231" in later
    assert "#OMFATTN 20270101" in later


@pytest.mark.parametrize("day", [YEAR_END, NEW_YEAR])
def test_files_tie_to_the_trial_balance(books: Entity, day: date) -> None:
    """Movements of each account are those of the trial balance without closing entries, in each format."""
    report = trial_balance(books.id, from_date=date(day.year, 1, 1), to_date=day, view="adjusted")
    wanted = {
        NUMBERS[row.account]: (D(row.amounts["movement_debit"]), D(row.amounts["movement_credit"]))
        for row in report.blocks[0].rows if row.account in NUMBERS and row.kind == "account"
        and (D(row.amounts["movement_debit"]) or D(row.amounts["movement_credit"]))
    }  # fmt: skip
    assert moved_in_fec(written(books.id, "fec", HEADERS["fec"], to_date=day)[1]) == wanted
    assert moved_in_sie(written(books.id, "sie", {}, to_date=day)[1]) == wanted


def moved_in_fec(content: bytes) -> dict[str, tuple[Decimal, Decimal]]:
    amounts = [
        (row[4], D(row[11].replace(",", ".")) - D(row[12].replace(",", ".")))
        for row in rows_of(content)[1:] if row[0] != "AN"
    ]  # fmt: skip
    return sides(amounts)


def moved_in_sie(content: bytes) -> dict[str, tuple[Decimal, Decimal]]:
    found = re.findall(r"#TRANS (\d+) \{\} (-?[\d.]+)", content.decode("cp437"))
    return sides([(number, D(amount)) for number, amount in found])


def sides(amounts: list[tuple[str, Decimal]]) -> dict[str, tuple[Decimal, Decimal]]:
    found: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (D(0), D(0)))
    for number, amount in amounts:
        debits, credits_ = found[number]
        found[number] = (debits + max(amount, D(0)), credits_ + max(-amount, D(0)))
    return dict(found)


@pytest.mark.parametrize(
    "kind, header, dates, refusal, words",
    [
        ("fec", {}, {}, Malformed, "siren is a SIREN"),
        ("fec", {"siren": "732829321"}, {}, Malformed, "its check digit"),
        ("fec", {"siren": "٧٣٢٨٢٩٣٢٠"}, {}, Malformed, "siren"),
        ("sie", {"organisation_number": "556016-0681"}, {}, Malformed, "organisationsnummer"),
        (
            "fec",
            {"siren": SIREN},
            {"from_date": date(2026, 2, 1), "to_date": YEAR_END},
            Malformed,
            "from its first day",
        ),
        ("sie", {}, {"from_date": date(2026, 1, 1), "to_date": NEW_YEAR}, Malformed, "one fiscal year"),
        ("sie", {}, {"to_date": date(2027, 1, 2)}, LedgerError, "2027-01-02"),
    ],
)
def test_a_file_that_would_say_something_else_is_refused(
    books: Entity, kind: str, header: dict[str, str], dates: dict[str, date], refusal: type[LedgerError], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        written(books.id, kind, header, **dates)


def test_books_that_a_format_cannot_hold_are_refused_by_name() -> None:
    entity = books_on(YEAR_END)
    posted(entity, a_transfer("cash", "sales", "100"))
    with pytest.raises(AuditAccountUnfit, match='Account cash cannot stand in FEC as "cash"'):
        written(entity.id, "fec", HEADERS["fec"])
    numbered(entity, {"cash": "512", "sales": "512"})
    with pytest.raises(AuditAccountUnfit, match="account cash has that number"):
        written(entity.id, "sie", {})
    numbered(entity, {"sales": "707"})
    an_account(entity, "till", currency="USD")
    an_account(entity, "tips", "income", currency="USD")
    assert written(entity.id, "sie", {})[1].count(b"#KONTO") == 2
    posted(entity, a_transfer("till", "tips", "5"))
    with pytest.raises(AuditNeedsRounding, match="leave cents in EUR"):
        written(entity.id, "fec", HEADERS["fec"])


def test_years_that_are_not_closed_and_other_money_are_refused() -> None:
    entity = an_entity(base_currency="KWD", business_date=date(2027, 3, 1))
    an_account(entity, "512", currency="KWD")
    an_account(entity, "707", "income", currency="KWD")
    posted(entity, a_transfer("512", "707", "1.500", effective_date=date(2026, 3, 1)))
    with pytest.raises(AuditYearsOpen, match=re.escape("before 2027-01-01 stand at 1.500 KWD")):
        written(entity.id, "sie", {})
    with pytest.raises(AuditCurrencyUnfit, match="SIE 4 cannot hold KWD: its amounts have at most 2 decimals"):
        written(entity.id, "sie", {}, to_date=YEAR_END)
    with pytest.raises(AuditCurrencyUnfit, match="its amounts are in EUR"):
        written(entity.id, "fec", HEADERS["fec"], to_date=YEAR_END)


def test_journals_of_a_series_have_its_numbers() -> None:
    entity = books_on(YEAR_END)
    numbered(entity, {"cash": "512000", "sales": "707000"})
    posted(entity, a_transfer("cash", "sales", "1"))
    series = Series("VE", "Ventes", "VE-{year}-{number:03}", ("manual",))
    make_series(entity.id, series, key="k", actor="test")
    posted(entity, a_journal(("cash", "1"), ("sales", "-1")))
    rows = rows_of(written(entity.id, "fec", HEADERS["fec"])[1])[1:]
    assert [row[:3] for row in rows[::2]] == [["TRANSFER", "Transfer", "1"], ["VE", "Manual", "VE-2026-001"]]
    assert b'#VER "VE" "VE-2026-001" 20261231' in written(entity.id, "sie", {})[1]


def test_the_api_and_the_command_give_the_same_file(books: Entity, tmp_path: Path) -> None:
    client = ApiClient(books, "read")
    response: Any = client._client.get(
        "/api/audit-files/fec", {"to": "2026-12-31", "siren": SIREN}, headers=client._headers({})
    )
    content = b"".join(response.streaming_content)
    response.close()
    assert response["Content-Disposition"] == 'attachment; filename="732829320FEC20261231.txt"'
    call_command(
        "export_audit_file", "fec", "--entity", books.code, "--to", "2026-12-31", "--folder", str(tmp_path),
        "--header", f"siren={SIREN}",
    )  # fmt: skip
    assert (tmp_path / "732829320FEC20261231.txt").read_bytes() == content
    assert list(tmp_path.iterdir()) == [tmp_path / "732829320FEC20261231.txt"]
    assert client.get("/api/audit-files/fec").code == "malformed"
    assert client.get("/api/audit-files/fec", {"siren": "1"}).pointers == ["/siren"]
