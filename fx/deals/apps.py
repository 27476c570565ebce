from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "fx.deals"
    verbose_name = "Quotes and settlements"
