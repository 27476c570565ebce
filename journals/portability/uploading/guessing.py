"""Which column is which field, by what its heading says in English or German. Shown to be corrected. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ledgerflow.files.columns import FREE_FIELD

# What people call our fields, written as `_plain` writes headings. A heading that is our own name needs no line here.
CALLED: dict[str, tuple[str, ...]] = {
    "date": ("bookingdate", "postingdate", "valuedate", "effectivedate", "datum", "buchungsdatum", "belegdatum"),
    "description": ("text", "memo", "narrative", "buchungstext", "beschreibung", "verwendungszweck"),
    "reference": ("ref", "externalreference", "document", "voucher", "beleg", "belegnr", "belegnummer", "referenz"),
    "key": ("idempotencykey", "schluessel"),
    "debit_account": ("debitaccount", "from", "sollkonto", "kontosoll"),
    "credit_account": ("creditaccount", "to", "habenkonto", "gegenkonto", "kontohaben"),
    "account": ("accountcode", "accountnumber", "konto", "kontonummer", "kontonr"),
    "amount": ("value", "sum", "betrag", "umsatz", "wert"),
    "currency": ("commodity", "waehrung", "currencycode"),
    "side": ("debitcredit", "sollhaben", "sh", "dc"),
    "debit": ("debitamount", "soll", "betragsoll"),
    "credit": ("creditamount", "haben", "betraghaben"),
    "line_description": ("linetext", "positionstext"),
    "code": ("accountcode", "account", "accountnumber", "number", "konto", "kontonummer", "kontonr", "nummer"),
    "name": ("accountname", "title", "bezeichnung", "kontobezeichnung", "kontoname"),
    "type": ("accounttype", "kind", "typ", "kontoart", "art"),
    "parent": ("parentcode", "header", "oberkonto"),
    "owner_id": ("owner", "customer", "inhaber"),
    "role": ("rolle",),
    "opening": ("openingbalance", "balance", "anfangsbestand", "eroeffnungssaldo", "saldo"),
}
GROUPS = ("journal", "trans", "transno", "transaction", "voucher", "entry", "beleg", "belegnr", "buchung")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def guessed_columns(header: Sequence[str], fields: Collection[str]) -> dict[str, str]:
    """The column of each field that a heading names, each column for one field; our own names come first.

    A heading that stands twice names none.
    """
    plain = {_plain(name): name for name in header if name and header.count(name) == 1}
    found: dict[str, str] = {name: name for name in header if FREE_FIELD.fullmatch(name) and header.count(name) == 1}
    for field in sorted(fields):
        own = plain.get(_plain(field))
        if own is not None:
            found[field] = own
    for field, names in CALLED.items():
        taken = set(found.values())
        column = next((plain[name] for name in names if name in plain and plain[name] not in taken), None)
        if field in fields and field not in found and column is not None:
            found[field] = column
    if {"debit", "credit"} <= found.keys():
        found.pop("amount", None)
        found.pop("side", None)
    return found


def guessed_group(header: Sequence[str]) -> str:
    """The column whose cells tell which rows are one journal, "" where no heading says it."""
    plain = {_plain(name): name for name in header if name and header.count(name) == 1}
    return next((plain[name] for name in GROUPS if name in plain), "")


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]", "", heading.lower().translate(_SPELLED))
