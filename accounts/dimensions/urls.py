from django.urls import path

from accounts.dimensions import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("dimensions/<str:dimension>", view(api.dimension_show, api.dimension_change), name="dimension"),
    path(
        "dimensions/<str:dimension>/values",
        view(api.dimension_value_list, api.dimension_value_declare),
        name="dimension-values",
    ),
    path(
        "dimensions/<str:dimension>/values/<str:value>",
        view(api.dimension_value_show, api.dimension_value_change),
        name="dimension-value",
    ),
    path(
        "accounts/<str:code>/dimensions",
        view(api.account_dimensions_show, api.account_dimensions_change),
        name="account-dimensions",
    ),
]
