from django.apps import AppConfig
from django.core.checks import register


class CreditsConfig(AppConfig):
    name = "apps.credits"
    verbose_name = "Credits"

    def ready(self) -> None:
        from apps.credits.catalogue.source import active_applications
        from apps.credits.owners.plugin import PLUGIN as OWNERS
        from apps.credits.owners.reports import LIABILITY
        from apps.credits.plugin import PLUGIN
        from apps.credits.registry import add_source
        from apps.credits.startup_checks import check_applications
        from ledgerflow.core.plugins import registry
        from reports.kinds import add_kind

        registry.add(PLUGIN)
        add_source(active_applications)
        registry.add(OWNERS)
        add_kind(LIABILITY)
        register(check_applications)
