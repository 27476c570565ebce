from django.apps import AppConfig


class PortabilityConfig(AppConfig):
    name = "journals.portability"
    verbose_name = "Imports and exports"

    def ready(self) -> None:
        from journals.portability.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
