from django.apps import AppConfig


class ViewsConfig(AppConfig):
    name = "journals.views"
    verbose_name = "Views of journals"

    def ready(self) -> None:
        from journals.views.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
