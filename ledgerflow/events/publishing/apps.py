from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "ledgerflow.events.publishing"
    verbose_name = "Publishing of events"

    def ready(self) -> None:
        from ledgerflow.books import committed
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.publishing.plugin import PLUGIN
        from ledgerflow.events.publishing.waking import wake_after_commit

        registry.add(PLUGIN)
        committed.listeners.append(wake_after_commit)
