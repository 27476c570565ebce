"""The bank's lines as files that banks send: MT940 and CAMT.053 with a statement for each month, and CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from recon.matching.passes.shapes import ReconItem

LINE_LENGTH = 65
COLUMNS: dict[str, Any] = {
    "booking_date": "date",
    "amount": "amount",
    "balance": "balance",
    "customer_reference": "reference",
    "text": "text",
    "date_format": "YYYY-MM-DD",
}


class Month(NamedTuple):
    """The lines of a month, with the balances before and after them."""

    number: int
    opening: Decimal
    closing: Decimal
    lines: list[ReconItem]


def mt940(account: str, currency: str, lines: Sequence[ReconItem]) -> bytes:
    """One statement a month. The reference of a line stands in field 61, its text in field 86."""
    texts = []
    for month in _months(lines):
        first, last = month.lines[0].day, month.lines[-1].day
        texts += [
            f":20:M{month.number}", f":25:{account}", f":28C:{month.number}/1",
            f":60F:{_balance_940(first, currency, month.opening)}",
        ]  # fmt: skip
        for line in month.lines:
            sign, amount = _sign(line.amount, "C", "D"), _comma(line.amount)
            texts.append(f":61:{line.day:%y%m%d%m%d}{sign}{amount}NTRF{_reference(line) or 'NONREF'}")
            cut = [line.text[at : at + LINE_LENGTH] for at in range(0, len(line.text), LINE_LENGTH)]
            texts.append(":86:" + "\n".join(cut or ["NOTPROVIDED"]))
        texts += [f":62F:{_balance_940(last, currency, month.closing)}", "-"]
    return "\n".join([*texts, ""]).encode()


def camt053(account: str, currency: str, lines: Sequence[ReconItem]) -> bytes:
    """One statement a month. The reference of a line is that of end to end."""
    texts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>',
        "<GrpHdr><MsgId>M1</MsgId></GrpHdr>",
    ]
    for month in _months(lines):
        texts += [
            f"<Stmt><Id>S{month.number}</Id><ElctrncSeqNb>{month.number}</ElctrncSeqNb>",
            f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>",
            _balance_053("OPBD", month.lines[0].day, currency, month.opening),
            _balance_053("CLBD", month.lines[-1].day, currency, month.closing),
            *(_entry_053(line) for line in month.lines),
            "</Stmt>",
        ]
    return "\n".join([*texts, "</BkToCstmrStmt></Document>", ""]).encode()


def csv(_account: str, _currency: str, lines: Sequence[ReconItem]) -> bytes:
    """With the balance after each line."""
    balance, texts = Decimal(0), ["date,amount,balance,reference,text"]
    for line in lines:
        balance += line.amount
        texts.append(f"{line.day},{line.amount},{balance},{_reference(line)},{line.text}")
    return "\n".join([*texts, ""]).encode()


FORMATS: tuple[Callable[[str, str, Sequence[ReconItem]], bytes], ...] = (mt940, camt053, csv)


def _months(lines: Sequence[ReconItem]) -> Iterator[Month]:
    balance = Decimal(0)
    for number, (_, found) in enumerate(groupby(lines, lambda line: (line.day.year, line.day.month)), 1):
        of_month = list(found)
        closing = sum((line.amount for line in of_month), balance)
        yield Month(number, balance, closing, of_month)
        balance = closing


def _balance_940(day: date, currency: str, balance: Decimal) -> str:
    return f"{_sign(balance, 'C', 'D')}{day:%y%m%d}{currency}{_comma(balance)}"


def _comma(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")


def _balance_053(code: str, day: date, currency: str, balance: Decimal) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount_053(balance, currency)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry_053(line: ReconItem) -> str:
    reference = _reference(line)
    references = f"<Refs><EndToEndId>{escape(reference)}</EndToEndId></Refs>" if reference else ""
    text = f"<RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf>" if line.text else ""
    return (
        f"<Ntry>{_amount_053(line.amount, line.currency)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{line.day}</Dt></BookgDt>"
        f"<NtryDtls><TxDtls>{references}{text}</TxDtls></NtryDtls></Ntry>"
    )


def _amount_053(amount: Decimal, currency: str) -> str:
    direction = _sign(amount, "CRDT", "DBIT")
    return f'<Amt Ccy="{currency}">{abs(amount):.2f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'


def _sign(amount: Decimal, credit: str, debit: str) -> str:
    return credit if amount >= 0 else debit


def _reference(line: ReconItem) -> str:
    return line.references[0] if line.references else ""
