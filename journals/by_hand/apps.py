from django.apps import AppConfig


class ByHandConfig(AppConfig):
    name = "journals.by_hand"
    label = "by_hand"
    verbose_name = "Posting by hand"

    def ready(self) -> None:
        from journals.by_hand.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
