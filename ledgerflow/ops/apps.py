from django.apps import AppConfig
from django.core.checks import register


class OpsConfig(AppConfig):
    name = "ledgerflow.ops"
    label = "ops"
    verbose_name = "Operations"

    def ready(self) -> None:
        from ledgerflow.ops.guard_checks import TAG, check_guards

        register(check_guards, TAG, deploy=True)
