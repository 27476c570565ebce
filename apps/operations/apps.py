from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "apps.operations"
    verbose_name = "Operation templates"

    def ready(self) -> None:
        from apps.operations.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
