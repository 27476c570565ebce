"""DATEV-Format, Buchungsstapel: EXTF 700, category 21, version 13 (developer.datev.de, "Formatbeschreibung").

Windows-1252, semicolons, texts in quotation marks, decimal commas; amounts without a sign, with S (debit) or H (credit)
of the first account. A row has two accounts, so a journal of more lines becomes several rows: its debits are set
against its credits in their order, and each account comes to what it has in the books. Opening balances are not in it.

A row of foreign accounts has the amount in their currency (*Umsatz*), the rate (*Kurs*, foreign for one unit of base
currency) and the amount in base currency (*Basis-Umsatz*). Where the format cannot hold these (a rate below 1 or of
five digits, three decimals, a pair without the euro), the row is in base currency, and the foreign amount is
additional information.

Tax is booked in the books already. An account that DATEV computes tax on by itself (*Automatikkonto*) would have it
twice: rows on the `automatic_accounts` bear the key 40, which switches that off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import NamedTuple

from fx.rates.conversion import PRECISE
from ledgerflow.core.money import CONTEXT, ZERO, quantum
from reports.audit_files.errors import AuditTooLarge
from reports.audit_files.foreign import ForeignAmount
from reports.audit_files.reading import AuditBooks, AuditLine
from reports.audit_files.shapes import AuditFormat, Header, HeaderField
from reports.audit_files.texts import encodable, holds, one_line, with_comma

ENCODING = "cp1252"
END = "\r\n"
MOST_ROWS, MOST_DIGITS = 99_999, 10
MAX_TEXT, MAX_DOCUMENT, MAX_LABEL = 60, 36, 30
MOST_MINOR_UNITS, RATE_DECIMALS, BEYOND_RATES = 2, 6, 10_000
NO_AUTOMATISM, EURO, FOREIGN = "40", "EUR", "Fremdwährung"
_NOT_IN_DOCUMENT = re.compile(r"[^A-Za-z0-9$&%*+\-/]")
COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz", "WKZ Basis-Umsatz",
    "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum", "Belegfeld 1", "Belegfeld 2", "Skonto",
    "Buchungstext", "Postensperre", "Diverse Adressnummer", "Geschäftspartnerbank", "Sachverhalt", "Zinssperre",
    "Beleglink", *(f"Beleginfo - {part} {n}" for n in range(1, 9) for part in ("Art", "Inhalt")),
    "KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)",
    "EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L",
    "BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung",
    *(f"Zusatzinformation{part} {n}" for n in range(1, 21) for part in (" - Art", "- Inhalt")),
    "Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp",
    "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)",
    "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz",
    "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername", "Beteiligtennummer",
    "Identifikationsnummer", "Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt",
    "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit",
    "Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position", "EU-Land u. UStID (Ursprung)",
    "EU-Steuersatz (Ursprung)", "Abw. Skontokonto",
)  # fmt: skip
PLACES = {name: COLUMNS.index(name) for name in COLUMNS}


class BookedPair(NamedTuple):
    """A debit set against a credit: the lines, the amount that both have, and what that is in their own currency."""

    debit: AuditLine
    credit: AuditLine
    amount: Decimal
    foreign: ForeignAmount | None = None


class _Rest:
    """What is not set against anything of a line yet: in base currency and in its own."""

    def __init__(self, line: AuditLine) -> None:
        self.line = line
        self.amount = line.amount.copy_abs()
        self.there = line.foreign.amount.copy_abs() if line.foreign else ZERO

    def take(self, amount: Decimal, there: Decimal) -> None:
        self.amount, self.there = CONTEXT.subtract(self.amount, amount), CONTEXT.subtract(self.there, there)


def pairs(lines: Iterable[AuditLine]) -> Iterator[BookedPair]:
    """The debits of a journal against its credits, in their order; what is left of one goes on to the next.

    Within each currency first; what rounding leaves there against the rest. Lines worth nothing have no row.
    """
    rests = [_Rest(line) for line in lines if line.amount]
    currencies = dict.fromkeys(_currency_of(rest.line) for rest in rests)
    for currency in currencies if len(currencies) > 1 else ():
        yield from _paired([rest for rest in rests if _currency_of(rest.line) == currency])
    yield from _paired(rests)


def _currency_of(line: AuditLine) -> str:
    return line.foreign.currency if line.foreign else ""


def _paired(rests: list[_Rest]) -> Iterator[BookedPair]:
    """As long as something is left on both sides."""
    debits, credits_ = (
        iter([rest for rest in rests if rest.amount and (rest.line.amount > 0) == side]) for side in (True, False)
    )
    debit, credit = next(debits, None), next(credits_, None)
    while debit and credit:
        amount, there = min(debit.amount, credit.amount), _there(debit, credit)
        foreign = debit.line.foreign._replace(amount=there) if debit.line.foreign and there else None
        yield BookedPair(debit.line, credit.line, amount, foreign)
        debit.take(amount, there)
        credit.take(amount, there)
        debit, credit = debit if debit.amount else next(debits, None), credit if credit.amount else next(credits_, None)


def _there(debit: _Rest, credit: _Rest) -> Decimal:
    """What a pair is in the currency of both lines: all that is left of the one that ends."""
    if _currency_of(debit.line) != _currency_of(credit.line):
        return ZERO
    ends = [rest.there for rest, other in ((debit, credit), (credit, debit)) if rest.amount <= other.amount]
    return min(*ends, debit.there, credit.there)


def _filename(books: AuditBooks, _header: Header) -> str:
    return f"EXTF_Buchungsstapel_{books.dates.start:%Y%m%d}_{books.dates.end:%Y%m%d}.csv"


def _lines(books: AuditBooks, header: Header) -> Iterator[str]:
    yield _head(books, header)
    yield ";".join(COLUMNS) + END
    automatic = frozenset(header.get("automatic_accounts", "").split(",")) - {""}
    rows = 0
    for entry in books.entries():
        for pair in pairs(entry):
            rows += 1
            if rows > MOST_ROWS:
                raise AuditTooLarge(format="DATEV", reason=f"it has at most {MOST_ROWS} rows; choose fewer days")
            yield _row(books, pair, automatic)


def _head(books: AuditBooks, header: Header) -> str:
    length = len(next(iter(books.accounts.values())).number) if books.accounts else 4
    start, end = books.dates
    fields = (
        _text("EXTF"), "700", "21", _text("Buchungsstapel"), "13", f"{books.made_at:%Y%m%d%H%M%S}000", "", _text("LF"),
        _text(""), _text(""), header["consultant"], header["client"], f"{books.year.start:%Y%m%d}", str(length),
        f"{start:%Y%m%d}", f"{end:%Y%m%d}", _text(books.name, MAX_LABEL), _text(""), "1", "0", "1",
        _text(books.currency), "", _text(""), "", "", _text(""), "", "", _text(""), _text(""),
    )  # fmt: skip
    return ";".join(fields) + END


def _row(books: AuditBooks, pair: BookedPair, automatic: frozenset[str]) -> str:
    debit, credit = (books.accounts[line.account_id].number for line in (pair.debit, pair.credit))
    if pair.amount.adjusted() >= MOST_DIGITS:
        raise AuditTooLarge(format="DATEV", reason=f"journal {pair.debit.number} has more than {MOST_DIGITS} digits")
    line = pair.debit
    cells = [""] * len(COLUMNS)
    cells[:6] = _amounts(books, pair)
    cells[PLACES["Konto"]], cells[PLACES["Gegenkonto (ohne BU-Schlüssel)"]] = debit, credit
    cells[PLACES["BU-Schlüssel"]] = _text(NO_AUTOMATISM if automatic & {debit, credit} else "")
    cells[PLACES["Belegdatum"]] = f"{line.effective_date:%d%m}"
    document = _NOT_IN_DOCUMENT.sub("", encodable(line.reference, "ascii").replace("?", ""))[:MAX_DOCUMENT]
    cells[PLACES["Belegfeld 1"]] = _text(document or str(line.number))
    cells[PLACES["Buchungstext"]] = _text(pair.debit.line_description or pair.credit.text, MAX_TEXT)
    if pair.foreign and not cells[PLACES["Kurs"]]:
        there = with_comma(pair.foreign.amount, books.scales[pair.foreign.currency])
        cells[PLACES["Zusatzinformation - Art 1"]] = _text(FOREIGN)
        cells[PLACES["Zusatzinformation- Inhalt 1"]] = _text(f"{there} {pair.foreign.currency}")
    return ";".join(cells) + END


def _amounts(books: AuditBooks, pair: BookedPair) -> tuple[str, ...]:
    """The first six cells: the amount, its side and currency, the rate, and what it is in base currency."""
    base, foreign = with_comma(pair.amount, books.scale), pair.foreign
    if foreign is None or not _can_be_foreign(books, foreign):
        return base, _text("S"), _text(books.currency), "", "", ""
    there = with_comma(foreign.amount, MOST_MINOR_UNITS)
    rate = with_comma(_rate(foreign), RATE_DECIMALS)
    return there, _text("S"), _text(foreign.currency), rate, base, _text(books.currency)


def _can_be_foreign(books: AuditBooks, foreign: ForeignAmount) -> bool:
    return (
        holds(foreign.currency, books.scales[foreign.currency], MOST_MINOR_UNITS)
        and EURO in {books.currency, foreign.currency}
        and foreign.amount.adjusted() < MOST_DIGITS
        and foreign.rate > 0
        and 1 <= _rate(foreign) < BEYOND_RATES
    )


def _rate(foreign: ForeignAmount) -> Decimal:
    """Units of the foreign currency for one of the base currency."""
    with localcontext(PRECISE):
        return (1 / foreign.rate).quantize(quantum(RATE_DECIMALS), rounding=ROUND_HALF_EVEN)


def _text(text: str, most: int = MAX_TEXT) -> str:
    cut = encodable(one_line(text), ENCODING)[:most]
    return '"' + cut.replace('"', '""') + '"'


DATEV = AuditFormat(
    name="datev",
    title="DATEV",
    encoding=ENCODING,
    content_type="text/csv; charset=windows-1252",
    fields={
        "consultant": HeaderField(r"100[1-9]|10[1-9][0-9]|1[1-9][0-9]{2}|[2-9][0-9]{3}|[1-9][0-9]{4,6}",
                                  "a Beraternummer: 1001 to 9999999"),
        "client": HeaderField(r"[1-9][0-9]{0,4}", "a Mandantennummer: 1 to 99999"),
        "automatic_accounts": HeaderField(
            r"[0-9]{4,8}(,[0-9]{4,8})*", "numbers of accounts on which DATEV computes tax itself, with commas between",
            required=False,
        ),
    },
    numbers=re.compile(r"[0-9]{4,8}", re.ASCII),
    numbers_are="numbers of accounts are 4 to 8 digits, as many for all",
    whole_year=False,
    most_minor_units=MOST_MINOR_UNITS,
    filename=_filename,
    lines=_lines,
    one_length=True,
    calendar_year=True,
)  # fmt: skip
