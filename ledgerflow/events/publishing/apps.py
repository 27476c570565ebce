from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "ledgerflow.events.publishing"
    verbose_name = "Publishing of events"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.publishing.plugin import PLUGIN

        registry.add(PLUGIN)
