from django.apps import AppConfig


class DimensionsConfig(AppConfig):
    name = "accounts.dimensions"
    verbose_name = "Dimensions"

    def ready(self) -> None:
        from accounts.dimensions.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
