"""Every address of the API, for the URLs of this project and of any other, below whatever stands before it there."""

from django.urls import include, path

from ledgerflow.web.problems import nothing_there

app_name = "ledgerflow"
urlpatterns = [
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
    path("api/", include("journals.attachments.urls")),
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
    path("", include("apps.items.urls")),
    path("", include("apps.credits.doors.urls")),
    path("api/<path:rest>", nothing_there),
]
