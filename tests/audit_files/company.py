"""A company in its first two fiscal years, 2026 closed, as audit files show it.

          capital  sales   rent  accrued   cash        2027: sales  rent
2026       10,000  1,000    400        -  10,600                300   100
adjusted                     +50      50
result 2026: 1,000 - 450 = 550, closed to retained earnings
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from accounts.changing import change_account
from journals.periods.use_cases import close_period
from journals.periods.year_end import close_year
from ledgerflow.books.models import Entity
from reports.audit_files.writing import audit_file
from tests.builders import a_transfer, an_account, posted
from tests.calendars import YEAR_END, books_on, close, months, year

SIREN = "732829320"  # the example of Wikipedia's "Système d'identification du répertoire des entreprises"
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 15)
NUMBERS = {
    "capital": "101300", "profits": "110000", "accrued": "408100", "cash": "512000", "rent": "613200", "sales": "707000",
}  # fmt: skip


def numbered(entity: Entity, numbers: dict[str, str]) -> None:
    """Give accounts the numbers they have in audit files."""
    for code, number in numbers.items():
        change_account(entity.id, code, {"metadata": {"account_number": number}}, actor="test")


def a_company() -> Entity:
    entity = books_on(YEAR_END, name="Boulangerie Dupré", base_currency="EUR")
    an_account(entity, "capital", "equity", name="Capital souscrit")
    an_account(entity, "accrued", "liability", name="Factures non parvenues")
    posted(entity, a_transfer("cash", "capital", "10000", effective_date=MARCH, description="Apport\tinitial"))
    posted(
        entity, a_transfer("cash", "sales", "1000", effective_date=JUNE, external_reference="F-1", description="Été")
    )
    posted(entity, a_transfer("rent", "cash", "400", effective_date=JUNE, description='Loyer "juin" \u2013 日'))
    close(entity, YEAR_END)
    posted(entity, a_transfer("rent", "accrued", "50", effective_date=YEAR_END, layer="adjustment"))
    for month in months(entity):
        close_period(entity.id, month.id, actor="test")
    close_year(entity.id, year(entity).id, key="year-end", actor="test")
    posted(entity, a_transfer("cash", "sales", "300"))
    posted(entity, a_transfer("rent", "cash", "100"))
    numbered(entity, NUMBERS)
    return entity


def written(entity_id: UUID, kind: str, header: dict[str, str], **dates: Any) -> tuple[str, bytes]:
    """The name of the file, and all of it."""
    with audit_file(entity_id, kind, header, **dates) as file:
        return file.filename, b"".join(file.chunks())
