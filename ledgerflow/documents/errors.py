"""Refusals of reports as files."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class ReportTooLarge(LedgerError):
    """A report has more rows than this kind of file takes; `data` says how many, and which format takes them."""

    code = "report_too_large"
    template = "A report of this kind has at most {most} rows."


class PdfTooLong(ReportTooLarge):
    template = "A PDF takes {most:,} rows; take CSV or XLSX."


class SheetTooLong(ReportTooLarge):
    template = "An Excel sheet takes {most:,} rows; take CSV."
