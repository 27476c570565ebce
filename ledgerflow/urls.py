"""Where everything is. Errors below /api/ are problem documents, also those that Django finds before any view."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

to_admin = RedirectView.as_view(pattern_name="admin:index")

urlpatterns = [
    path("", to_admin),
    path("admin", to_admin),
    path("admin/", admin.site.urls),
    path("api/", include("ledgerflow.web.urls")),
    path("api/", include("ledgerflow.approvals.urls")),
    path("api/", include("ledgerflow.events.feed.urls")),
    path("api/", include("ledgerflow.events.publishing.urls")),
    path("api/", include("ledgerflow.events.checkpoints.urls")),
    path("api/", include("ledgerflow.events.webhooks.urls")),
    path("api/", include("ledgerflow.events.commands.urls")),
    path("api/", include("ledgerflow.events.consuming.dead_letters.urls")),
    path("api/", include("accounts.urls")),
    path("api/", include("accounts.dimensions.urls")),
    path("api/", include("accounts.bases.urls")),
    path("api/", include("journals.api.urls")),
    path("api/", include("journals.views.urls")),
    path("api/", include("journals.holds.urls")),
    path("api/", include("journals.lots.urls")),
    path("api/", include("journals.days.urls")),
    path("api/", include("journals.periods.urls")),
    path("api/", include("journals.schedules.urls")),
    path("api/", include("journals.taxes.urls")),
    path("api/", include("journals.series.urls")),
    path("api/", include("journals.proof.urls")),
    path("api/", include("fx.rates.urls")),
    path("api/", include("fx.deals.urls")),
    path("api/", include("fx.revaluation.urls")),
    path("api/", include("fx.functional.urls")),
    path("api/", include("recon.statements.urls")),
    path("api/", include("recon.matching.urls")),
    path("api/", include("recon.cases.urls")),
    path("api/", include("recon.reports.urls")),
    path("api/", include("recon.open_items.urls")),
    path("api/", include("reports.urls")),
    path("api/", include("reports.budgets.urls")),
    path("api/", include("apps.operations.urls")),
    path("api/", include("apps.credits.urls")),
    path("", include("apps.content.urls")),
    path("", include("apps.items.urls")),
    path("", include("apps.credits.doors.urls")),
]

handler400 = "ledgerflow.web.problems.bad_request"
handler404 = "ledgerflow.web.problems.not_found"
handler500 = "ledgerflow.web.problems.server_error"
