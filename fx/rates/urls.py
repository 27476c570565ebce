from django.urls import path

from fx.rates import api

urlpatterns = [
    path("fx/rates", api.RatesView.as_view(), name="fx-rates"),
    path("fx/convert", api.ConvertView.as_view(), name="fx-convert"),
    path("fx/policy", api.PolicyView.as_view(), name="fx-policy"),
]
