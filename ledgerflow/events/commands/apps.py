from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "ledgerflow.events.commands"
    verbose_name = "Commands"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.commands.plugin import PLUGIN

        registry.add(PLUGIN)
