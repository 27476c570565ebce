"""The report of this room among the others: its endpoint, its admin page, its files."""

from __future__ import annotations

from apps.credits.owners.liability import TITLE, credits_liability
from apps.credits.owners.shapes import LiabilityReport
from reports.kinds import KNOWN, ReportKind, of_lines

LIABILITY = ReportKind(
    "credits-liability", TITLE, {"as_of": (), "from": (), "unit": (), **KNOWN}, of_lines(credits_liability),
    answer=LiabilityReport,
)  # fmt: skip
