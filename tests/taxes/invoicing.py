"""Books with tax codes of Germany: 19 % and 7 %, 16 % in the second half of 2020 (Zweites Corona-Steuerhilfegesetz)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from journals.drafts import Draft, Line
from journals.events import Answer, JournalFact, read_fact
from journals.taxes.codes import TaxCodeSet, set_tax_code
from journals.taxes.kinds import TaxCode
from journals.taxes.posting import LineTax, post_taxed
from ledgerflow.books.models import Entity
from tests.builders import an_account, an_entity

D = Decimal
ACCOUNTS = {
    "receivable": "asset", "payable": "liability", "bank": "asset", "sales": "income", "goods": "expense",
    "vat-owed": "liability", "vat-19": "liability", "vat-in": "asset",
}  # fmt: skip
CODES = (
    ("U19", "Umsatzsteuer", "output", "19", "vat-owed", ""),
    ("U7", "Umsatzsteuer ermäßigt", "output", "7", "vat-owed", ""),
    ("V19", "Vorsteuer", "input", "19", "vat-in", ""),
    ("RC19", "Steuerschuldnerschaft § 13b UStG", "reverse_charge", "19", "vat-owed", "vat-in"),
    ("FREI", "Steuerfrei § 4 UStG", "exempt", "0", "", ""),
)


def tax_books(day: date = date(2026, 3, 2), **given: Any) -> Entity:
    entity = an_entity(dimensions=["tax", "cost_centre"], business_date=day, **given)
    for code, kind in ACCOUNTS.items():
        an_account(entity, code, kind)
    for code, name, kind, rate, account, deduct in CODES:
        a_code(entity, code, rate, name=name, kind=kind, account=account, deduct_account=deduct)
    return entity


def a_code(entity: Entity, code: str, rate: str, **given: Any) -> TaxCodeSet:
    values: dict[str, Any] = {
        "name": code, "kind": "output", "account": "vat-owed", "deduct_account": "", "starts_on": date(2007, 1, 1),
    } | given  # fmt: skip
    key = values.pop("key", uuid4().hex)
    return set_tax_code(entity.id, TaxCode(code=code, rate=D(rate), **values), key=key, actor="test")


def taxed(entity: Entity, *lines: tuple[str, str, str], gross: bool = False, **given: Any) -> Answer:
    """Post (account, signed amount, tax code or "")."""
    values: dict[str, Any] = {"key": uuid4().hex, "actor": "test", "confirm_unusual_date": True} | given
    dry_run = values.pop("dry_run", False)
    draft = Draft(lines=tuple(Line(account, D(amount)) for account, amount, _ in lines), **values)
    taxes = [LineTax(code, gross and bool(code)) for _, _, code in lines]
    return post_taxed(entity.id, draft, taxes, dry_run=dry_run)


def lines_of(answer: Answer) -> list[tuple[str, str, str]]:
    """Account, signed amount and tax code of each line that was posted."""
    fact: JournalFact = read_fact(answer.journal)
    signs = {"debit": "", "credit": "-"}
    return [
        (line.account, f"{signs[line.side]}{line.amount}", (line.dimensions or {}).get("tax", ""))
        for line in fact.lines
    ]
