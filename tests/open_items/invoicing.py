"""Books with customers and suppliers who owe and are owed, for tests of open items."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from journals.drafts import Draft, Line
from journals.events import read_fact
from journals.posting import post
from journals.reversal import reverse_journal
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.reading import NOW, OpenItem, open_items
from recon.open_items.use_cases import Allocated, ItemName, Wanted, allocate
from tests.approving import go_on_to
from tests.builders import an_account, an_entity

DAY = date(2026, 3, 2)
_keys = count(1)


def a_key() -> str:
    return f"open-items-{next(_keys)}"


def company(terms_days: int = 30, **given: Any) -> Entity:
    """Books on 30 June 2026 with receivables and payables that keep open items, from 1 March on."""
    entity = an_entity(business_date=date(2026, 3, 1), dimensions=["party"], **given)
    go_on_to(entity, date(2026, 6, 30))
    chart_of_trade(entity, terms_days)
    return entity


def chart_of_trade(entity: Entity, terms_days: int = 30) -> None:
    """Receivables and payables that keep open items, and what they come from and go to."""
    types = {"BANK": "asset", "DEBTORS": "asset", "CREDITORS": "liability", "SALES": "income", "COSTS": "expense"}
    for code, type_ in types.items():
        an_account(entity, code, type_, currency=entity.base_currency)
    for code in ("DEBTORS", "CREDITORS"):
        keep_open_items(entity.id, code, terms_days, actor="test")


def some_items(entity: Entity, words: str = "", day: date = DAY) -> dict[str, UUID]:
    """Three accounts that keep open items, each with an invoice that has a due date and is paid on the same day."""
    an_account(entity, "BILLED", "income")
    an_account(entity, "PAID-IN")
    made = []
    for code in ("OWED-1", "OWED-2", "OWED-3"):
        an_account(entity, code)
        keep_open_items(entity.id, code, 30, actor=words or "test")
        named: dict[str, Any] = {"party": words or "ann", "day": day}
        bill = booked(entity, code, "BILLED", "10.00", reference=code, **named)
        set_due_date(entity.id, bill, date(2026, 4, 1), actor=words or "test")
        paid = booked(entity, "PAID-IN", code, "10.00", **named)
        made += allocated(entity, bill, paid, account=code).allocations
    return {"allocation_id": made[0].pk, "undone_allocation_id": made[1].pk}


def booked(
    entity: Entity, debit: str, credit: str, amount: str, *, party: str = "", reference: str = "", day: date = DAY,
    text: str = "",
) -> UUID:  # fmt: skip
    """Post one amount with a party on both lines; gives the journal."""
    dimensions = {"party": party} if party else None
    lines = tuple(
        Line(code, value, description=text, dimensions=dimensions)
        for code, value in ((debit, Decimal(amount)), (credit, Decimal(amount).copy_negate()))
    )
    draft = Draft(key=a_key(), lines=lines, effective_date=day, external_reference=reference, actor="test")
    answer = post(entity.id, draft)
    assert answer.refusal is None, answer.refusal
    return read_fact(answer.journal).id


def invoice(entity: Entity, amount: str, party: str = "ann", reference: str = "", day: date = DAY) -> UUID:
    return booked(entity, "DEBTORS", "SALES", amount, party=party, reference=reference, day=day)


def payment(
    entity: Entity, amount: str, party: str = "ann", reference: str = "", day: date = DAY, text: str = ""
) -> UUID:
    return booked(entity, "BANK", "DEBTORS", amount, party=party, reference=reference, day=day, text=text)


def reversed_(entity: Entity, journal: UUID, day: date | None = None) -> None:
    answer = reverse_journal(entity.id, journal, key=a_key(), effective_date=day, actor="test")
    assert answer.refusal is None, answer.refusal


def allocated(
    entity: Entity, debit: UUID, credit: UUID, amount: str | None = None, day: date | None = None,
    account: str = "DEBTORS",
) -> Allocated:  # fmt: skip
    wanted = Wanted(ItemName(debit), ItemName(credit), None if amount is None else Decimal(amount))
    return allocate(entity.id, account, [wanted], day=day, key=a_key(), actor="test")


def opened(entity: Entity, as_of: date | None = None, known: int = NOW, party: str | None = None) -> list[OpenItem]:
    with snapshot() as connection:
        return open_items(
            entity.id, lambda sql, given: connection.execute(sql.encode(), given).fetchall(),
            as_of=as_of, known=known, party=party,
        )  # fmt: skip


def left(entity: Entity, as_of: date | None = None) -> dict[UUID, str]:
    """What is open of each journal."""
    return {item.journal: f"{item.open:f}" for item in opened(entity, as_of)}
