"""September 2025 of a small company: what it posts, and what its bank writes in three files of three formats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from journals.posting import post_many
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.statements.banking import CSV_COLUMNS, IBAN, BankLine, a_csv_file, a_statement_file, closing_of

BANK, SALES = "BANK", "SALES"
FIRST, LAST = date(2025, 9, 1), date(2025, 9, 30)
OPENING = "10000.00"
COLUMNS = CSV_COLUMNS | {"balance": "balance"}
PAID_TOGETHER = (3, 4)  # two invoices, paid in one line on the 5th
PAYOUT, GROSS, KEPT = 14, "500.00", "-14.50"  # of the payment processor, less what it keeps
FEE = 10  # the bank takes 7.90, and nobody has posted it
CENT = 17  # a cent less comes in
MISSING = 22  # the bank has it in October
TWICE = 25  # the bank writes it twice
ALIKE = (27, 28)  # two customers pay the same and say nothing of what for


def day_of(number: int) -> date:
    return date(2025, 9, number)


def amount_of(number: int) -> str:
    """What the invoice of a day comes to."""
    if number in ALIKE:
        return "333.00"
    return GROSS if number == PAYOUT else str(Decimal(200) + Decimal("13.37") * number)


def reference_of(number: int) -> str:
    if number in ALIKE:
        return f"COUNTER-{number}"
    return "PAYOUT-0914" if number == PAYOUT else f"INV-2025-{1000 + number}"


def books_of_september() -> Entity:
    """Money that was there before, an invoice a day that is paid, and the rent."""
    entity = an_entity(business_date=FIRST)
    an_account(entity, BANK, role="cash")
    an_account(entity, SALES, "income")
    an_account(entity, "CAPITAL", "equity")
    an_account(entity, "RENT", "expense")
    an_account(entity, "FEES", "expense", role="bank_fees")
    an_account(entity, "CENTS", "expense", role="rounding")
    posted(entity, a_transfer(BANK, "CAPITAL", OPENING, effective_date=FIRST - timedelta(days=1)))
    advance_business_date(entity, LAST, actor="test")
    drafts = [a_transfer("RENT", BANK, "1450.00", external_reference="RENT-2025-09", effective_date=FIRST)]
    drafts += [
        a_transfer(BANK, SALES, amount_of(one), external_reference=reference_of(one), effective_date=day_of(one))
        for one in range(1, 31)
    ]
    assert {answer.status for answer in post_many(entity.id, drafts)} == {"posted"}
    return entity


def mangled(number: int) -> BankLine:
    """The invoice of a day as the bank writes that it was paid: whole, cut, in words, small and with spaces."""
    reference, day, amount = reference_of(number), day_of(number), amount_of(number)
    digits = reference.rpartition("-")[2]
    return (
        BankLine(amount, reference, day, "A customer"),
        BankLine(amount, "", day, "", f"your invoice inv 2025 {digits} thank you"),
        BankLine(amount, reference.removeprefix("IN"), day),
        BankLine(amount, reference.replace("-", "").lower(), day),
    )[number % 4]


def lines_of_days(first: int, last: int) -> list[BankLine]:
    """What the bank has of some days."""
    found: list[BankLine] = []
    for number in range(first, last + 1):
        found += _lines_of(number)
    return found


def _lines_of(number: int) -> Sequence[BankLine]:
    day, own = day_of(number), mangled(number)
    if number in {*PAID_TOGETHER, MISSING}:
        return []
    if number == PAYOUT:
        return [BankLine(str(Decimal(GROSS) + Decimal(KEPT)), "PAYOUT-0914", day, "Processor")]
    if number == CENT:
        return [BankLine(str(Decimal(own.amount) - Decimal("0.01")), reference_of(number), day)]
    if number == TWICE:
        return [BankLine(own.amount, reference_of(number), day)] * 2
    if number in ALIKE:
        return [BankLine(own.amount, "", day, "", "over the counter")]
    more: list[BankLine] = []
    if number == 1:
        more = [BankLine("-1450.00", "RENT-2025-09", day, "The landlord")]
    if number == 5:
        both = str(sum(Decimal(amount_of(one)) for one in PAID_TOGETHER))
        more = [BankLine(both, "", day, "", " and ".join(map(reference_of, PAID_TOGETHER)))]
    if number == FEE:
        more = [BankLine("-7.90", "", day, "", "account fee september")]
    return [own, *more]


def files_of_september() -> dict[str, bytes]:
    """By name: MT940 for ten days, CAMT.053 for the next ten, CSV with balances for the rest."""
    early, middle, late = (lines_of_days(first, first + 9) for first in (1, 11, 21))
    second = closing_of(OPENING, early)
    third = closing_of(str(second), middle)
    return {
        "early.sta": a_statement_file(*early, opening=OPENING, closing_day=day_of(10)),
        "middle.xml": a_camt_file(middle, str(second), day_of(10), day_of(20)),
        "late.csv": a_csv_file(*late, opening=str(third)),
    }


def a_camt_file(lines: Sequence[BankLine], opening: str, opening_day: date, closing_day: date) -> bytes:
    """A CAMT.053 file of one statement."""
    entries = "".join(map(_entry, lines))
    balances = _balance("OPBD", Decimal(opening), opening_day) + _balance(
        "CLBD", closing_of(opening, lines), closing_day
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>S2</Id>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}{entries}"
        "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _entry(line: BankLine) -> str:
    amount = Decimal(line.amount)
    way, party = ("DBIT", "Cdtr") if amount < 0 else ("CRDT", "Dbtr")
    reference = f"<Refs><EndToEndId>{line.reference}</EndToEndId></Refs>" if line.reference else ""
    name = f"<RltdPties><{party}><Nm>{line.name}</Nm></{party}></RltdPties>" if line.name else ""
    text = f"<RmtInf><Ustrd>{line.text}</Ustrd></RmtInf>" if line.text else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{abs(amount)}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{line.day}</Dt></BookgDt>"
        f"<NtryDtls><TxDtls>{reference}{name}{text}</TxDtls></NtryDtls></Ntry>"
    )


def _balance(code: str, amount: Decimal, day: date) -> str:
    way = "DBIT" if amount < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{abs(amount)}</Amt><CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
    )
