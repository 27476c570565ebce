from django.apps import AppConfig


class ReconReportsConfig(AppConfig):
    name = "recon.reports"
    label = "recon_reports"
    verbose_name = "Reconciliation reports"

    def ready(self) -> None:
        from ledgerflow.core.plugins import registry
        from recon.reports.plugin import PLUGIN

        registry.add(PLUGIN)
