from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "ledgerflow.events.webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.webhooks.plugin import PLUGIN

        registry.add(PLUGIN)
