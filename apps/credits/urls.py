from django.urls import path

from apps.credits import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("credits/operations", view(api.credit_operation), name="credit-operations"),
    path("credits/operations/batch", view(api.credit_operation_batch), name="credit-operation-batch"),
]
