from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "ledgerflow.books"
    label = "books"
    verbose_name = "Books"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from ledgerflow.books.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
        autodiscover_modules("errors")  # a refusal is found by its constraint only when its class is there
