"""Where everything is. Errors below /api/ are problem documents, also those that Django finds before any view."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ledgerflow.web.policy.content import REPORTS
from ledgerflow.web.policy.reports import policy_reports

to_admin = RedirectView.as_view(pattern_name="admin:index")

urlpatterns = [
    path("", to_admin),
    path("admin", to_admin),
    path(REPORTS, policy_reports, name="policy-reports"),
    path("admin/", admin.site.urls),
    path("", include("ledgerflow.urls_to_include")),
    path("", include("apps.content.urls")),
]

handler400 = "ledgerflow.web.problems.bad_request"
handler404 = "ledgerflow.web.problems.not_found"
handler500 = "ledgerflow.web.problems.server_error"
