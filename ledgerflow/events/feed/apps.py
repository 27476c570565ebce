from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "ledgerflow.events.feed"
    verbose_name = "Change feed"

    def ready(self) -> None:
        from ledgerflow.books.writing import commit_listeners
        from ledgerflow.core.plugins import registry
        from ledgerflow.events.feed.plugin import PLUGIN
        from ledgerflow.events.feed.waiting import heads

        registry.add(PLUGIN)
        commit_listeners.append(heads.look_after_commit)
