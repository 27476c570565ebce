from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "apps.content"
    verbose_name = "Content"

    def ready(self) -> None:
        from apps.content.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
