from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "recon.matching"
    verbose_name = "Matching"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from recon.matching.plugin import PLUGIN

        registry.add(PLUGIN)
