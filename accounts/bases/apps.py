from django.apps import AppConfig


class BasesConfig(AppConfig):
    name = "accounts.bases"
    verbose_name = "Base currency"

    def ready(self) -> None:
        from accounts.bases.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
