"""A statement of reconciliation as a document, of which files are made: what stands in each line, and its notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ledgerflow.core.clocks import as_text
from ledgerflow.core.documents import Column, DataCut, Document, DocumentRow
from recon.reports.shapes import OutstandingItem, ReconReport, ReconStatement

COLUMNS = (
    Column("Item", width=44), Column("Date", "date"), Column("Id", width=36), Column("Match", "integer"),
    Column("Amount", "amount"),
)  # fmt: skip


def recon_document(report: ReconReport, generated_at: datetime) -> Document:
    """The report, one statement after the other."""
    recorded_at = as_text(report.recorded_at) if report.recorded_at else ""
    return Document(
        title=report.title,
        entity_code=report.entity,
        entity_name=report.entity_name,
        data_cut=DataCut(report.event_sequence, recorded_at),
        generated_at=generated_at,
        columns=COLUMNS,
        rows=_rows(report),
        parameters=(("Date", str(report.day)),),
        notes=tuple(note for statement in report.statements for note in _notes(statement)),
        is_tree=True,
    )


def _rows(report: ReconReport) -> Iterator[DocumentRow]:
    for statement in report.statements:
        yield from _of_statement(statement)
        yield from _of_exceptions(statement)
        yield from _of_rules(statement)


def _of_statement(one: ReconStatement) -> Iterator[DocumentRow]:
    yield DocumentRow((f"{one.name} ({one.account}), {one.currency}", None, None, None, None), "heading")
    yield DocumentRow(("Balance of the books", one.day, None, None, Decimal(one.book_balance)), "subtotal")
    for title, items in (
        ("In the books and not at the bank", one.outstanding_books),
        ("At the bank and not in the books", one.outstanding_bank),
    ):
        if items:
            yield DocumentRow((title, None, None, None, None), "heading", 1)
            yield from map(_of_item, items)
    if one.residuals:
        yield DocumentRow(("What matches leave unexplained", None, None, None, None), "heading", 1)
        for residual in one.residuals:
            text = residual.explanation
            yield DocumentRow((text, None, None, residual.match, Decimal(residual.effect)), "normal", 2)
    yield DocumentRow(("Explained", None, None, None, Decimal(one.explained)), "subtotal")
    if one.unexplained is not None and Decimal(one.unexplained):
        yield DocumentRow(("Explained by no item", None, None, None, Decimal(one.unexplained)), "subtotal")
    bank = None if one.bank_balance is None else Decimal(one.bank_balance)
    yield DocumentRow(("Balance of the bank", one.day, None, None, bank), "total")


def _of_item(item: OutstandingItem) -> DocumentRow:
    return DocumentRow((item.text, item.day, str(item.id), item.match, Decimal(item.effect)), "normal", 2)


def _of_exceptions(one: ReconStatement) -> Iterator[DocumentRow]:
    yield DocumentRow(("Exceptions that are open, by age in days", None, None, None, None), "heading", 1)
    for age in one.exceptions:
        kinds = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in age.kinds.items())
        yield DocumentRow(
            (f"{age.age}: {age.count}{f' ({kinds})' if kinds else ''}", None, None, None, None), "normal", 2
        )


def _of_rules(one: ReconStatement) -> Iterator[DocumentRow]:
    yield DocumentRow(("Lines of the bank by the rule that has matched them", None, None, None, None), "heading", 1)
    for rate in one.rules:
        name = rate.rule.replace("_", " ") or "no match"
        text = f"{name}: lines {rate.lines}, {rate.share} per cent"
        yield DocumentRow((text, None, None, None, Decimal(rate.amount)), "normal", 2)


def _notes(one: ReconStatement) -> Iterator[str]:
    if one.can_finish:
        yield f"{one.account} ties: every difference is explained by an item."
    for reason in one.reasons:
        yield f"{one.account} is not finished. {reason}"
