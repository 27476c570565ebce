"""An entry of CAMT: one line, or one for each transaction of a batch whose amounts add up to it. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from recon.statements.errors import StatementBroken
from recon.statements.parsers.shapes import ParsedLine, total
from recon.statements.parsers.texts import MAX_NAME, MAX_RAW, MAX_TEXT, clean, iban, reference
from recon.statements.parsers.values import amount_of, currency_of, made, signed
from recon.statements.parsers.xml import Element

# ISO dates and moments may carry an offset. The day is taken as the bank wrote it, in its own time.
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_TRUE = frozenset({"true", "1"})


class Party(NamedTuple):
    name: str
    iban: str


class Detail(NamedTuple):
    """A transaction of an entry. `amount` None where it tells none in a currency of its own."""

    amount: Decimal | None
    currency: str
    direction: str
    bank_reference: str
    end_to_end: str
    customer_reference: str
    debtor: Party
    creditor: Party
    text: str
    raw: str


def amount_in(element: Element, *path: str) -> tuple[Decimal, str]:
    """An amount and its currency. Raises `StatementBroken` where there is none."""
    found = element.find(*path)
    if found is None:
        raise StatementBroken(line=element.line, reason=f"<{element.name}> has no amount.")
    return amount_of(found.text.strip(), found.line), currency_of(found.attributes.get("Ccy", ""), found.line)


def is_credit(element: Element) -> bool:
    """Whether it is a credit of the bank: money that came in."""
    direction = element.value("CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        reason = f"<{element.name}> is neither credit nor debit (CdtDbtInd is {direction[:20]!r})."
        raise StatementBroken(line=element.line, reason=reason)
    return direction == "CRDT"


def is_booked(element: Element) -> bool:
    """What is pending, expected or for information is no booking. The code stands alone up to version 7."""
    status = element.value("Sts", "Cd") or element.value("Sts", "Prtry") or element.value("Sts")
    if not status:
        raise StatementBroken(line=element.line, reason="The entry has no status (Sts): is it booked?")
    return status == "BOOK"


def day_in(element: Element, name: str) -> date | None:
    """A date, or the day of a moment; None where there is neither."""
    found = element.find(name, "Dt") or element.find(name, "DtTm")
    if found is None:
        return None
    text = found.text.strip()
    match = _DAY.fullmatch(text)
    if match is None:
        raise StatementBroken(line=found.line, reason=f"{text[:40]!r} is not a date such as 2026-03-31.")
    return made(int(match[1]), int(match[2]), int(match[3]), text, found.line)


def detail_of(element: Element, raw: bytes) -> Detail:
    """One TxDtls."""
    amount, currency = None, ""
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt")):
        if element.find(*path) is not None:
            amount, currency = amount_in(element, *path)
            break
    remittance = element.find("RmtInf")
    structured = remittance.all("Strd") if remittance else []
    references = [one.value("CdtrRefInf", "Ref") for one in structured]
    texts = [one.text for one in remittance.all("Ustrd")] if remittance else []
    return Detail(
        amount=amount,
        currency=currency,
        direction=element.value("CdtDbtInd"),
        bank_reference=reference(element.value("Refs", "AcctSvcrRef")),
        end_to_end=reference(element.value("Refs", "EndToEndId")),
        customer_reference=_first(
            *references, *(element.value("Refs", name) for name in ("InstrId", "PmtInfId", "ChqNb"))
        ),
        debtor=_party(element, "Dbtr"),
        creditor=_party(element, "Cdtr"),
        text=clean(" ".join((*texts, *references, element.value("AddtlTxInf"))), MAX_TEXT),
        raw=_raw(raw),
    )


def lines_of_entry(element: Element, details: list[Detail], raw: bytes, account: str) -> list[ParsedLine]:
    """The lines of a booked entry, not yet numbered. Raises `StatementBroken`.

    The direction of an entry is its own, of a reversal too: ISO 20022 says of RvslInd that a CRDT with it takes back
    what was a debit. So the sign is not turned; but the parties of a reversal keep the roles that they had at first.
    """
    amount, currency = amount_in(element, "Amt")
    is_in = is_credit(element)
    value_date = day_in(element, "ValDt")
    booking_date = day_in(element, "BookgDt") or value_date
    if booking_date is None:
        raise StatementBroken(line=element.line, reason="The entry has neither a booking date nor a value date.")
    is_reversal = element.value("RvslInd") in _TRUE
    own_reference = _first(element.value("AcctSvcrRef"), element.value("NtryRef"))
    additional = clean(element.value("AddtlNtryInf"), MAX_TEXT)
    whole = signed(amount, is_in=is_in)
    shares = _shares(details, whole, currency, is_in=is_in)
    shown = details if shares or len(details) == 1 else [_NOTHING]
    return [
        ParsedLine(
            number=0,
            booking_date=booking_date,
            value_date=value_date,
            amount=share,
            currency=currency,
            bank_reference=detail.bank_reference or own_reference,
            end_to_end=detail.end_to_end,
            customer_reference=detail.customer_reference,
            counterparty=other.name,
            iban=other.iban,
            text=detail.text or additional,
            raw=detail.raw if len(shown) > 1 else _raw(raw),
        )
        for detail, share in zip(shown, shares or [whole], strict=True)
        for other in (_other(detail, account, is_debtor=(share > 0 if share else is_in) != is_reversal),)
    ]


_NOBODY = Party("", "")
_NOTHING = Detail(None, "", "", "", "", "", _NOBODY, _NOBODY, "", "")


def _shares(details: list[Detail], whole: Decimal, currency: str, *, is_in: bool) -> list[Decimal]:
    """The signed amounts of a batch of two or more, where they add up to the entry; otherwise none."""
    if len(details) < 2:  # noqa: PLR2004 - a batch
        return []
    shares = []
    for detail in details:
        if detail.amount is None or detail.currency != currency:
            return []
        shares.append(signed(detail.amount, is_in=detail.direction == "CRDT" if detail.direction else is_in))
    return shares if total(shares) == whole else []


def _other(detail: Detail, account: str, *, is_debtor: bool) -> Party:
    """Who the money came from or went to: debtor of a credit, creditor of a debit, unless that is ourselves."""
    expected, instead = (detail.debtor, detail.creditor) if is_debtor else (detail.creditor, detail.debtor)
    is_ours = bool(account) and expected.iban == account and instead.iban != account
    return instead if is_ours or expected == _NOBODY else expected


def _party(element: Element, role: str) -> Party:
    """Name and IBAN. From version 8 on, the name stands one level deeper."""
    parties = element.find("RltdPties")
    if parties is None:
        return _NOBODY
    names = [parties.value(one, *path, "Nm") for one in (role, f"Ultmt{role}") for path in ((), ("Pty",))]
    name = next((found for found in names if found), "") or parties.value(role, "Agt", "FinInstnId", "Nm")
    return Party(clean(name, MAX_NAME), iban(parties.value(f"{role}Acct", "Id", "IBAN")))


def _first(*texts: str) -> str:
    return next((found for found in map(reference, texts) if found), "")


def _raw(raw: bytes) -> str:
    return clean(raw.decode("utf-8", "replace"), MAX_RAW)
