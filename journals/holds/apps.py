from django.apps import AppConfig


class HoldsConfig(AppConfig):
    name = "journals.holds"
    verbose_name = "Holds"

    def ready(self) -> None:
        from journals.holds.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
