from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class PublishingConfig(AppConfig):
    name = "ledgerflow.events.publishing"
    verbose_name = "Publishing of events"

    def ready(self) -> None:
        from ledgerflow.books.writing import commit_listeners
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.publishing.kafka import is_configured
        from ledgerflow.events.publishing.plugin import PLUGIN
        from ledgerflow.events.publishing.waking import wake_after_commit

        registry.add(PLUGIN)
        if is_configured():
            if settings.LEDGERFLOW_CELERY:
                import_module(settings.LEDGERFLOW_CELERY)  # now, and not in the first wake-up, beside requests
            commit_listeners.append(wake_after_commit)
