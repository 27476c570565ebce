"""Request bodies of the posting endpoints, decoded straight from bytes, and the drafts they ask for. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Protocol

import msgspec

from journals.drafts import (
    MAX_DESCRIPTION,
    MAX_DIMENSION_VALUE,
    MAX_LINES,
    MAX_REFERENCE,
    MIN_LINES,
    Draft,
    Line,
)
from ledgerflow.books.idempotency import MAX_KEY
from ledgerflow.core.money import parse_amount, parse_signed

MAX_ITEMS = 10_000
MAX_AMOUNT_TEXT = 64

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Currency = Annotated[str, msgspec.Meta(max_length=12)]
# The pattern is for the schema; `parse_amount` checks it, with a better message.
Amount = Annotated[
    str,
    msgspec.Meta(
        max_length=MAX_AMOUNT_TEXT,
        description="Major units of the currency, greater than zero.",
        extra_json_schema={"pattern": r"^[0-9]{1,20}(\.[0-9]{1,18})?$", "examples": ["12.30"]},
    ),
]
Signed = Annotated[
    str,
    msgspec.Meta(
        max_length=MAX_AMOUNT_TEXT,
        description="Major units of the currency, on the account's normal side.",
        extra_json_schema={"pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,18})?$", "examples": ["-5.00"]},
    ),
]
Description = Annotated[str, msgspec.Meta(max_length=MAX_DESCRIPTION)]
Reference = Annotated[str, msgspec.Meta(max_length=MAX_REFERENCE)]
Reason = Annotated[str, msgspec.Meta(max_length=MAX_DESCRIPTION, pattern=r"^$|\S", description="A reason, in words.")]
Late = Literal["refuse", "roll_forward"]
Confirmed = Annotated[
    bool, msgspec.Meta(description="A date before the first business date is meant: do not refuse it as unusual_date.")
]
Dimensions = dict[str, Annotated[str, msgspec.Meta(max_length=MAX_DIMENSION_VALUE)]]
# The pattern is for the schema; `idempotency.check_key` checks it, with a better message.
Key = Annotated[str, msgspec.Meta(max_length=MAX_KEY, extra_json_schema={"pattern": r"^([!#-~][!-~]*)?$"})]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Overriding(Protocol):
    """What may override limits or the lock of a period: a reason each, "" where it does not."""

    @property
    def override_limits(self) -> str: ...

    @property
    def override_lock(self) -> str: ...


def overrides(wanted: Overriding) -> bool:
    """Whether a request passes limits or a lock, for which its caller needs the scope `manage`."""
    return bool(wanted.override_limits or wanted.override_lock)


class CommonFields(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    effective_date: date | None = None
    description: Description = ""
    external_reference: Reference = ""
    metadata: dict[str, Any] | None = None
    override_limits: Reason = ""
    late: Late = "refuse"
    override_lock: Reason = ""
    confirm_unusual_date: Confirmed = False


class TransferFields(CommonFields, kw_only=True):
    """Money from `credit_account` to `debit_account`, both in one currency."""

    debit_account: Code
    credit_account: Code
    amount: Amount
    currency: Currency = ""
    dimensions: Dimensions | None = None

    def draft(self, key: str, actor: str) -> Draft:
        """The draft this asks for. Raises `Malformed` for an amount that is none."""
        amount = parse_amount(self.amount, "/amount")
        currency, dimensions = self.currency, self.dimensions or None
        return Draft(
            key,
            (
                Line(self.debit_account, amount, currency, "", dimensions),
                # Not `-amount`, which would round to the 28 digits of the thread's context.
                Line(self.credit_account, amount.copy_negate(), currency, "", dimensions),
            ),
            "transfer",
            self.effective_date,
            self.description,
            self.external_reference,
            self.metadata,
            override_limits=self.override_limits,
            actor=actor,
            late=self.late,
            override_lock=self.override_lock,
            confirm_unusual_date=self.confirm_unusual_date,
        )

    def is_plain(self, text: bytes, *, texts: int = 0) -> bool:
        """Whether `text`, which this was decoded from, is sure to name no member twice and hold no NUL.

        True when it has no escapes and just as many quotes as the members with a text value need; `texts` is how many
        there are beside those of a transfer. False only means that it must be looked at closely.
        """
        texts += 3 + (self.effective_date is not None) + (self.late != "refuse")
        for value in (
            self.description,
            self.external_reference,
            self.currency,
            self.override_limits,
            self.override_lock,
        ):
            if value:
                texts += 1
        return text.count(b'"') == 4 * texts and b"\\" not in text


class JournalLine(msgspec.Struct, forbid_unknown_fields=True):
    account: Code
    side: Literal["debit", "credit"]
    amount: Amount
    currency: Currency = ""
    description: Description = ""
    dimensions: Dimensions | None = None
    expected_version: Version | None = None
    expected_balance: Signed | None = None

    def line(self, number: int) -> Line:
        amount = parse_amount(self.amount, f"/lines/{number}/amount")
        expected = self.expected_balance
        return Line(
            self.account,
            amount if self.side == "debit" else amount.copy_negate(),
            self.currency,
            self.description,
            self.dimensions or None,
            self.expected_version,
            None if expected is None else parse_signed(expected, f"/lines/{number}/expected_balance"),
        )


class JournalFields(CommonFields, kw_only=True):
    """Lines that sum to zero in every currency. An adjustment is dated on the last day of a period."""

    layer: Literal["ordinary", "adjustment"] = "ordinary"
    lines: Annotated[list[JournalLine], msgspec.Meta(min_length=MIN_LINES, max_length=MAX_LINES)]

    def draft(self, key: str, actor: str) -> Draft:
        """The draft this asks for. Raises `Malformed` for an amount that is none."""
        return Draft(
            key,
            tuple([line.line(number) for number, line in enumerate(self.lines)]),
            "manual",
            self.effective_date,
            self.description,
            self.external_reference,
            self.metadata,
            override_limits=self.override_limits,
            actor=actor,
            layer=self.layer,
            late=self.late,
            override_lock=self.override_lock,
            confirm_unusual_date=self.confirm_unusual_date,
        )


class TransferRequest(TransferFields, kw_only=True):
    dry_run: bool = False


class JournalRequest(JournalFields, kw_only=True):
    dry_run: bool = False


class ReverseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`layer` null is that of the journal; an adjustment is reversed on its own date unless told otherwise."""

    effective_date: date | None = None
    description: Description = ""
    override_limits: Reason = ""
    late: Late = "refuse"
    override_lock: Reason = ""
    layer: Literal["ordinary", "adjustment"] | None = None


class TransferItem(TransferFields, kw_only=True):
    idempotency_key: Key = ""


class JournalItem(JournalFields, kw_only=True):
    idempotency_key: Key = ""


Item = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        extra_json_schema={
            "anyOf": [{"$ref": "#/components/schemas/TransferItem"}, {"$ref": "#/components/schemas/JournalItem"}]
        }
    ),
]


class BatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Items stay undecoded here, so that one that is malformed does not take the others with it."""

    mode: Literal["each", "atomic"]
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    dry_run: bool = False
