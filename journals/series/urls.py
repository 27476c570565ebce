from django.urls import path

from journals.series import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("number-series", view(api.series_list, api.series_make), name="number-series"),
    path("series-numbers", view(api.series_number_list), name="series-numbers"),
    path("journals/<uuid:journal_id>/series-number", view(api.series_number_show), name="series-number"),
]
