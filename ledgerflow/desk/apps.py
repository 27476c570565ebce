from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "ledgerflow.desk"
    label = "desk"
    verbose_name = "Desk"
    default_auto_field = "django.db.models.BigAutoField"  # whatever the project has

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from ledgerflow.desk.plugin import PLUGIN
        from ledgerflow.desk.translations.declared import make_labels_translatable

        registry.add(PLUGIN)
        make_labels_translatable()
