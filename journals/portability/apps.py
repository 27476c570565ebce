from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "journals.portability"
    verbose_name = "Imports and exports"
