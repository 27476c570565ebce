from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "ledgerflow.approvals"
    verbose_name = "Approvals"

    def ready(self) -> None:
        from ledgerflow.approvals.plugin import PLUGIN
        from ledgerflow.core.plugins import registry

        registry.add(PLUGIN)
