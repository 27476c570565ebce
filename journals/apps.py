from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JournalsConfig(AppConfig):
    name = "journals"
    verbose_name = "Journals"

    def ready(self) -> None:
        from journals.kinds import populate_kinds
        from journals.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        post_migrate.connect(populate_kinds, sender=self)
