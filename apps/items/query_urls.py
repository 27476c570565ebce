"""Items where nothing but reading is done."""

from django.urls import path

from apps.items import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("items", view(api.item_list), name="items"),
    path("items/<uuid:item_id>", view(api.item_show), name="item"),
]
