"""What every report says of itself, and its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledgerflow.core import clocks
from ledgerflow.core.documents import Cell, Column, DataCut, Document, DocumentRow, Style
from reports.reading.figures import Reader
from reports.shapes import Block, LogCheckpoint, Report, TreeReport, TreeRow

STYLES: dict[str, Style] = {
    "section": "heading",
    "heading": "heading",
    "account": "normal",
    "computed": "normal",
    "subtotal": "subtotal",
    "total": "total",
}

NEWEST_CHECKPOINT = """
    SELECT size, encode(root, 'base64'), encode(sha256(convert_to(note, 'UTF8')), 'hex') FROM checkpoints_checkpoint
    WHERE entity_id = %s ORDER BY size DESC LIMIT 1
"""
SIDES = ("debit", "credit", "inflow", "outflow")  # ends of the names of columns that hold one side each
# How a document says which entries count.
VIEW_NAMES = {
    "before": "before adjustments",
    "adjusted": "with adjustments, without closing entries",
    "after": "with adjustments and closing entries",
    "fiscal_year": "income and expense of the fiscal year",
    "lifetime": "income and expense of all years",
}


def head_of(reader: Reader, title: str, notes: Iterable[str] = (), **asked: object) -> dict[str, Any]:
    """The fields of `shapes.Report`; of `asked`, what is None was not asked."""
    if reader.known_at is not None:
        asked["known_at"] = reader.known_at.isoformat()
    return {
        "title": title,
        "entity": reader.books.code,
        "entity_name": reader.books.name,
        "parameters": {
            name.removesuffix("_"): str(value) for name, value in asked.items() if value is not None and value != ""
        },
        "event_sequence": reader.cut.sequence,
        "recorded_at": reader.cut.recorded_at,
        "generated_at": clocks.now(),
        "notes": list(dict.fromkeys([*notes, *reader.notes])),
    }


def document_head(report: Report) -> dict[str, Any]:
    """The fields of `Document` that come from a report's head."""
    return {
        "title": report.title,
        "entity_code": report.entity,
        "entity_name": report.entity_name,
        "data_cut": DataCut(report.event_sequence, moment(report.recorded_at)),
        "generated_at": report.generated_at,
        "parameters": tuple(
            (name.replace("_", " ").capitalize(), VIEW_NAMES.get(value, value))
            for name, value in report.parameters.items()
        ),
        "notes": tuple(report.notes),
    }


def checkpoint_of_log(reader: Reader) -> LogCheckpoint | None:
    """The newest checkpoint in the snapshot of the report, None before the first."""
    found = reader.rows(NEWEST_CHECKPOINT, (reader.entity_id,))
    return LogCheckpoint(*found[0]) if found else None


def checkpoint_parameters(found: LogCheckpoint | None) -> tuple[tuple[str, str], ...]:
    """What a file says of it."""
    if found is None:
        return ()
    return (("Checkpoint", f"{found.size} events, root {found.root}"), ("SHA-256 of its note", found.note_sha256))


def tree_document(report: TreeReport) -> Document:
    """A report over the tree of accounts as a table: its names, codes and currency, then a column per amount."""
    columns = (
        Column("Account", width=34),
        Column("Code", width=12),
        Column("Currency", width=8),
        *(Column(column.title, "amount", 16) for column in report.columns),
    )
    keys = [column.key for column in report.columns]
    rows = [row for block in report.blocks for row in _block(block, keys, is_one_of_many=len(report.blocks) > 1)]
    return Document(**document_head(report), columns=columns, rows=rows, is_tree=True)


def span(from_date: date, to_date: date) -> str:
    """How a column of movements is headed."""
    return f"{from_date} to {to_date}"


def moment(recorded_at: datetime | None) -> str:
    """A moment in UTC as the data cut prints it."""
    return "before the first event" if recorded_at is None else f"{recorded_at:%Y-%m-%dT%H:%M:%S.%f}Z"


def _block(block: Block, keys: list[str], *, is_one_of_many: bool) -> Iterator[DocumentRow]:
    if is_one_of_many:
        yield DocumentRow((block.currency, *[None] * (len(keys) + 2)), "heading")
    yield from (_row(block, row, keys) for row in block.rows)


def _row(block: Block, row: TreeRow, keys: list[str]) -> DocumentRow:
    amounts: list[Cell] = [_cell(row, key) for key in keys]
    currency = block.currency if row.amounts else None
    return DocumentRow((row.name, row.account, currency, *amounts), STYLES[row.kind], row.level)


def _cell(row: TreeRow, key: str) -> Cell:
    """The amount; on the side that an account does not stand on, nothing."""
    amount = row.amounts.get(key)
    is_blank = amount is not None and row.kind in {"account", "computed"} and key.endswith(SIDES)
    return None if is_blank and not Decimal(amount or 0) else amount
