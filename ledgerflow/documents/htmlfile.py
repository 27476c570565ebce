"""A document as one page of HTML: it needs no other file, runs nothing, and prints as it looks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ledgerflow.core.documents import Column, Document, DocumentRow, cell_text, cells_of, printable

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #111 }
table { border-collapse: collapse } th, td { padding: .2em .8em; text-align: left; vertical-align: top }
thead th { border-bottom: 1px solid #111 } .right { text-align: right; font-variant-numeric: tabular-nums }
.heading td { font-weight: 600; padding-top: .8em } .subtotal td { border-top: 1px solid #999 }
.total td { border-top: 2px solid #111; font-weight: 600 } dl { display: grid; grid-template-columns: max-content 1fr }
dt { padding-right: 1em } dd { margin: 0 }
"""


def to_html(document: Document) -> Iterator[str]:
    """The lines of the file. `rows` is read as the lines are."""
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f"<title>{_text(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield f"<h1>{_text(document.title)}</h1>\n<dl>\n"
    for name, value in document.preamble()[1:]:
        yield f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>\n"
    yield "</dl>\n"
    for note in document.notes:
        yield f"<p>{_text(note)}</p>\n"
    heads = "".join(f'<th scope="col"{_side(column)}>{_text(column.name)}</th>' for column in document.columns)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for row in document.rows:
        yield _row(row, document.columns)
    yield "</tbody>\n</table>\n</body>\n</html>\n"


def _row(row: DocumentRow, columns: tuple[Column, ...]) -> str:
    cells = []
    for place, (cell, column) in enumerate(zip(cells_of(row, columns), columns, strict=True)):
        moved = f' style="padding-left: {1 + row.indent}em"' if place == 0 and row.indent else ""
        cells.append(f"<td{_side(column)}{moved}>{escape(cell_text(cell))}</td>")
    return f'<tr class="{row.style}">{"".join(cells)}</tr>\n'


def _side(column: Column) -> str:
    return ' class="right"' if column.is_right else ""


def _text(text: str) -> str:
    return escape(printable(text))
