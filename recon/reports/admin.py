"""Admin pages of finished reconciliations: when each was finished, and its statement as it was kept."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from ledgerflow.web.admin_base import ReadOnlyAdmin, amount_text, require
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.downloads import download, format_of
from recon.reports.documents import recon_document
from recon.reports.finishing import report_of, run_in
from recon.reports.models import ReconRun


@admin.register(ReconRun)
class ReconRunAdmin(ReadOnlyAdmin[ReconRun]):
    list_display = ("recorded_at", "bank_account", "number", "day", "bank_text", "sha256", "who")
    list_filter = (EntityFilter,)
    list_select_related = ("bank_account",)
    ordering = ("-event_sequence",)
    detail_template = "ledgerflow/admin/recon_run.html"

    @admin.display(description="Balance of the bank")
    def bank_text(self, row: ReconRun) -> str:
        return amount_text(row.bank_balance)

    def get_urls(self) -> list[URLPattern]:
        file_view = self.admin_site.admin_view(self.file_view)
        return [path("<uuid:run_id>/file/", file_view, name="recon_reports_reconrun_file"), *super().get_urls()]

    def file_view(self, request: HttpRequest, run_id: Any) -> HttpResponseBase:
        """The statement as a file (`?format=`)."""
        row = self.get_object(request, str(run_id))
        require(row is not None and self.has_view_permission(request, row))
        assert row is not None  # noqa: S101 - required above
        run = run_in(row.entity_id, row.pk)
        name = f"reconciliation-{run.bank_account.account.code}-{run.day}-{run.number}"
        return download(
            format_of(request), name, json=run.content.encode,
            document=lambda: recon_document(report_of(run), run.recorded_at),
        )  # fmt: skip

    def detail_context(self, request: HttpRequest, row: ReconRun) -> dict[str, Any]:
        return {"title": f"{row} for {row.bank_account}", "statement": report_of(row).statements[0]}
