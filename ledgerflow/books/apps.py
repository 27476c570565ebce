from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "ledgerflow.books"
    label = "books"
    verbose_name = "Books"

    def ready(self) -> None:
        from ledgerflow.books.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
