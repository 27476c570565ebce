from django.apps import AppConfig
from django.core.checks import register


class CreditsConfig(AppConfig):
    name = "apps.credits"
    verbose_name = "Credits"

    def ready(self) -> None:
        from apps.credits.startup_checks import check_applications

        register(check_applications)
