"""What the role `query` serves, from read models alone."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("ledgerflow.web.urls")),
    path("api/", include("journals.views.urls")),
    path("", include("apps.items.query_urls")),
]

handler400 = "ledgerflow.web.problems.bad_request"
handler404 = "ledgerflow.web.problems.not_found"
handler500 = "ledgerflow.web.problems.server_error"
