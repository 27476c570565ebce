"""Writing the books out, in one snapshot and in bounded memory: for hledger, or as CSV.

The CSV is what `import_accounts` and `import_journals` find their columns in by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple, TextIO
from uuid import UUID

import msgspec
import psycopg

from journals.drafts import ORDINARY
from ledgerflow.books.models import Entity
from ledgerflow.books.snapshots import snapshot
from ledgerflow.files.rows import row_writer

FETCH = 2000
# hledger's letters for the types of accounts (its manual, "Account types").
TYPE_LETTERS = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"}
# What `import_journals --group-by journal` finds by itself; the key makes an import of the same journals a replay.
CSV_COLUMNS = (
    "journal",
    "date",
    "kind",
    "layer",
    "original_date",
    "reverses",
    "description",
    "reference",
    "key",
    "metadata",
    "account",
    "side",
    "amount",
    "currency",
    "line_description",
)

LINES = """
    SELECT j.id, j.number, j.effective_date, j.kind, j.layer, j.original_date, j.reverses_id, j.description,
           j.external_reference, j.metadata::text, a.code, p.amount, p.currency, p.description, p.dimensions::text
    FROM journals_journal j
    JOIN journals_posting p ON p.journal_id = j.id
    JOIN accounts_account a ON a.id = p.account_id
    WHERE j.entity_id = %s AND j.effective_date BETWEEN %s AND %s
    ORDER BY {order}
"""
BY_DATE = LINES.format(order="j.effective_date, j.number, p.line")
# The order in which limits were kept, and in which a reversal comes after its original.
AS_RECORDED = LINES.format(order="j.number, p.line")
CURRENCIES = """
    SELECT code, minor_units FROM accounts_currency c
    WHERE entity_id = %s
      AND EXISTS (SELECT FROM accounts_account a WHERE a.entity_id = c.entity_id AND a.currency = c.code)
    ORDER BY code
"""
ACCOUNTS = "SELECT code, type FROM accounts_account WHERE entity_id = %s AND NOT is_header ORDER BY code"
DIMENSIONS = "SELECT dimensions FROM books_entity WHERE id = %s"
# In the order in which accounts were opened, parents before those below them: a parent can be younger.
CHART = """
    WITH RECURSIVE below AS (
        SELECT id, id AS youngest, 0 AS level FROM accounts_account WHERE entity_id = %s AND parent_id IS NULL
        UNION ALL
        SELECT a.id, greatest(a.id, b.youngest), b.level + 1 FROM below b JOIN accounts_account a ON a.parent_id = b.id
    )
    SELECT a.code, a.name, a.type, a.currency, a.normal_side, coalesce(p.code, ''), a.is_header, a.monetary, a.owner_id,
           a.role, a.cash_flow, a.term, l.min_balance, l.max_balance, nullif(a.metadata::text, '{}')
    FROM below b JOIN accounts_account a ON a.id = b.id
    JOIN accounts_balance l ON l.account_id = a.id
    LEFT JOIN accounts_account p ON p.id = a.parent_id
    ORDER BY b.youngest, b.level, a.id
"""
CHART_COLUMNS = (
    "code", "name", "type", "currency", "normal_side", "parent", "is_header", "monetary", "owner_id", "role",
    "cash_flow", "term", "min_balance", "max_balance", "metadata",
)  # fmt: skip
TAKEN = "SELECT code FROM accounts_account WHERE entity_id = %s AND code = ANY (%s::text[])"


class ExportedLine(NamedTuple):
    """One posting with what its journal says; `amount` is signed, debit positive."""

    journal: UUID
    number: int
    effective_date: date
    kind: str
    layer: str
    original_date: date | None
    reverses: UUID | None
    description: str
    reference: str
    metadata: str | None
    account: str
    amount: Decimal
    currency: str
    line_description: str
    dimensions: str | None


def export_csv(entity: Entity, out: TextIO, *, start: date = date.min, end: date = date.max) -> int:
    """One row per line of each journal dated from `start` to `end`, both included; gives the number of journals."""
    with snapshot() as connection:
        ((dimensions,),) = connection.execute(DIMENSIONS, (entity.id,)).fetchall()
        write_row = row_writer(out)
        write_row([*CSV_COLUMNS, *(f"dimension.{name}" for name in dimensions)])
        journals = 0
        found = _journals(connection, AS_RECORDED, entity, start, end)
        for journals, lines in enumerate(found, 1):  # noqa: B007 - counts
            for line in lines:
                write_row(_csv_row(line, dimensions))
    return journals


def export_chart(entity: Entity, out: TextIO) -> int:
    """One row per account, whether it is closed or frozen now or not; gives their number."""
    with snapshot() as connection:
        write_row = row_writer(out)
        write_row(CHART_COLUMNS)
        accounts = 0
        for accounts, row in enumerate(_stream(connection, CHART, (entity.id,)), 1):  # noqa: B007 - counts
            write_row([_cell(value) for value in row])
    return accounts


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else "" if value is None else str(value)


def export_hledger(entity: Entity, out: TextIO, *, start: date = date.min, end: date = date.max) -> int:
    """A journal file that `hledger check --strict` accepts and that gives our balances; gives the number of journals.

    Codes that hledger would read otherwise (spaces in a row, a mark at their beginning) are changed there; what a
    description cannot hold (line breaks, `;`) becomes a space or a comma. References, keys, metadata and descriptions
    of lines stay out: hledger would look for tags and dates in them. A layer other than the ordinary one is a tag.
    """
    with snapshot() as connection:
        out.write(f"; {_one_line(entity.code)}: {_one_line(entity.name)}\ndecimal-mark .\n")
        out.writelines(
            f"commodity 1.{'0' * minor_units} {_commodity(code)}\n"
            for code, minor_units in connection.execute(CURRENCIES, (entity.id,))
        )
        changed = _changed_names(connection, entity)
        out.writelines(
            f"account {changed.get(code, code)}  ; type:{TYPE_LETTERS[kind]}\n"
            for code, kind in _stream(connection, ACCOUNTS, (entity.id,))
        )
        journals = 0
        found = _journals(connection, BY_DATE, entity, start, end)
        for journals, lines in enumerate(found, 1):  # noqa: B007 - counts
            out.write(_hledger_journal(list(lines), changed))
    return journals


def _journals(
    connection: psycopg.Connection[Any], sql: str, entity: Entity, start: date, end: date
) -> Iterator[Iterable[ExportedLine]]:
    lines = map(ExportedLine._make, _stream(connection, sql, (entity.id, start, end)))
    return (of_one for _, of_one in groupby(lines, key=lambda line: line.journal))


def _stream(connection: psycopg.Connection[Any], sql: str, params: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Rows through a cursor of the server: neither side holds them all."""
    with connection.cursor("export") as cursor:
        cursor.itersize = FETCH
        yield from cursor.execute(sql, params)


def _csv_row(line: ExportedLine, dimensions: list[str]) -> list[object]:
    values = msgspec.json.decode(line.dimensions) if line.dimensions else {}
    return [
        line.number,
        line.effective_date,
        line.kind,
        line.layer,
        line.original_date or "",
        f"journal:{line.reverses}" if line.reverses else "",
        line.description,
        line.reference,
        f"journal:{line.journal}",
        line.metadata or "",
        line.account,
        "debit" if line.amount > 0 else "credit",
        format(line.amount.copy_abs(), "f"),
        line.currency,
        line.line_description,
        *(values.get(name, "") for name in dimensions),
    ]


def _hledger_journal(lines: list[ExportedLine], changed: dict[str, str]) -> str:
    first = lines[0]
    # The number as the code: what follows a code is description, whatever it begins with.
    head = f"\n{first.effective_date} ({first.number}) {_one_line(first.description)}".rstrip()
    if first.layer != ORDINARY:
        head += f"  ; layer:{first.layer}"
    postings = [
        f"    {changed.get(line.account, line.account)}  {line.amount:f} {_commodity(line.currency)}" for line in lines
    ]
    return "\n".join([head, *postings, ""])


def _commodity(code: str) -> str:
    return code if code.isalpha() else f'"{code}"'


def _one_line(text: str) -> str:
    return " ".join(text.replace(";", ",").split())


def _changed_names(connection: psycopg.Connection[Any], entity: Entity) -> dict[str, str]:
    """Names for the codes that cannot stand in hledger's file as they are; none that another account has."""
    changed: dict[str, str] = {}
    given: set[str] = set()
    for code, _ in _stream(connection, ACCOUNTS, (entity.id,)):
        name = hledger_name(code)
        while name != code and (name in given or _is_taken(connection, entity, name)):
            name += "_"
        if name != code:
            changed[code] = name
            given.add(name)
    return changed


def _is_taken(connection: psycopg.Connection[Any], entity: Entity, name: str) -> bool:
    return connection.execute(TAKEN, (entity.id, [name])).fetchone() is not None


def hledger_name(code: str) -> str:
    """A code as hledger reads it back: two spaces end a name, `*` and `!` are marks, brackets mean virtual."""
    name = re.sub(r"\s+", lambda space: " " if space[0] == " " else "_", code)
    return f"_{name}" if name[0] in "*!;([" else name
