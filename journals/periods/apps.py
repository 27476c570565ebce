from django.apps import AppConfig


class PeriodsConfig(AppConfig):
    name = "journals.periods"
    verbose_name = "Fiscal periods"
