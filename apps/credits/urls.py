from django.urls import include, path

from apps.credits import api
from apps.credits.catalogue import api as catalogue
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("credits/applications", view(catalogue.application_list), name="credit-applications"),
    path("credits/applications/<str:application>", view(catalogue.application_show), name="credit-application"),
    path("credits/operations", view(api.credit_operation), name="credit-operations"),
    path("credits/operations/batch", view(api.credit_operation_batch), name="credit-operation-batch"),
    path("", include("apps.credits.owners.urls")),
]
