"""A line of MT940: field 61, with what field 86 tells about it. Pure."""

from __future__ import annotations

import re
from datetime import date

from recon.statements.errors import StatementBroken
from recon.statements.parsers.mt940_information import read_information
from recon.statements.parsers.shapes import ParsedLine
from recon.statements.parsers.texts import MAX_NAME, MAX_RAW, MAX_TEXT, clean, iban, reference
from recon.statements.parsers.values import amount_of, day_of, made, signed, value_day_of

# Value date, date of entry, mark, third letter of the currency, amount, type, reference of the owner, of the bank.
_LINE = re.compile(
    r"([0-9]{6})([0-9]{4})?(R?[CD])([A-Z])?([0-9]+,[0-9]*)([A-Z][A-Z0-9 ]{3})(.*?)(?://(.*))?", re.ASCII | re.DOTALL
)
# A reversed credit is money that went out again, a reversed debit money that came back.
_IS_IN = {"C": True, "D": False, "RC": False, "RD": True}


def line_of(number: int, line: int, texts: list[str], information: list[str], currency: str) -> ParsedLine:
    """`texts` are the lines of field 61, `information` those of field 86. Raises `StatementBroken`."""
    match = _LINE.fullmatch(texts[0].rstrip())
    if match is None:
        reason = f"{texts[0][:60]!r} is not a line such as 2603310331C12,30NTRFREFERENCE//BANK."
        raise StatementBroken(line=line, reason=reason)
    value, entry, mark, _, amount, _, customer, bank = match.groups()
    value_date = value_day_of(value, line)
    told = read_information(information)
    extra = clean(" ".join(texts[1:]), MAX_TEXT)
    text = clean(told.text, MAX_TEXT)
    if not told.is_structured and extra not in text:
        text = clean(f"{text} {extra}", MAX_TEXT)
    # Some Dutch banks write the account of the other side in place of a reference.
    account = iban(customer)
    return ParsedLine(
        number=number,
        booking_date=_booked(entry, value_date, line) if entry else day_of(value, line),
        value_date=value_date,
        amount=signed(amount_of(amount, line, ","), is_in=_IS_IN[mark]),
        currency=currency,
        bank_reference=reference(bank or ""),
        end_to_end=reference(told.end_to_end),
        customer_reference=("" if account else reference(customer)) or reference(told.customer_reference),
        counterparty=clean(told.counterparty, MAX_NAME),
        iban=told.iban or account or iban(extra),
        text=text,
        raw=clean("\n".join((":61:", *texts, ":86:", *information)), MAX_RAW),
    )


def _booked(text: str, value_date: date, line: int) -> date:
    """The entry date has no year: of the years around the value date, the one that puts both next to each other."""
    month, day = int(text[:2]), int(text[2:])
    found = []
    for year in (value_date.year, value_date.year - 1, value_date.year + 1):
        try:
            found.append(made(year, month, day, text, line))
        except StatementBroken:
            continue  # 29 February is in one year of four
    if not found:
        raise StatementBroken(line=line, reason=f"There is no day {text!r} (month and day) to be booked on.")
    return min(found, key=lambda booked: abs(booked - value_date))
