from django.apps import AppConfig


class DaysConfig(AppConfig):
    name = "journals.days"
    verbose_name = "Business days"
