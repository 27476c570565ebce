"""What the role `query` serves, from read models alone."""

from django.urls import include, path

addresses = [
    path("api/", include("ledgerflow.web.urls")),
    path("api/", include("journals.views.urls")),
    path("", include("apps.items.query_urls")),
]
# Under the name that they have among all the others.
urlpatterns = [path("", include((addresses, "ledgerflow")))]

handler400 = "ledgerflow.web.problems.bad_request"
handler404 = "ledgerflow.web.problems.not_found"
handler500 = "ledgerflow.web.problems.server_error"
