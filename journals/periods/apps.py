from django.apps import AppConfig


class PeriodsConfig(AppConfig):
    name = "journals.periods"
    verbose_name = "Fiscal periods"

    def ready(self) -> None:
        from journals.periods.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
