"""The addresses of the shop; LedgerFlow's are below /money/."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("office/", admin.site.urls),
    path("money/", include("ledgerflow.urls_to_include")),
]
