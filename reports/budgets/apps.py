from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "reports.budgets"
    verbose_name = "Budgets"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from reports.budgets.plugin import PLUGIN

        registry.add(PLUGIN)
