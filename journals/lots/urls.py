from django.urls import path

from journals.lots import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("accounts/<str:code>/lots", view(api.lots_show), name="account-lots"),
    path("lots/<uuid:lot_id>", view(api.lot_show), name="lot"),
]
