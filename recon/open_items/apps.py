from django.apps import AppConfig


class OpenItemsConfig(AppConfig):
    name = "recon.open_items"
    verbose_name = "Open items"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from recon.open_items.plugin import PLUGIN

        registry.add(PLUGIN)
