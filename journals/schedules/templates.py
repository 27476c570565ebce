"""The template of a recurring journal. Pure."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from journals.drafts import Line
from journals.schedules.dates import DueDates


class TemplateLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a template: a positive amount in major units on a side."""

    account: str
    side: str
    amount: str
    description: str = ""
    dimensions: dict[str, str] | None = None

    def line(self) -> Line:
        amount = Decimal(self.amount)
        signed = amount if self.side == "debit" else amount.copy_negate()
        return Line(self.account, signed, description=self.description, dimensions=self.dimensions)


class Template(msgspec.Struct, frozen=True):
    """What is posted, and when."""

    name: str
    lines: list[TemplateLine]
    schedule: DueDates
    description: str = ""
