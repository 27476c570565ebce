from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "journals.schedules"
    verbose_name = "Scheduled journals"

    def ready(self) -> None:
        from journals.schedules.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
