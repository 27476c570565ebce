from django.apps import AppConfig


class RevaluationConfig(AppConfig):
    name = "fx.revaluation"
    verbose_name = "Revaluation"

    def ready(self) -> None:
        from fx.revaluation.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
