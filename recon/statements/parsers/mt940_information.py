"""Field 86 of MT940, which each country writes in a way of its own. Pure.

German banks write a code of three digits and subfields such as ?20; Dutch ones words between slashes; the others text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from recon.statements.parsers.texts import MAX_RAW, MAX_TEXT, iban, iban_in


class Information(NamedTuple):
    text: str = ""
    counterparty: str = ""
    iban: str = ""
    end_to_end: str = ""
    customer_reference: str = ""
    is_structured: bool = False


LINE_LENGTH = 65
SUBFIELD_LENGTH = 27  # of a purpose or a name: one that is filled goes on in the next without a blank

_SUBFIELDS = re.compile(r"\s*[0-9]{3}([?<>+])(?=[0-9]{2})", re.ASCII)
_PURPOSES = (*(str(number) for number in range(20, 30)), *(str(number) for number in range(60, 64)))
_NAMES = ("32", "33")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|COAM|OAMT|MTLG)(?:\+|(?<=MTLG):)")
_WORDS = (
    "ADDR|BENM|BIC|CNTP|CSID|EREF|IBAN|ID|INFO|ISDT|MARF|NAME|ORDP|OCMT|PREF|PURP|RCMT|REMI|RTRN|SVCL|SWOC|TRCD|TRTP|"
    "TYPE|UDTR|ULTB|ULTC|ULTD"
)
_WORD = re.compile(rf"/({_WORDS})/")
_REMITTANCE_KIND = re.compile(r"/?(?:USTD|STRD/[A-Z]*)//?")


def read_information(lines: list[str]) -> Information:
    """What the lines of field 86 tell, as far as it is known how they are written."""
    joined = _joined(lines)
    separator = _SUBFIELDS.match(joined)
    if separator:
        return _german(joined[separator.end() :], separator[1])
    if _WORD.match(joined.lstrip()):
        return _dutch(joined)
    return _free(lines)


def _joined(lines: list[str]) -> str:
    """Lines are cut at 65 characters, within words too; where only 64 came, a blank at the end was lost."""
    return "".join(f"{line} " if len(line) == LINE_LENGTH - 1 else line for line in lines)[:MAX_RAW]


def _german(text: str, separator: str) -> Information:
    subfields: dict[str, str] = {}
    for part in text.split(separator):
        subfields[part[:2]] = subfields.get(part[:2], "") + part[2:]
    purpose = _put_together([subfields[code] for code in _PURPOSES if code in subfields])
    sections = _sections(purpose)
    return Information(
        text=sections.get("SVWZ") or sections.get("") or sections.get("MTLG") or subfields.get("00", ""),
        counterparty=_put_together([subfields[code] for code in _NAMES if code in subfields])
        or sections.get("ABWA", ""),
        iban=iban(subfields.get("31", "")) or iban(subfields.get("38", "")) or iban(sections.get("IBAN", "")),
        end_to_end=sections.get("EREF", ""),
        customer_reference=sections.get("KREF", ""),
        is_structured=True,
    )


def _put_together(parts: list[str]) -> str:
    return "".join(part if len(part) >= SUBFIELD_LENGTH else f"{part} " for part in parts).strip()


def _sections(purpose: str) -> dict[str, str]:
    """EREF+A SVWZ+B as a dictionary; what stands before the first word is under ""."""
    first, *pairs = _SEPA.split(purpose)
    sections = {"": first.strip()}
    for word, value in zip(pairs[::2], pairs[1::2], strict=True):
        sections.setdefault(word, value.strip())
    return sections


def _dutch(text: str) -> Information:
    _, *pairs = _WORD.split(text)
    words: dict[str, str] = {}
    for word, value in zip(pairs[::2], pairs[1::2], strict=True):
        words.setdefault(word, value.strip(" /") if word != "CNTP" else value)
    account, _, rest = words.get("CNTP", "").partition("/")
    name = rest.partition("/")[2].partition("/")[0]
    return Information(
        text=_REMITTANCE_KIND.sub("", words.get("REMI", ""), count=1) or words.get("TRTP", ""),
        counterparty=words.get("NAME", "") or name,
        iban=iban(words.get("IBAN", "")) or iban(account),
        end_to_end=words.get("EREF", ""),
        customer_reference=words.get("PREF", ""),
        is_structured=True,
    )


def _free(lines: list[str]) -> Information:
    """Free text. Where it begins with an IBAN, the rest of that line is whose account it is."""
    text = " ".join(lines)[: MAX_TEXT * 4]
    account, _, name = lines[0].strip().partition(" ") if lines else ("", "", "")
    if iban(account):
        return Information(text=text, counterparty=name, iban=iban(account))
    return Information(text=text, iban=iban_in(text))
