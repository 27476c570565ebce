from django.urls import path

from journals import api

urlpatterns = [
    path("transfers", api.TransferView.as_view(), name="transfers"),
]
