from django.urls import path

from apps.operations import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("operations", view(api.operation_list), name="operations"),
    path("operations/batch", view(api.operation_batch), name="operation-batch"),
    path("operations/<slug:template>", view(api.operation_run), name="operation"),
    path("operations/<slug:template>/schema", view(api.operation_schema), name="operation-schema"),
    path("operations/<slug:template>/proposals", view(api.operation_propose), name="operation-proposals"),
]
