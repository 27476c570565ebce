from django.apps import AppConfig


class ItemsConfig(AppConfig):
    name = "apps.items"
    verbose_name = "Items"

    def ready(self) -> None:
        from apps.items.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
