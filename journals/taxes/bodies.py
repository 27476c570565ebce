"""Bodies of the endpoints of tax codes and of journals with taxes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from journals.api.bodies import Code, CommonFields, JournalLine
from journals.drafts import MAX_LINES, Draft
from journals.taxes.kinds import MAX_CODE, MAX_NAME, TaxCode
from journals.taxes.models import TaxRate
from journals.taxes.posting import LineTax
from ledgerflow.core.money import normalised, parse_signed

TaxKind = Literal["output", "input", "reverse_charge", "exempt", "none"]
CodeOfTax = Annotated[
    str, msgspec.Meta(max_length=MAX_CODE, extra_json_schema={"pattern": r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$"})
]
Percent = Annotated[
    str,
    msgspec.Meta(
        max_length=10, description="Percent, at most 4 decimals.",
        extra_json_schema={"pattern": r"^[0-9]{1,3}(\.[0-9]{1,4})?$", "examples": ["19", "5.5"]},
    ),
]  # fmt: skip


class TaxCodeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A version of a tax code, valid from `starts_on` to `ends_on` (both included), or until a later version."""

    code: CodeOfTax
    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
    kind: TaxKind
    rate: Percent
    starts_on: date
    account: Code | None = None
    deduct_account: Code | None = None
    ends_on: date | None = None

    def tax_code(self) -> TaxCode:
        """What is asked for. Raises `Malformed` for a rate that is no number."""
        return TaxCode(
            self.code, self.name, self.kind, parse_signed(self.rate, "/rate"), self.account or "",
            self.deduct_account or "", self.starts_on, self.ends_on,
        )  # fmt: skip


class TaxCodeResponse(msgspec.Struct):
    """A version of a tax code; `rate` in percent."""

    code: str
    version: int
    name: str
    kind: TaxKind
    rate: str
    account: str | None
    deduct_account: str | None
    starts_on: date
    ends_on: date | None
    event_sequence: int


class TaxCodePage(msgspec.Struct):
    """A page of versions of tax codes, and where the next one is."""

    results: list[TaxCodeResponse]
    next: str | None


class TaxedLine(JournalLine):
    """A line; with a `tax_code` it is a taxable amount, without the tax (`net`) or with it (`gross`)."""

    tax_code: CodeOfTax = ""
    amount_is: Literal["net", "gross"] = "net"


class TaxedJournalRequest(CommonFields, kw_only=True):
    """Lines that come to zero together with their taxes; the lines of the tax are added after them."""

    layer: Literal["ordinary", "adjustment"] = "ordinary"
    lines: Annotated[list[TaxedLine], msgspec.Meta(min_length=2, max_length=MAX_LINES)]
    dry_run: bool = False

    def draft(self, key: str, actor: str) -> Draft:
        """The draft before taxes. Raises `Malformed` for an amount that is none."""
        return Draft(
            key=key,
            lines=tuple(line.line(number) for number, line in enumerate(self.lines)),
            effective_date=self.effective_date,
            description=self.description,
            external_reference=self.external_reference,
            metadata=self.metadata,
            override_limits=self.override_limits,
            actor=actor,
            layer=self.layer,
            late=self.late,
            override_lock=self.override_lock,
            confirm_unusual_date=self.confirm_unusual_date,
        )

    def taxes(self) -> list[LineTax]:
        """What each line says of its tax."""
        return [LineTax(line.tax_code, line.amount_is == "gross") for line in self.lines]


def tax_code_response(row: TaxRate) -> TaxCodeResponse:
    """A version as it is shown."""
    return TaxCodeResponse(
        row.code, row.version, row.name, row.kind, normalised(row.rate),  # type: ignore[arg-type]  # one of its kinds
        row.account.code if row.account else None, row.deduct_account.code if row.deduct_account else None,
        row.starts_on, row.ends_on, row.event_sequence,
    )  # fmt: skip
