from django.apps import AppConfig


class SeriesConfig(AppConfig):
    name = "journals.series"
    verbose_name = "Number series"

    def ready(self) -> None:
        from journals.series.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
