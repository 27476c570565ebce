from django.apps import AppConfig


class ReadModelsConfig(AppConfig):
    name = "ledgerflow.events.read_models"
    verbose_name = "Read models"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.read_models.plugin import PLUGIN

        registry.add(PLUGIN)
