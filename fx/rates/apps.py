from django.apps import AppConfig


class RatesConfig(AppConfig):
    name = "fx.rates"
    verbose_name = "Exchange rates"

    def ready(self) -> None:
        from fx.rates.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
