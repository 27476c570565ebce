"""A document as a file of any format but JSON, which is no document's."""

from __future__ import annotations

from typing import BinaryIO

from ledgerflow.core.documents import Document, Format
from ledgerflow.documents.csvfile import to_csv
from ledgerflow.documents.htmlfile import to_html


def write_document(wanted: Format, document: Document, file: BinaryIO) -> None:
    """Write the document in this format. Raises `ReportTooLarge`."""
    # Their libraries are loaded by the first file that needs them: they are a tenth of every process's start.
    if wanted == "csv":
        file.writelines(line.encode() for line in to_csv(document))
    elif wanted == "html":
        file.writelines(line.encode() for line in to_html(document))
    elif wanted == "xlsx":
        from ledgerflow.documents.xlsx import to_xlsx  # noqa: PLC0415 - see above

        to_xlsx(document, file)
    else:
        from ledgerflow.documents.pdf import to_pdf  # noqa: PLC0415 - see above

        to_pdf(document, file)
