from django.apps import AppConfig


class JournalsConfig(AppConfig):
    name = "journals"
    verbose_name = "Journals"

    def ready(self) -> None:
        from journals.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
