from django.apps import AppConfig


class ConsumingConfig(AppConfig):
    name = "ledgerflow.events.consuming"
    verbose_name = "Consumers"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.consuming.plugin import PLUGIN

        registry.add(PLUGIN)
