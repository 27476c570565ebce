from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "journals.attachments"
    verbose_name = "Attachments"

    def ready(self) -> None:
        from journals.attachments.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
