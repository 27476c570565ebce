from django.apps import AppConfig


class FunctionalConfig(AppConfig):
    name = "fx.functional"
    verbose_name = "Functional currency"

    def ready(self) -> None:
        from fx.functional.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
