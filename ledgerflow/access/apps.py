from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "ledgerflow.access"
    verbose_name = "API access"

    def ready(self) -> None:
        from ledgerflow.access.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
