from django.apps import AppConfig


class TaxesConfig(AppConfig):
    name = "journals.taxes"
    verbose_name = "Taxes"

    def ready(self) -> None:
        from journals.taxes.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
