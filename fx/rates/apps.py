from django.apps import AppConfig


class RatesConfig(AppConfig):
    name = "fx.rates"
    verbose_name = "Exchange rates"
