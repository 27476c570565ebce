from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "recon.statements"
    verbose_name = "Bank statements"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from recon.statements.plugin import PLUGIN

        registry.add(PLUGIN)
