"""Builders of bank accounts and their files for tests: through the real use cases, amounts as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import Account
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import write
from recon.statements.bank_accounts import BankAccountSpec, set_bank_account
from recon.statements.importing import import_file
from recon.statements.models import BankAccount, StatementLine
from recon.statements.reading import ImportAnswer
from recon.statements.splitting import Part, split_in
from tests.builders import TODAY, an_account

IBAN = "DE89370400440532013000"
CSV_COLUMNS = {
    "booking_date": "date", "amount": "amount", "customer_reference": "reference", "counterparty": "name",
    "text": "text", "fixed_currency": "EUR",
}  # fmt: skip
CSV_HEADER = "date,amount,reference,name,text,balance"


class BankLine(NamedTuple):
    """A line as the bank writes it: money that came in is positive, `day` is the booking date."""

    amount: str
    reference: str = ""
    day: date = TODAY
    name: str = ""
    text: str = ""


def a_bank_account(entity: Entity, account: str = "BANK", **given: Any) -> BankAccount:
    """An account of ours of which a bank keeps statements; it is opened unless it is there."""
    if not Account.objects.filter(entity=entity, code=account).exists():
        an_account(entity, account, currency=given.pop("currency", "EUR"))
    spec = BankAccountSpec(**({"name": f"Bank of {account}"} | given))
    return set_bank_account(entity.id, account, spec, actor="test")


def lines_of(*lines: BankLine | tuple[Any, ...]) -> list[BankLine]:
    return [line if isinstance(line, BankLine) else BankLine(*line) for line in lines]


def closing_of(opening: str, lines: Sequence[BankLine]) -> Decimal:
    return Decimal(opening) + sum((Decimal(line.amount) for line in lines), Decimal())


def a_statement_file(
    *lines: BankLine | tuple[Any, ...],
    opening: str = "0.00",
    closing: str | None = None,
    opening_day: date | None = None,
    closing_day: date | None = None,
    account: str = IBAN,
    currency: str = "EUR",
    label: str = "1/1",
) -> bytes:
    """An MT940 file of one statement; its closing balance is what the lines make of the opening one unless given."""
    found = lines_of(*lines)
    days = [line.day for line in found] or [closing_day or TODAY]
    first, last = opening_day or min(days) - timedelta(days=1), closing_day or max(days)
    ends = Decimal(closing) if closing is not None else closing_of(opening, found)
    rows = [":20:START", f":25:{account}", f":28C:{label}", f":60F:{_balance(Decimal(opening), first, currency)}"]
    for line in found:
        rows += [_mt940_line(line), f":86:{line.text or 'a payment'}{' /NAME/' + line.name if line.name else ''}"]
    rows += [f":62F:{_balance(ends, last, currency)}", "-", ""]
    return "\n".join(rows).encode()


def _balance(amount: Decimal, day: date, currency: str) -> str:
    return f"{'D' if amount < 0 else 'C'}{day:%y%m%d}{currency}{_comma(amount)}"


def _mt940_line(line: BankLine) -> str:
    amount = Decimal(line.amount)
    sign = "D" if amount < 0 else "C"
    return f":61:{line.day:%y%m%d}{line.day:%m%d}{sign}{_comma(amount)}NTRF{line.reference or 'NONREF'}"


def _comma(amount: Decimal) -> str:
    return format(abs(amount), "f").replace(".", ",") if "." in str(amount) else f"{abs(amount)},"


def a_csv_file(*lines: BankLine | tuple[Any, ...], opening: str | None = None) -> bytes:
    """A CSV file that `CSV_COLUMNS` reads; with `opening` it has a column of balances (`balance` in the map)."""
    rows = [CSV_HEADER]
    balance = Decimal(opening or 0)
    for line in lines_of(*lines):
        balance += Decimal(line.amount)
        told = str(balance) if opening is not None else ""
        rows.append(f"{line.day},{line.amount},{line.reference},{line.name},{line.text},{told}")
    return ("\n".join(rows) + "\n").encode()


def imported(entity: Entity, bank: BankAccount | UUID | None, data: bytes, **given: Any) -> ImportAnswer:
    """Import a file and expect no refusal; without a bank account it goes to those that it names."""
    bank_id = bank.pk if isinstance(bank, BankAccount) else bank
    values: dict[str, Any] = {"actor": "test"} | given
    return import_file(entity.id, bank_id, data, values.pop("file_name", "statement.sta"), **values)


def lines_stored(bank: BankAccount) -> list[StatementLine]:
    """The lines of a bank account that stand, in the order they came."""
    rows = StatementLine.objects.filter(bank_account=bank, is_undone=False)
    return list(rows.order_by("statement__number", "number", "part"))


def split_in_two(entity: Entity, line: StatementLine) -> list[UUID]:
    """Split a line into 1.00 and the rest."""
    one = Decimal("1.00")
    parts = [Part(one), Part(line.amount - one)]
    return write(entity.id, lambda tx, _: split_in(tx, line.pk, parts, actor="test"))
