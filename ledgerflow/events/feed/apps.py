from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "ledgerflow.events.feed"
    verbose_name = "Change feed"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.feed.plugin import PLUGIN

        registry.add(PLUGIN)
