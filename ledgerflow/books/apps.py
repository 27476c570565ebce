from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "ledgerflow.books"
    label = "books"
    verbose_name = "Books"
