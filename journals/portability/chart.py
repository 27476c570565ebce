"""From rows to accounts to open, and to the journals of their opening balances. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.specs import AccountSpec
from journals.drafts import OPENING_KEY, OPENINGS, Draft, Line, check
from journals.portability.errors import NotTrueOrFalse
from ledgerflow.books.idempotency import as_key
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.money import ZERO
from ledgerflow.files.columns import bind
from ledgerflow.files.items import Item, check_cells, read_limit, read_metadata
from ledgerflow.files.layout import LayoutOptions
from ledgerflow.files.numbers import PLAIN, Numbers
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

ACCOUNT_FIELDS = frozenset({
    "code", "name", "type", "currency", "normal_side", "parent", "is_header", "monetary", "owner_id", "role",
    "cash_flow", "term", "keeps_lots", "min_balance", "max_balance", "metadata", "opening",
})  # fmt: skip
AMOUNTS = frozenset({"opening", "min_balance", "max_balance"})
TEXT_FIELDS = ("type", "normal_side", "parent", "owner_id", "role", "cash_flow", "term")
FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class AccountOptions(LayoutOptions, frozen=True):
    """Everything that decides what a file's rows mean; an import goes on only with the same."""

    opening_account: str = ""
    opening_date: str = ""
    actor: str = "import"
    confirm_unusual_dates: bool = False


class Charting:
    """Turns the rows of one file into items. Raises `OptionProblem` when the options do not fit the header."""

    def __init__(self, header: Sequence[str], options: AccountOptions, numbers: Numbers = PLAIN) -> None:
        self._fields = bind(header, options.columns, options.constants, ACCOUNT_FIELDS)
        self._header = header
        self._numbers = numbers
        self._options = options
        mapped = self._fields([""] * len(header)).keys()
        missing = sorted({"code", "currency"} - mapped)
        if missing:
            message = f"Nothing says where {', '.join(missing)} comes from: use --columns or --set."
            raise OptionProblem(message)
        if ("opening" in mapped) != bool(options.opening_account):
            message = "A column for opening and --opening-account go together."
            raise OptionProblem(message)

    def accounts(self, rows: Iterable[FileRow]) -> Iterator[Item[AccountSpec]]:
        """One item per row: the account to open."""
        for row in rows:
            yield self._item(row, self._spec)

    def openings(self, rows: Iterable[FileRow], day: date) -> Iterator[Item[Draft]]:
        """One item per row with an opening balance that is not zero: the journal that brings it in."""
        for row in rows:
            item = self._item(row, lambda row: self._opening(row, day))
            if item.wanted is not None or item.refusal is not None:
                yield item

    def _item(self, row: FileRow, read: Callable[[FileRow], Any]) -> Item[Any]:
        place = (row.number, row.number + 1, [row.cells])
        try:
            check_cells(row, self._header)
            return Item(*place, wanted=read(row))
        except LedgerError as refusal:
            return Item(*place, refusal=refusal)

    def _spec(self, row: FileRow) -> AccountSpec:
        fields = self._fields(row.cells)
        texts: dict[str, Any] = {name: fields[name] for name in TEXT_FIELDS if fields.get(name)}
        flags: dict[str, Any] = {
            name: _flag(fields[name], name) for name in ("is_header", "monetary", "keeps_lots") if fields.get(name)
        }
        spec = AccountSpec(
            code=fields["code"],
            name=fields.get("name") or fields["code"],
            currency=fields["currency"],
            min_balance=read_limit(fields.get("min_balance", ""), "/min_balance", self._numbers),
            max_balance=read_limit(fields.get("max_balance", ""), "/max_balance", self._numbers),
            metadata=read_metadata(fields),
            **texts,
            **flags,
        ).complete()
        self._opening_amount(fields)  # an account whose opening balance makes no sense is not opened either
        return spec

    def _opening(self, row: FileRow, day: date) -> Draft | None:
        amount = self._opening_amount(self._fields(row.cells))
        if not amount:
            return None
        spec = self._spec(row)
        signed = amount if spec.normal_side == "debit" else amount.copy_negate()
        return check(
            Draft(
                key=as_key(f"{OPENING_KEY}{spec.code}"),
                issuer=OPENINGS,
                lines=(
                    Line(spec.code, signed, spec.currency),
                    Line(self._options.opening_account, signed.copy_negate(), spec.currency),
                ),
                kind="opening",
                effective_date=day,
                # The day before the books is what an opening is dated; another one is asked for as elsewhere.
                confirm_unusual_date=self._options.confirm_unusual_dates or not self._options.opening_date,
                description="Opening balance",
                actor=self._options.actor,
            )
        )

    def _opening_amount(self, fields: dict[str, str]) -> Decimal:
        """On the account's normal side; zero when there is none."""
        return read_limit(fields.get("opening", ""), "/opening", self._numbers) or ZERO


def _flag(text: str, name: str) -> bool:
    if text.lower() not in FLAGS:
        raise NotTrueOrFalse(pointer=f"/{name}", text=text[:20])
    return FLAGS[text.lower()]
