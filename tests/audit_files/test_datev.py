"""DATEV Buchungsstapel, version 13, as developer.datev.de describes it."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError, Malformed
from reports.audit_files import datev
from reports.audit_files.datev import COLUMNS
from reports.audit_files.errors import AuditAccountUnfit, AuditTooLarge
from tests.audit_files.company import NUMBERS, a_company, numbered, written
from tests.builders import a_journal, a_transfer, posted
from tests.calendars import YEAR_END, books_on

HEADER = {"consultant": "1001", "client": "7"}
# Umsatz, S/H, WKZ, Konto, Gegenkonto, BU, Belegdatum, Belegfeld 1, Buchungstext
SHOWN = (0, 1, 2, 6, 7, 8, 9, 10, 13)
OF_2026 = """
10000,00;"S";"EUR";512000;101300;"";0103;"1";"Apport initial"
1000,00;"S";"EUR";512000;707000;"40";1506;"F-1";"Été"
400,00;"S";"EUR";613200;512000;"";1506;"3";"Loyer ""juin"" \u2013 ?"
50,00;"S";"EUR";613200;408100;"";3112;"4";"Transfer"
"""


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    return a_company()


def shown(content: bytes) -> list[str]:
    """The cells that a test looks at, as they are written; all others are empty."""
    rows = content.decode("cp1252").split("\r\n")[2:-1]
    found = []
    for row in rows:
        cells = row.split(";")
        assert len(cells) == 125
        assert {cell for place, cell in enumerate(cells) if place not in SHOWN} == {""}
        found.append(";".join(cells[place] for place in SHOWN))
    return found


def test_a_stack_of_bookings(books: Entity) -> None:
    name, content = written(books.id, "datev", HEADER | {"automatic_accounts": "707000"}, to_date=YEAR_END)
    assert name == "EXTF_Buchungsstapel_20260101_20261231.csv"
    head, columns, *_ = content.decode("cp1252").split("\r\n")
    fields = head.split(";")
    assert fields[:5] == ['"EXTF"', "700", "21", '"Buchungsstapel"', "13"]
    assert len(fields[5]) == 17
    assert fields[10:17] == ["1001", "7", "20260101", "6", "20260101", "20261231", '"Boulangerie Dupré"']
    assert fields[18:22] == ["1", "0", "1", '"EUR"']
    assert len(fields) == 31
    assert columns.split(";") == list(COLUMNS)
    assert shown(content) == OF_2026.strip().splitlines()


def test_columns_are_those_of_the_format() -> None:
    assert len(COLUMNS) == 125
    wanted = {1: "Umsatz (ohne Soll/Haben-Kz)", 21: "Beleginfo - Art 1", 36: "Beleginfo - Inhalt 8",
              37: "KOST1 - Kostenstelle", 48: "Zusatzinformation - Art 1", 87: "Zusatzinformation- Inhalt 20",
              114: "Festschreibung", 120: "Land", 125: "Abw. Skontokonto"}  # fmt: skip
    assert {place: COLUMNS[place - 1] for place in wanted} == wanted


def test_a_journal_of_many_lines_is_rows_of_two_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = books_on(YEAR_END)
    numbered(entity, {"cash": "1000", "sales": "8400", "rent": "4210", "profits": "0860"})
    journal = a_journal(("cash", "100"), ("rent", "30"), ("sales", "-60"), ("profits", "-50"), ("cash", "-20"))
    posted(entity, journal)
    rows = [row.split(";") for row in shown(written(entity.id, "datev", HEADER)[1])]
    assert [(row[0], row[3], row[4]) for row in rows] == [
        ("60,00", "1000", "8400"), ("40,00", "1000", "0860"), ("10,00", "4210", "0860"), ("20,00", "4210", "1000"),
    ]  # fmt: skip
    posted(entity, a_transfer("cash", "sales", "12345678901.00"))
    with pytest.raises(AuditTooLarge, match="journal 2 has more than 10 digits"):
        written(entity.id, "datev", HEADER)
    monkeypatch.setattr(datev, "MOST_ROWS", 3)
    with pytest.raises(AuditTooLarge, match="at most 3 rows"):
        written(entity.id, "datev", HEADER)


@pytest.mark.parametrize(
    "header, dates, refusal, words",
    [
        ({"consultant": "1000"}, {}, Malformed, "Beraternummer"),
        ({"client": "0"}, {}, Malformed, "Mandantennummer"),
        ({"siren": "732829320"}, {}, Malformed, "siren is nothing that DATEV asks for"),
        ({"automatic_accounts": "707000;"}, {}, Malformed, "with commas between"),
        ({}, {"from_date": date(2026, 6, 1), "to_date": date(2027, 1, 1)}, Malformed, "a part of it"),
    ],
)
def test_a_stack_that_would_say_something_else_is_refused(
    books: Entity, header: dict[str, str], dates: dict[str, date], refusal: type[LedgerError], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        written(books.id, "datev", HEADER | header, **dates)


def test_numbers_have_one_length() -> None:
    entity = books_on(YEAR_END)
    posted(entity, a_transfer("cash", "sales", "1"))
    numbered(entity, {"cash": "1000", "sales": "84000"})
    with pytest.raises(AuditAccountUnfit, match="all numbers have as many digits, and account cash has another length"):
        written(entity.id, "datev", HEADER)
    numbered(entity, {"sales": "1.000"})
    with pytest.raises(AuditAccountUnfit, match=r'Account sales cannot stand in DATEV as "1\.000": .* 4 to 8 digits'):
        written(entity.id, "datev", HEADER)


def test_any_reader_of_csv_reads_it(books: Entity) -> None:
    content = written(books.id, "datev", HEADER, to_date=YEAR_END)[1].decode("cp1252")
    rows = list(csv.reader(io.StringIO(content), delimiter=";"))[2:]
    assert rows[2][13] == 'Loyer "juin" \u2013 ?'
    assert {row[6] for row in rows} | {row[7] for row in rows} == set(NUMBERS.values()) - {NUMBERS["profits"]}
