from django.apps import AppConfig


class DaysConfig(AppConfig):
    name = "journals.days"
    verbose_name = "Business days"

    def ready(self) -> None:
        from journals.days.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
