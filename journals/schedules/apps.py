from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "journals.schedules"
    verbose_name = "Scheduled journals"
