from django.apps import AppConfig


class LotsConfig(AppConfig):
    name = "journals.lots"
    verbose_name = "Lots"

    def ready(self) -> None:
        from journals.lots.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
