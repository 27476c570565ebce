from django.apps import AppConfig


class FxConfig(AppConfig):
    name = "fx"
    verbose_name = "Foreign exchange"

    def ready(self) -> None:
        from fx.plugin import PLUGIN
        from fx.translation import translator
        from journals.reports.translator import register_translator
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        register_translator(translator)
