from django.apps import AppConfig


class HoldsConfig(AppConfig):
    name = "journals.holds"
    verbose_name = "Holds"
