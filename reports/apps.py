from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from reports.plugin import PLUGIN

        registry.add(PLUGIN)
