from django.apps import AppConfig


class CheckpointsConfig(AppConfig):
    name = "ledgerflow.events.checkpoints"
    verbose_name = "Checkpoints"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.checkpoints.plugin import PLUGIN

        registry.add(PLUGIN)
