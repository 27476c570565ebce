from django.apps import AppConfig
from django.core.checks import register


class CreditsConfig(AppConfig):
    name = "apps.credits"
    verbose_name = "Credits"

    def ready(self) -> None:
        from apps.credits.plugin import PLUGIN
        from apps.credits.startup_checks import check_applications
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        register(check_applications)
