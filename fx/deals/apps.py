from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "fx.deals"
    verbose_name = "Quotes and settlements"

    def ready(self) -> None:
        from fx.deals.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
