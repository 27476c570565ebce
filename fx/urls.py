from django.urls import path

from fx.api import rates

urlpatterns = [
    path("fx/rates", rates.RatesView.as_view(), name="fx-rates"),
    path("fx/convert", rates.ConvertView.as_view(), name="fx-convert"),
    path("fx/policy", rates.PolicyView.as_view(), name="fx-policy"),
]
