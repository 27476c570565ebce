"""What the endpoints of statements take."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec

from ledgerflow.core.money import parse_signed
from recon.statements.bank_accounts import MAX_IDENTIFIER, MAX_NAME, BankAccountSpec
from recon.statements.changing import MAX_REASON, Balances
from recon.statements.importing import MAX_FILE_NAME

Signed = Annotated[
    str,
    msgspec.Meta(
        max_length=64,
        description="Major units of the currency; money that we have is positive.",
        extra_json_schema={"pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,18})?$", "examples": ["1204.50"]},
    ),
]


class BankAccountRequest(msgspec.Struct, forbid_unknown_fields=True):
    """All that is known of a bank account; `column_map` tells how its CSV files are read, null where it sends none.

    `mirror` is the code of another account of these books, whose postings are its lines; then no files come.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
    identifier: Annotated[str, msgspec.Meta(max_length=MAX_IDENTIFIER)] = ""
    column_map: dict[str, Any] | None = None
    mirror: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None

    def spec(self) -> BankAccountSpec:
        return BankAccountSpec(self.name, self.identifier, self.column_map, self.mirror)


class StatementRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A file of statements of one bank account, named by its account; `content` is its bytes in base64.

    Without `account`, each statement goes to the bank account whose `identifier` it names.
    """

    file_name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_FILE_NAME)]
    content: bytes
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    allow_gap: bool = False


class UndoRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Why an import is taken back."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON)]


class BalancesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The balances that the file of a statement did not have."""

    opening_day: date
    opening_balance: Signed
    closing_day: date
    closing_balance: Signed
    allow_gap: bool = False

    def balances(self) -> Balances:
        """Raises `Malformed`."""
        return Balances(
            self.opening_day,
            parse_signed(self.opening_balance, "/opening_balance"),
            self.closing_day,
            parse_signed(self.closing_balance, "/closing_balance"),
        )
