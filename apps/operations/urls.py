from django.urls import path

from apps.operations import api
from apps.operations.drafting import api as drafting
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("operations", view(api.operation_list), name="operations"),
    path("operations/batch", view(api.operation_batch), name="operation-batch"),
    path("operations/<slug:template>", view(api.operation_run), name="operation"),
    path("operations/<slug:template>/schema", view(api.operation_schema), name="operation-schema"),
    path(
        "operations/<slug:template>/versions",
        view(drafting.version_list, drafting.version_draft),
        name="operation-versions",
    ),
    path("operations/<slug:template>/versions/<int:number>", view(drafting.version_show), name="operation-version"),
    path(
        "operations/<slug:template>/versions/<int:number>/differences",
        view(drafting.version_differences),
        name="operation-version-differences",
    ),
    path(
        "operations/<slug:template>/versions/<int:number>/activate",
        view(drafting.version_activate),
        name="operation-version-activate",
    ),
    path(
        "operations/<slug:template>/versions/<int:number>/retire",
        view(drafting.version_retire),
        name="operation-version-retire",
    ),
    path("operations/<slug:template>/proposals", view(api.operation_propose), name="operation-proposals"),
]
