"""Items where commands come in."""

from django.urls import path

from apps.items import api
from ledgerflow.web.endpoints import view

urlpatterns = [path("items", view(api.item_create), name="items")]
