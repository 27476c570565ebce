from django.apps import AppConfig


class ByHandConfig(AppConfig):
    name = "journals.by_hand"
    label = "by_hand"
    verbose_name = "Posting by hand"
